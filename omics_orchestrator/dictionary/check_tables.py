"""What is wrong with one table of a study: where its rows come from, its grain, its columns."""

from collections import Counter
from collections.abc import Iterator, Mapping

from omics_orchestrator.dictionary import check_derived, check_rules, types
from omics_orchestrator.dictionary.check_expressions import meant
from omics_orchestrator.dictionary.model import (
    Dictionary,
    RedcapSource,
    SheetSource,
    SqlSource,
    Study,
)
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.dictionary.rules import (
    BroadcastRule,
    DeriveRule,
    NotCollected,
    Rule,
)
from omics_orchestrator.dictionary.tables import Part, Table

_REASONS = "missing_reasons"
_OF_OTHERS = (DeriveRule, BroadcastRule, NotCollected)


def of_table(dictionary: Dictionary, study: Study, table: str) -> Iterator[str]:
    """List what is wrong with a table and its rules."""
    spec, rules = study.tables[table], rules_of(study, table)
    yield from _parts(study, spec)
    yield from _grain(spec, rules)
    yield from _refers_to(study, spec, rules)
    yield from _fields(study, table)
    for name in sorted({*spec.as_named} & {*spec.variables}):
        yield f"variables.{name}: also in `as_named`; keep one"
    known = {name: rule for name, rule in rules.items() if name in dictionary.variables}
    for name in rules:
        if name not in known:
            near = meant(name, dictionary.variables)
            yield f"variables.{name}: no such variable{near}; define it in variables/*.csv"
    for name, rule in known.items():
        for problem in check_rules.of_rule(dictionary, study, dictionary.variables[name], rule):
            yield f"variables.{name}: {problem}"
    yield from _columns(dictionary, known)
    yield from check_derived.of_table(dictionary, study, table, known)


def _parts(study: Study, spec: Table) -> Iterator[str]:
    if not spec.rows:
        yield "rows: there are none; name a raw table as `source.table`"
    for part in spec.rows:
        source = study.sources.get(part.source)
        if source is None or part.name not in source.tables:
            raw = (f"{name}.{each}" for name, of in study.sources.items() for each in of.tables)
            near = meant(part.table, raw)
            yield (
                f"rows: no raw table {part.table!r}{near}; write one of a source, as `source.table`"
            )
        elif (part.at or part.instance != "all") and not isinstance(source, RedcapSource):
            yield f"rows: {part.table} has no events or repeats; leave `at` and `instance` out"
        yield from _slots(spec, part)


def _slots(spec: Table, part: Part) -> Iterator[str]:
    if part.slots is None:
        return
    fields = part.slots.fields
    if not fields or not next(iter(fields.values())):
        yield f"rows: the slots of {part.table} have no fields; name those of each slot in order"
    given = Counter(field for each in fields.values() for field in each if field is not None)
    for field, times in given.items():
        if times > 1:
            yield f"rows: {field} stands in {times} slots of {part.table}; each has its own"
    if part.slots.number in fields:
        yield f"rows: {part.slots.number!r} is the number and a field; rename one"
    names = {part.slots.number, *fields}
    rules = dict(spec.variables)
    read = {field for name in spec.grain if name in rules for field in rules[name].fields}
    if not names & (read | set(spec.grain)):
        yield (
            f"grain: it does not tell the slots of {part.table} apart; map "
            f"{part.slots.number!r} to a variable, and put that into the grain"
        )


def _grain(spec: Table, rules: Mapping[str, Rule]) -> Iterator[str]:
    if not spec.grain:
        yield "grain: it is empty; name the variables that say which row is which"
    for name in spec.grain:
        if name not in rules:
            yield f"grain: {name!r} has no rule; map it in `variables`"
        elif isinstance(rules[name], _OF_OTHERS):
            yield f"grain: {name!r} is not read from a field; put one that is into the grain"


def _refers_to(study: Study, spec: Table, rules: Mapping[str, Rule]) -> Iterator[str]:
    for name, other in spec.refers_to.items():
        if name not in rules:
            yield f"refers_to: {name!r} has no rule; map it in `variables`"
        if other not in study.tables:
            yield f"refers_to: no table {other!r}; name one of the study"
        elif study.tables[other].grain != (name,):
            yield f"refers_to: a row of {other} is not known by {name!r} alone; leave it out"


def _fields(study: Study, table: str) -> Iterator[str]:
    """Fields that the study file itself says cannot come."""
    parts = [part for part in study.tables[table].rows if part.source in study.sources]
    sources = [study.sources[part.source] for part in parts]
    identifiers = {
        field for each in sources if isinstance(each, RedcapSource) for field in each.identifiers
    }
    given = [_given(study, part) for part in parts]
    is_told = bool(parts) and None not in given
    every = {field for each in given for field in each or ()}
    for name, fields in fields_read(study, table).items():
        for field in fields:
            if field.partition("___")[0] in identifiers:
                yield (
                    f"variables.{name}: {field} is listed under `identifiers`, and never asked "
                    "for; take it out of one of the two"
                )
            elif is_told and field not in every:
                yield (
                    f"variables.{name}: no column {field!r} is read from the source; name it "
                    "there, or correct it"
                )


def _given(study: Study, part: Part) -> set[str] | None:
    """The columns that a study file names for a raw table; None where the source tells them."""
    match study.sources[part.source]:
        case SqlSource(select=select) if part.name in select:
            return set(select[part.name].columns)
        case SheetSource(columns=columns, matrix=matrix):
            return {*columns, *matrix, *(["value"] if matrix else [])}
    return None


def _columns(dictionary: Dictionary, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Columns that two rules would write; some types take several."""
    writers: dict[str, str] = {_REASONS: "the platform"}
    for name in rules:
        for column in types.columns(dictionary.variables[name]):
            if column in writers:
                yield (
                    f"variables.{name}: {writers[column]} writes the column {column} too; rename "
                    "the variable"
                )
            writers.setdefault(column, name)
