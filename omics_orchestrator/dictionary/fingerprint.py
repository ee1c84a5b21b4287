"""The part of the dictionary that shapes one table, as a hash: its code version.

Editing one code changes the hash of the tables whose rules use it, and of no other.
"""

import hashlib
import json
from collections.abc import Iterable

from omics_orchestrator.dictionary.model import Collection, Dictionary, RedcapSource, Study
from omics_orchestrator.dictionary.reads import fields_read, missing_codes, rules_of
from omics_orchestrator.dictionary.rules import single
from omics_orchestrator.dictionary.tables import Combined

_LENGTH = 16
# Raise it when the engine itself changes what a rule gives: every table is then conformed anew.
ENGINE_VERSION = 3
# The same for what follows from courses of drugs.
EXPOSURE_VERSION = 2
# The same for what files tell of themselves: another one, and each is read once more.
REGISTER_VERSION = 2
# The same for what files are tied to.
LINKS_VERSION = 2
# The same for what is compared with the clinic.
CONSISTENCY_VERSION = 1


def of_raw(study: Study, source: str) -> str:
    """What shapes the raw tables of a source: the source's part, and the fields it releases."""
    return _digest(study.sources[source].model_dump(mode="json"), sorted(released(study, source)))


def of_table(dictionary: Dictionary, study: Study, table: str) -> str:
    """What shapes a conformed table: its rules, variables, value sets, code maps, missing codes."""
    spec = study.tables[table]
    rules = rules_of(study, table)
    variables = [dictionary.variables[name] for name in sorted(rules)]
    named = [each.codes for rule in rules.values() for each in single(rule)]
    maps = {name: study.code_maps[name] for name in named if isinstance(name, str)}
    return _digest(
        ENGINE_VERSION,
        [part.model_dump(mode="json") for part in spec.rows],
        [each.model_dump(mode="json") for each in spec.exclude],
        [of_table(dictionary, study, each.of) for each in spec.exclude if each.of],
        list(spec.grain),
        {name: rule.model_dump(mode="json") for name, rule in sorted(rules.items())},
        dict(spec.ignore),
        {key: dict(codes) for key, codes in sorted(maps.items())},
        [variable.model_dump(mode="json") for variable in variables],
        [dictionary.value_sets[variable.codes] for variable in variables if variable.codes],
        missing_codes(study, table),
    )


def of_dataset(study: Study, name: str) -> str:
    """What shapes a dataset, beside the tables it is made of."""
    return _digest(ENGINE_VERSION, study.datasets[name].model_dump(mode="json"))


def of_combined(dataset: Combined) -> str:
    """What shapes a dataset of several studies, beside the datasets it is made of."""
    return _digest(ENGINE_VERSION, dataset.model_dump(mode="json"))


def of_exposure(dictionary: Dictionary, study: Study) -> str:
    """What shapes the tables on drugs: where the study tells of them, and the drugs themselves."""
    return _digest(
        EXPOSURE_VERSION,
        study.drugs.model_dump(mode="json") if study.drugs else None,
        {name: each.model_dump(mode="json") for name, each in dictionary.drugs.items()},
        {name: each.gap_days for name, each in dictionary.drug_classes.items()},
    )


def of_register(dictionary: Dictionary) -> str:
    """What shapes the register of files: where collections are, and what is done with their files.

    What only links files is not part of it: a new name pattern makes no file be read again.
    """
    return _digest(
        REGISTER_VERSION,
        {
            name: each.model_dump(mode="json", include={"collection", "study", "store", "policy"})
            for name, each in dictionary.collections.items()
        },
    )


def of_collection(collection: Collection) -> str:
    """What the files of a collection are registered by; another one, and all are read again."""
    with_md5 = collection.companions.checksum != "ignored"
    told = collection.model_dump(mode="json", include={"study", "store", "policy"})
    return _digest(REGISTER_VERSION, told, with_md5)


def of_links(dictionary: Dictionary) -> str:
    """What shapes the links from files to samples, and the sets of files."""
    return _digest(
        LINKS_VERSION,
        {
            name: each.model_dump(mode="json", exclude={"label", "policy", "reference"})
            for name, each in dictionary.collections.items()
        },
    )


def of_consistency(dictionary: Dictionary) -> str:
    """What shapes the comparison of files with the clinic: how names are read, the reference."""
    return _digest(
        CONSISTENCY_VERSION,
        {
            name: each.model_dump(mode="json", include={"study", "normalise", "reference"})
            for name, each in dictionary.collections.items()
        },
    )


def released(study: Study, source: str) -> set[str]:
    """The fields of a source that a steward released, by a rule or by name: free text comes so."""
    described = study.sources[source]
    listed = described.released if isinstance(described, RedcapSource) else ()
    mapped = {
        field
        for table, spec in study.tables.items()
        if any(part.source == source for part in spec.rows)
        for fields in fields_read(study, table).values()
        for field in fields
    }
    return {*listed, *mapped}


def _digest(*parts: object) -> str:
    # Keys stay in their order: the first pattern that fits counts, and options are told in theirs.
    text = json.dumps(parts, default=_listed)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _listed(value: object) -> object:
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"a dictionary holds no {type(value).__name__}")
