"""What must hold between the parts of the dictionary before any data move.

Every message names the file and the key, what is wrong, and how to mend it. What a source says of
itself is compared in `redcap_project.study_check`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from omics_orchestrator.dictionary import (
    check_collections,
    check_datasets,
    check_drugs,
    check_tables,
    drugs,
    types,
)
from omics_orchestrator.dictionary.check_expressions import listed
from omics_orchestrator.dictionary.model import (
    Dictionary,
    RedcapSource,
    Study,
    Variable,
)
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import single
from omics_orchestrator.dictionary.units import conversion, is_ucum, spelled

_POSTGRES_NAME_BYTES = 63
_MANY = 10
_MEASURED = ("integer", "number", "measurement")
_CODED = ("category", "string", "text")
_CURIE = re.compile(r"[A-Za-z][\w.]*:\S+")
_OF_A_PROJECT = ("dictionary", "record", "document")
"""What raw tables a REDCap project gives beside its forms, as `<source>_record`."""


def problems_of(dictionary: Dictionary) -> list[str]:
    """List every problem between variables, value sets, studies, datasets and collections."""
    problems = [
        f"variables/*.csv: {name}: {problem}"
        for name, variable in dictionary.variables.items()
        for problem in _variable(dictionary, variable)
    ]
    problems += drugs.problems_of(dictionary.drugs, dictionary.drug_classes)
    for study in dictionary.studies.values():
        place = f"studies/{study.study}.yaml"
        problems += [f"{place}: {problem}" for problem in _study(dictionary, study)]
    for name, combined in dictionary.datasets.items():
        found = check_datasets.of_combined(dictionary, combined)
        problems += [f"datasets/{name}.yaml: {problem}" for problem in found]
    for name, collection in dictionary.collections.items():
        found = check_collections.problems_of(dictionary, collection)
        problems += [f"collections/{name}.yaml: {problem}" for problem in found]
    return problems


def unit_problems(dictionary: Dictionary) -> list[str]:
    """List units that are not UCUM, or do not convert; the first conversion takes a second."""
    problems = [
        f"variables/*.csv: {name}: unit: {problem}"
        for name, variable in dictionary.variables.items()
        if variable.unit is not None and (problem := _unit_problem(variable.unit, variable.unit))
    ]
    return problems + [
        f"studies/{study.study}.yaml: tables.{table}: variables.{name}: unit: {problem}"
        for study in dictionary.studies.values()
        for table in study.tables
        for name, rule in rules_of(study, table).items()
        for each in single(rule)
        if each.unit is not None
        and name in dictionary.variables
        and (unit := dictionary.variables[name].unit) is not None
        and (problem := _unit_problem(each.unit, unit))
    ]


def remarks_on(dictionary: Dictionary) -> list[str]:
    """List what is not wrong but may be forgotten: variables and value sets that nothing uses."""
    used = {
        name
        for study in dictionary.studies.values()
        for table in study.tables
        for name in rules_of(study, table)
    }
    sets = {variable.codes for variable in dictionary.variables.values()}
    unused = [name for name in dictionary.variables if name not in used]
    return [
        *_unused(unused),
        *(
            f"value_sets.csv: {name}: no variable uses it; name it in `codes`, or take it out"
            for name in dictionary.value_sets
            if name not in sets
        ),
    ]


def _unused(variables: Sequence[str]) -> Iterator[str]:
    """Name each, or only tell how many there are: a dictionary may be there before its studies."""
    if len(variables) > _MANY:
        yield (
            f"variables/*.csv: no study uses {len(variables)} variables, {variables[0]} to "
            f"{variables[-1]}; keep them for studies to come, or take out files you do not need"
        )
        return
    for name in variables:
        yield f"variables/*.csv: {name}: no study uses it; map it, or take its line out"


def _unit_problem(source: str, target: str) -> str | None:
    try:
        conversion(source, target)
    except ValueError as error:
        for unit in (source, target):
            if not is_ucum(unit):
                known = spelled(unit)
                return f"{error}; write {known or 'it in UCUM, such as mg/L, ug/g or 10*9/L'}"
        return f"{error}; read it into a variable of its own unit, and derive this one from that"
    return None


def _variable(dictionary: Dictionary, variable: Variable) -> Iterator[str]:
    kind = variable.type
    if variable.codes and variable.codes not in dictionary.value_sets:
        yield f"codes: no value set {variable.codes!r}; define it in value_sets.csv"
    if variable.codes and kind not in _CODED:
        yield f"codes: only {listed(_CODED, 'or')} has codes, and the type is {kind}; change one"
    if kind == "category" and not variable.codes:
        yield "codes: a category needs a value set; name one of value_sets.csv"
    yield from _range(variable)
    if variable.unit and kind not in _MEASURED:
        yield f"unit: only a number has a unit, and the type is {kind}; leave it out"
    if variable.concept and not _CURIE.fullmatch(variable.concept):
        yield "concept: it is not a CURIE; write it as LOINC:718-7"
    for column in types.columns(variable):
        if len(column.encode()) > _POSTGRES_NAME_BYTES:
            yield f"the column {column} has a name longer than 63 bytes; shorten it"


def _range(variable: Variable) -> Iterator[str]:
    low, high, kind = variable.minimum, variable.maximum, variable.type
    if (low is not None or high is not None) and kind not in _MEASURED:
        yield f"minimum, maximum: only a number has a range, and the type is {kind}; leave them out"
    if low is not None and high is not None and low > high:
        yield "minimum: it is above the maximum; exchange them"


def _study(dictionary: Dictionary, study: Study) -> Iterator[str]:
    yield from _sources(study)
    yield from _relations(study)
    sound = set()
    for table in study.tables:
        problems = list(check_tables.of_table(dictionary, study, table))
        yield from (f"tables.{table}: {problem}" for problem in problems)
        sound |= set() if problems else {table}
    for name in study.datasets:
        for problem in check_datasets.of_dataset(dictionary, study, name, sound):
            yield f"datasets.{name}: {problem}"
    for problem in check_drugs.of_records(dictionary, study, sound):
        yield f"drugs: {problem}"


def _sources(study: Study) -> Iterator[str]:
    raw = [table for source in study.sources.values() for table in source.tables]
    for name, source in study.sources.items():
        if isinstance(source, RedcapSource):
            raw += [f"{name}_{what}" for what in _OF_A_PROJECT]
    for table, times in Counter(raw).items():
        if times > 1:
            yield f"sources: {times} raw tables would be named {table!r}; rename a source or table"


def _relations(study: Study) -> Iterator[str]:
    """Names that are too long for a relation in Postgres, where the study's name stands before."""
    raw = [table for source in study.sources.values() for table in source.tables]
    for key, names in {"sources": raw, "tables": study.tables, "datasets": study.datasets}.items():
        for name in names:
            if len(f"{study.study}__{name}") > _POSTGRES_NAME_BYTES:
                yield f"{key}: {name!r} and the study's name are longer than 61 bytes; shorten one"
