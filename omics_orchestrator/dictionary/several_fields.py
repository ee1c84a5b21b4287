"""Rules that make a variable of several fields: the first of them, all of them, any of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from omics_orchestrator.dictionary import types
from omics_orchestrator.dictionary.judging import (
    Context,
    Expressions,
    Judged,
    Missing,
    Reason,
    Step,
    fits,
    folded,
    judge,
    kept,
    reasons_of,
    text_of,
)
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import (
    AnyOfRule,
    CoalesceRule,
    FieldRule,
    FormatRule,
    JoinRule,
)
from omics_orchestrator.dictionary.single_field import field


def coalesce(rule: CoalesceRule, variable: Variable, context: Context) -> Step:
    """The first of several fields that says something."""
    steps = _steps(rule.coalesce, variable, context)
    says = [step.values[f"{variable.variable}#{n}"].is_not_null() for n, step in enumerate(steps)]
    values = {
        # Not the first that is not null: a comparator must be that of the number which counts.
        column: _first_said(
            says,
            [step.values[_numbered(column, variable.variable, n)] for n, step in enumerate(steps)],
        )
        for column in types.columns(variable)
    }
    return _together("coalesce", values, steps)


def _first_said(says: Sequence[pl.Expr], values: Sequence[pl.Expr]) -> pl.Expr:
    chosen: Any = pl
    for is_said, value in zip(says, values, strict=True):
        chosen = chosen.when(is_said).then(value)
    found: pl.Expr = chosen.otherwise(None)
    return found


def _numbered(column: str, name: str, number: int) -> str:
    return f"{name}#{number}{column.removeprefix(name)}"


def join(rule: JoinRule, variable: Variable, context: Context) -> Step:
    """Several fields put together as one text."""
    as_text = variable.model_copy(update={"type": "text", "codes": None})
    steps = _steps(rule.join, as_text, context)
    texts = [expr for step in steps for expr in step.values.values()]
    joined = pl.concat_str(texts, separator=rule.separator, ignore_nulls=True)
    values = {variable.variable: pl.when(joined != "").then(joined)}
    return _together("join", values, steps)


def _steps(rules: Sequence[FieldRule], variable: Variable, context: Context) -> list[Step]:
    """Compile each of several rules as if it gave a variable of its own."""
    return [
        field(each, variable.model_copy(update={"variable": f"{variable.variable}#{n}"}), context)
        for n, each in enumerate(rules)
    ]


def _together(kind: str, values: Expressions, steps: Sequence[Step]) -> Step:
    return Step(
        kind,
        values,
        {name: expr for step in steps for name, expr in step.parsed.items()},
        {name: each for step in steps for name, each in step.judged.items()},
        tuple(reason for step in steps for reason in step.reasons),
    )


def any_of(rule: AnyOfRule, variable: Variable, context: Context) -> Step:
    """Yes where one of these codes stands in any of these fields."""
    name = variable.variable
    sought: defaultdict[str, set[str]] = defaultdict(set)
    for group in rule.any_of:
        for each in group.fields:
            sought[each].update(code.lower() for code in group.codes)
    says = {each: fits(name, each) for each in sought}
    found = pl.any_horizontal(
        says[each] & text_of(each).str.to_lowercase().is_in(sorted(codes))
        for each, codes in sought.items()
    )
    value = pl.when(found).then(True).when(pl.any_horizontal(says.values())).then(False)  # noqa: FBT003  # a value, not a switch
    return Step("any_of", {name: value}, {}, *_as_sent(name, sought, context.missing))


def formatted(rule: FormatRule, variable: Variable, context: Context) -> Step:
    """A text with fields in it."""
    name = variable.variable
    pieces = [
        kept(name, piece, folded(text_of(piece), rule.letters)) if n % 2 else pl.lit(piece)
        for n, piece in enumerate(re.split(r"\{(\w+)\}", rule.format))
    ]
    judged = _as_sent(name, rule.fields, context.missing)
    return Step("format", {name: pl.concat_str(pieces)}, {}, *judged)


def _as_sent(
    variable: str, fields: Iterable[str], missing: Missing
) -> tuple[dict[str, Judged], tuple[Reason, ...]]:
    """Judge fields whose text is never refused, only blank or a missing code."""
    names = list(fields)
    judged = {
        name: each for field in names for name, each in judge(variable, field, missing).items()
    }
    return judged, reasons_of(variable, names, missing)
