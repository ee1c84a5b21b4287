"""What a study's tables read: their rules, source fields, raw tables and missing codes."""

from collections.abc import Mapping, Sequence

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.rules import FieldRule, Rule


def rules_of(study: Study, table: str) -> dict[str, Rule]:
    """Every variable of a table with its rule, those named as in the source included."""
    spec = study.tables[table]
    as_named = {name: FieldRule(field=name) for name in spec.as_named}
    return {**spec.variables, **as_named}


def fields_read(study: Study, table: str) -> dict[str, tuple[str, ...]]:
    """The source fields that each rule of a table reads, those of all slots of a name."""
    slots = [part.slots.fields for part in study.tables[table].rows if part.slots]
    numbers = {part.slots.number for part in study.tables[table].rows if part.slots}
    return {
        name: tuple(
            source
            for field in rule.fields
            if field not in numbers
            for source in _in_slots(field, slots)
        )
        for name, rule in rules_of(study, table).items()
    }


def _in_slots(field: str, slots: Sequence[Mapping[str, Sequence[str | None]]]) -> list[str]:
    base = field.partition("___")[0]
    for fields in slots:
        if base in fields:
            return [each + field.removeprefix(base) for each in fields[base] if each]
    return [field]


def raw_tables(study: Study, table: str) -> list[str]:
    """The raw tables a table is made of, those that say who is left out included."""
    spec = study.tables[table]
    others = [study.tables[each.of] for each in spec.exclude if each.of]
    return list(dict.fromkeys(part.name for each in (spec, *others) for part in each.rows))


def missing_codes(study: Study, table: str) -> dict[str, str]:
    """The missing codes of the sources a table's rows come from, each with its reason."""
    sources = dict.fromkeys(part.source for part in study.tables[table].rows)
    return {code: why for name in sources for code, why in study.sources[name].missing.items()}
