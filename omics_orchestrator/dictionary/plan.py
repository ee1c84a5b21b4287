"""The plan of a table: which rows come together, and one list of expressions for all its rules."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from graphlib import TopologicalSorter

import polars as pl

from omics_orchestrator.dictionary import outcome, types
from omics_orchestrator.dictionary.compile import Context, Step, compile_rule, judged_name
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.rules import DeriveRule, FieldRule, Rule
from omics_orchestrator.errors import SourceError

# Columns by which REDCap says which row this is; not cells of anybody's.
ROW_COLUMNS = frozenset({"redcap_event_name", "redcap_repeat_instance"})


@dataclass(frozen=True)
class Arrived:
    """The rows of a table before its rules: joined source tables, and where each cell came from."""

    frame: pl.DataFrame
    cells: dict[str, int]
    rows: dict[str, int]
    origin: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """The compiled rules of a table; `str()` prints them for review.

    Attributes:
        passes: what to compute first, one list after the other (see `compile`).
        values: the columns that rules take from the source.
        outcomes: per field that arrived, what became of its cell, named as the field.
        derived: the derived variables, in an order in which each can be computed.
        columns: the names of the table's columns, in order.
        rules: per field, the kind of rule that reads it.
        reasons: per variable, a field it reads and why its value was declared missing.
        grain_fields: the fields that make a row's key.
        unclassified: fields that arrived and that no rule mentions.
    """

    passes: list[list[pl.Expr]]
    values: list[pl.Expr]
    outcomes: list[pl.Expr]
    derived: list[pl.Expr]
    columns: list[str]
    rules: Mapping[str, str]
    reasons: Mapping[str, tuple[str, pl.Expr]]
    grain_fields: tuple[str, ...]
    unclassified: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(str(step) for step in (*self.values, *self.derived))


def rules_of(study: Study, table: str) -> dict[str, Rule]:
    """Every variable of a table with its rule, those named as in the source included."""
    spec = study.tables[table]
    as_named = {name: FieldRule(field=name) for name in spec.as_named}
    return {**spec.variables, **as_named}


def missing_codes(study: Study, table: str) -> dict[str, str]:
    """The missing codes of the sources a table's rows come from, each with its reason."""
    sources = dict.fromkeys(rows.partition(".")[0] for rows in study.tables[table].rows)
    return {code: why for name in sources for code, why in study.sources[name].missing.items()}


def grain_fields(study: Study, table: str) -> list[str]:
    """The source fields that make a row's key."""
    rules = rules_of(study, table)
    return [field for name in study.tables[table].grain for field in rules[name].fields]


def join(study: Study, table: str, frames: Mapping[str, pl.DataFrame]) -> Arrived:
    """Bring the source tables of a table together, one to one on its grain; no row is dropped."""
    names = [rows.partition(".")[2] for rows in study.tables[table].rows]
    missing = [name for name in names if name not in frames]
    if missing:
        raise SourceError(
            f"no snapshot of {', '.join(missing)} is there yet",
            mend="materialise the raw tables first.",
            study=study.study,
            table=table,
        )
    key = grain_fields(study, table)
    marked, origin = [], {}
    unread = ROW_COLUMNS - {
        field for rule in rules_of(study, table).values() for field in rule.fields
    }
    for name in names:
        frame = frames[name].drop(unread, strict=False)
        origin.update({column: name for column in frame.columns if column not in key})
        marked.append(frame.with_columns(pl.lit(value=True).alias(f"in:{name}")))
    joined = marked[0] if len(marked) == 1 else reduce(_meet(study, table, key), marked)
    cells = {column: frames[name].height for column, name in origin.items()}
    cells.update(dict.fromkeys(key, joined.height))
    return Arrived(joined, cells, {name: frames[name].height for name in names}, origin)


def _meet(
    study: Study, table: str, key: list[str]
) -> Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]:
    def meet(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        try:
            return left.join(right, on=key, how="full", coalesce=True, validate="1:1")
        except pl.exceptions.ComputeError:
            raise SourceError(
                f"two rows of one source table share {', '.join(key)}",
                mend="make the instrument repeating in the study file, or give each row its key.",
                study=study.study,
                table=table,
            ) from None

    return meet


def plan(dictionary: Dictionary, study: Study, table: str, arrived: Arrived) -> Plan:
    """Compile all rules of a table for the columns that arrived; SourceError when one is absent."""
    rules = rules_of(study, table)
    present = frozenset(arrived.cells)
    _refuse_absent(study, table, rules, present)
    missing = missing_codes(study, table)
    context = Context.of(dictionary, study, missing, present)
    steps = {
        name: compile_rule(rule, dictionary.variables[name], context)
        for name, rule in rules.items()
    }
    outcomes, unclassified = _outcomes(study, table, steps, arrived)
    derived = _in_order({n: r for n, r in rules.items() if isinstance(r, DeriveRule)})
    return Plan(
        passes=_passes(steps),
        values=[
            expr.alias(column)
            for name, step in steps.items()
            if name not in derived
            for column, expr in step.values.items()
        ],
        outcomes=[expr.alias(field) for field, expr in outcomes.items()],
        derived=[steps[name].values[name].alias(name) for name in derived],
        columns=list(columns(dictionary, study, table)),
        rules={field: step.kind for step in steps.values() for field in step.judged},
        reasons={
            name: (next(iter(step.judged)), step.reason)
            for name, step in steps.items()
            if step.reason is not None
        },
        grain_fields=tuple(grain_fields(study, table)),
        unclassified=unclassified,
    )


def columns(dictionary: Dictionary, study: Study, table: str) -> dict[str, pl.DataType]:
    """The columns of a table: they follow from the dictionary, never from the data."""
    names = {**dict.fromkeys(study.tables[table].grain), **rules_of(study, table)}
    found: dict[str, pl.DataType] = {}
    for name in names:
        found.update(types.columns(dictionary.variables[name]))
    return found


def _refuse_absent(
    study: Study, table: str, rules: Mapping[str, Rule], present: frozenset[str]
) -> None:
    absent = sorted({field for rule in rules.values() for field in rule.fields} - present)
    if absent:
        raise SourceError(
            f"{len(absent)} field(s) that the dictionary maps did not arrive: {', '.join(absent)}",
            mend="if a field was renamed or removed at the source, change its rule in the study "
            "file; if not, ask for the export right on its form.",
            study=study.study,
            table=table,
        )


def _outcomes(
    study: Study, table: str, steps: Mapping[str, Step], arrived: Arrived
) -> tuple[dict[str, pl.Expr], tuple[str, ...]]:
    """The outcome of each field that arrived: by its rules, or left out and why."""
    judged: defaultdict[str, list[pl.Expr]] = defaultdict(list)
    for name, step in steps.items():
        for field in step.judged:
            judged[field].append(pl.col(judged_name(name, field)))
    found: dict[str, pl.Expr] = {}
    unclassified = []
    for field in arrived.cells:
        if field not in judged and not is_left_out(study, table, field):
            unclassified.append(field)
        expr = outcome.worst(judged[field]) if field in judged else pl.lit(outcome.LEFT_OUT)
        there = pl.col(f"in:{arrived.origin[field]}") if field in arrived.origin else True
        found[field] = pl.when(there).then(expr.cast(pl.UInt8))
    return found, tuple(unclassified)


def is_left_out(study: Study, table: str, field: str) -> bool:
    """Tell whether a named rule leaves a field out: listed in `ignore`, or a form's status."""
    ignored = {name for names in study.tables[table].ignore.values() for name in names}
    return field in ignored or field.partition("___")[0] in ignored or field.endswith("_complete")


def _passes(steps: Mapping[str, Step]) -> list[list[pl.Expr]]:
    """What all rules need before their values: the text, what it parses to, what became of it."""
    fields = dict.fromkeys(field for step in steps.values() for field in step.judged)
    return [
        [pl.col(field).str.strip_chars().alias(f"text:{field}") for field in fields],
        [expr.alias(name) for step in steps.values() for name, expr in step.parsed.items()],
        [
            expr.alias(judged_name(name, field))
            for name, step in steps.items()
            for field, expr in step.judged.items()
        ],
    ]


def _in_order(derived: Mapping[str, DeriveRule]) -> list[str]:
    """Derived variables, each after those it reads."""
    graph = {name: set(rule.variables) & set(derived) for name, rule in derived.items()}
    return list(TopologicalSorter(graph).static_order())
