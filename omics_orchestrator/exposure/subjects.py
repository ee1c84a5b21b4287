"""What a status is told of: the drugs that a study tells of or asks for, and their classes."""

from collections.abc import Collection, Iterable, Mapping

from omics_orchestrator.dictionary.model import Dictionary, Study


def members(dictionary: Dictionary, names: Iterable[str]) -> tuple[str, ...]:
    """The drugs that names stand for: a drug for itself, a class for all of its drugs."""
    wanted = set(names)
    drugs = dictionary.drugs.values()
    return tuple(each.drug for each in drugs if {each.drug, each.drug_class} & wanted)


def drugs_of(dictionary: Dictionary, study: Study, seen: Collection[str]) -> tuple[str, ...]:
    """The drugs of a study: those that it asks for by name, and those that its rows name."""
    if study.drugs is None:
        return ()
    asked = {drug for each in study.drugs.courses for drug in each.ever} | _asked(study)
    return tuple(drug for drug in dictionary.drugs if drug in asked or drug in seen)


def classes_of(
    dictionary: Dictionary, study: Study, drugs: Iterable[str]
) -> Mapping[str, tuple[str, ...]]:
    """The classes of a study's drugs, and those it asks for, each with the study's drugs of it.

    A drug that the study never names says nothing of its class.
    """
    asked = _asked(study)
    found: dict[str, tuple[str, ...]] = {
        name: () for name in dictionary.drug_classes if name in asked
    }
    for drug in drugs:
        name = dictionary.drugs[drug].drug_class
        found[name] = (*found.get(name, ()), drug)
    return found


def _asked(study: Study) -> set[str]:
    flags = [
        names
        for each in (study.drugs.asked if study.drugs else ())
        for names in (*each.now.values(), *each.ever.values())
    ]
    return {name for names in flags for name in names}
