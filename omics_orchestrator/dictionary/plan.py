"""The plan of a table: for each of its parts one list of expressions for all the rules it feeds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import polars as pl

from omics_orchestrator.dictionary import types
from omics_orchestrator.dictionary.arrival import ROW_COLUMNS, slot_sources
from omics_orchestrator.dictionary.compile import compile_rule
from omics_orchestrator.dictionary.judging import Context, Judged, Reason, Step
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import fields_read, missing_codes, rules_of
from omics_orchestrator.dictionary.rules import (
    BroadcastRule,
    DeriveRule,
    Rule,
    checkbox_column,
)
from omics_orchestrator.dictionary.tables import Exclusion, Part
from omics_orchestrator.errors import SourceError


@dataclass(frozen=True)
class Reading:
    """How the text of a part's fields is read.

    Attributes:
        stripped: fields whose text is stripped before it is read.
        parsed: what rules make of them.
        as_sent: what rules make of the other fields, by field: where that is null, and only there,
            white space may stand around the text.
    """

    stripped: list[str]
    parsed: list[pl.Expr]
    as_sent: Mapping[str, list[pl.Expr]]


@dataclass(frozen=True)
class PartPlan:
    """The compiled rules that one part of a table feeds.

    Attributes:
        part: the part.
        reading: how its text is read.
        values: the grain, and the columns that rules take from this part.
        judged: what became of each cell, by rule and field.
        rules: per field, the kind of rule that reads it.
        reasons: per variable, why its value was declared missing.
        key: the fields that make a row's key.
        left_out: fields that no rule of the table reads.
        unclassified: those of them that no rule and no `ignore` of the study mentions.
    """

    part: Part
    reading: Reading
    values: list[pl.Expr]
    judged: Mapping[str, Judged]
    rules: Mapping[str, str]
    reasons: Mapping[str, tuple[Reason, ...]]
    key: tuple[str, ...]
    left_out: tuple[str, ...]
    unclassified: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The compiled rules of a table; `str()` prints them for review.

    Attributes:
        parts: what each part of the table gives.
        derived: what is made of other variables, in an order in which each can be computed.
        exclude: who is left out.
        grain: the variables that make a row's key.
        of_key: columns that every part gives, as they are made of the key's fields.
        columns: the names of the table's columns, in order.
    """

    parts: tuple[PartPlan, ...]
    derived: list[pl.Expr]
    exclude: tuple[Exclusion, ...]
    grain: tuple[str, ...]
    of_key: tuple[str, ...]
    columns: list[str]

    def __str__(self) -> str:
        steps = [
            expr
            for part in self.parts
            for expr in (
                *part.reading.parsed,
                *(each for parsed in part.reading.as_sent.values() for each in parsed),
                *part.values,
            )
        ]
        return "\n".join(map(str, (*steps, *self.derived)))


def columns(dictionary: Dictionary, study: Study, table: str) -> dict[str, pl.DataType]:
    """The columns of a table: they follow from the dictionary, never from the data."""
    names = {**dict.fromkeys(study.tables[table].grain), **rules_of(study, table)}
    found: dict[str, pl.DataType] = {}
    for name in names:
        found.update(types.columns(dictionary.variables[name]))
    return found


def plan(
    dictionary: Dictionary, study: Study, table: str, arrived: Mapping[str, Collection[str]]
) -> Plan:
    """Compile all rules of a table.

    Args:
        dictionary: the data dictionary.
        study: the study.
        table: one of its tables.
        arrived: the columns of each of its raw tables.

    Raises:
        SourceError: a raw table or a field that a rule reads did not arrive.
    """
    spec, rules = study.tables[table], rules_of(study, table)
    _refuse_absent_tables(study, table, arrived)
    names = [_names(part, arrived[part.name]) for part in spec.rows]
    missing = missing_codes(study, table)
    context = Context.of(dictionary, study, missing, frozenset().union(*names))
    steps = {
        name: compile_rule(rule, dictionary.variables[name], context)
        for name, rule in rules.items()
    }
    fed = _fed(study, table, rules, names)
    derived = [name for name in _in_order(rules) if not rules[name].fields]
    return Plan(
        parts=tuple(
            _part_plan(
                study, table, part, arrived[part.name], {name: steps[name] for name in wanted}
            )
            for part, wanted in zip(spec.rows, fed, strict=True)
        ),
        derived=[
            expr.alias(column) for name in derived for column, expr in steps[name].values.items()
        ],
        exclude=spec.exclude,
        grain=spec.grain,
        of_key=tuple(
            column
            for name in _of_key(rules, spec.grain)
            for column in types.columns(dictionary.variables[name])
        ),
        columns=list(columns(dictionary, study, table)),
    )


def _refuse_absent_tables(study: Study, table: str, arrived: Mapping[str, Collection[str]]) -> None:
    absent = [part.name for part in study.tables[table].rows if part.name not in arrived]
    if absent:
        raise SourceError(
            f"no snapshot of {', '.join(absent)} is there yet",
            mend="materialise the raw tables first.",
            study=study.study,
            table=table,
        )


def _names(part: Part, columns: Collection[str]) -> frozenset[str]:
    """The names by which rules may call the columns of a part."""
    named = {name for slot in slot_sources(part, columns) for name in slot}
    return frozenset(named | ({part.slots.number} if part.slots else set()))


def _fed(
    study: Study, table: str, rules: Mapping[str, Rule], names: list[frozenset[str]]
) -> list[list[str]]:
    """The variables that each part feeds: those of the key, and those whose fields it has first."""
    grain = study.tables[table].grain
    everywhere = [*grain, *_of_key(rules, grain)]
    fed: list[list[str]] = [list(everywhere) for _ in names]
    absent = {
        field for name in grain for field in rules[name].fields for has in names if field not in has
    }
    for name, rule in rules.items():
        if name in everywhere or not rule.fields:
            continue
        place = next((n for n, has in enumerate(names) if has.issuperset(rule.fields)), None)
        if place is None:
            absent |= set(rule.fields) - frozenset().union(*names) or set(rule.fields)
        else:
            fed[place].append(name)
    if absent:
        raise SourceError(
            f"{len(absent)} field(s) that the dictionary maps did not arrive: "
            f"{', '.join(sorted(absent))}",
            mend="if a field was renamed or removed at the source, change its rule in the study "
            "file; if not, ask for the export right on its form.",
            study=study.study,
            table=table,
        )
    return fed


def _of_key(rules: Mapping[str, Rule], grain: Sequence[str]) -> list[str]:
    """The variables that are made of the key's fields alone, so that every part can give them."""
    key = {field for name in grain for field in rules[name].fields}
    return [
        name
        for name, rule in rules.items()
        if name not in grain and rule.fields and key.issuperset(rule.fields)
    ]


def _part_plan(
    study: Study, table: str, part: Part, arrived: Collection[str], steps: Mapping[str, Step]
) -> PartPlan:
    rules = {each.field: step.kind for step in steps.values() for each in step.judged.values()}
    read = {
        source
        for slot in slot_sources(part, arrived)
        for name, source in slot.items()
        if name in rules
    }
    mentioned = mentioned_fields(study, part.table)
    left_out = tuple(name for name in arrived if name not in read | ROW_COLUMNS)
    return PartPlan(
        part=part,
        reading=_reading(steps),
        values=[expr.alias(name) for step in steps.values() for name, expr in step.values.items()],
        judged={name: each for step in steps.values() for name, each in step.judged.items()},
        rules=rules,
        reasons={name: step.reasons for name, step in steps.items() if step.reasons},
        key=tuple(
            dict.fromkeys(
                each.field
                for name in study.tables[table].grain
                for each in steps[name].judged.values()
            )
        ),
        left_out=left_out,
        unclassified=tuple(
            name
            for name in left_out
            if not ({name, name.partition("___")[0]} & mentioned or name.endswith("_complete"))
        ),
    )


def mentioned_fields(study: Study, raw: str) -> set[str]:
    """The fields of a raw table that a table of the study reads, or leaves out by name."""
    found: set[str] = set()
    for name, spec in study.tables.items():
        parts = [part for part in spec.rows if part.table == raw]
        if parts:
            found |= {field for fields in spec.ignore.values() for field in fields}
            found |= {field for fields in fields_read(study, name).values() for field in fields}
    boxes = {field.partition("___")[0] for field in found if "___" in field}
    missing = study.sources[raw.partition(".")[0]].missing
    return found | {checkbox_column(box, code) for box in boxes for code in missing}


def _reading(steps: Mapping[str, Step]) -> Reading:
    """What all rules need first: the text, and what it parses to."""
    judged = [(step, each) for step in steps.values() for each in step.judged.values()]
    fields = dict.fromkeys(each.field for _, each in judged)
    wary = {each.field for step, each in judged if not step.refuses_space}
    as_sent: dict[str, list[pl.Expr]] = {field: [] for field in fields if field not in wary}
    parsed: list[pl.Expr] = []
    for step in steps.values():
        field = next((each.field for each in step.judged.values()), "")
        as_sent.get(field, parsed).extend(expr.alias(name) for name, expr in step.parsed.items())
    return Reading(
        stripped=[field for field in fields if field in wary],
        parsed=parsed,
        as_sent=as_sent,
    )


def _in_order(rules: Mapping[str, Rule]) -> list[str]:
    """All variables, each after those it is made of."""
    graph = {
        name: set(rule.variables) & set(rules)
        if isinstance(rule, DeriveRule | BroadcastRule)
        else set()
        for name, rule in rules.items()
    }
    return list(TopologicalSorter(graph).static_order())
