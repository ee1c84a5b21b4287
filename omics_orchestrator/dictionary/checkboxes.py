"""Rules on checkbox fields: one option as yes or no, all of them as one category or a list."""

import polars as pl

from omics_orchestrator.dictionary.judging import (
    Column,
    Context,
    Judged,
    Missing,
    Reason,
    Refusals,
    Step,
    judge,
    judged_name,
    kept,
    text_of,
)
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import CheckboxesRule, CheckboxRule

_STATES = pl.Series(["0", "1"]).implode()


def checkbox(rule: CheckboxRule, variable: Variable, context: Context) -> Step:
    """One option of a checkbox field becomes a boolean."""
    (column,) = rule.fields
    name = variable.variable
    missing = context.missing_options(rule.checkbox)
    return Step(
        "checkbox",
        {name: kept(name, column, _is_ticked(column))},
        {},
        {**_option(name, column, missing), **_missing_options(name, missing)},
        _unanswered(name, missing),
    )


def checkboxes(rule: CheckboxesRule, variable: Variable, context: Context) -> Step:
    """A checkbox field becomes one category, or a list."""
    name, missing = variable.variable, context.missing_options(rule.checkboxes)
    judged = _missing_options(name, missing)
    for column in rule.fields:
        clash = _clash(rule, column) if rule.several == "refuse" else []
        judged |= _option(name, column, missing, clash)
    found = [
        (str(category), kept(name, each, pl.when(_is_ticked(each)).then(pl.lit(str(category)))))
        for each, category in zip(rule.fields, rule.codes.values(), strict=True)
    ]
    if rule.several == "list":
        listed = pl.concat_str([each for _, each in found], separator=";", ignore_nulls=True)
        value: pl.Expr = pl.when(listed != "").then(listed)
    else:
        if isinstance(rule.several, tuple):
            found.sort(key=lambda each: rule.several.index(each[0]))
        value = pl.coalesce(each for _, each in found)
    return Step("checkboxes", {name: value}, {}, judged, _unanswered(name, missing))


def _clash(rule: CheckboxesRule, option: str) -> Refusals:
    """Refuse an option that is ticked beside another."""

    def is_clash(column: Column) -> pl.Expr:
        ticked = pl.sum_horizontal(_is_ticked(each, column) for each in rule.fields)
        return (ticked > 1) & _is_ticked(option, column)

    return [(is_clash, "several_ticked")]


def _option(
    variable: str, option: str, missing: Missing, refusals: Refusals = ()
) -> dict[str, Judged]:
    """Judge an option's cells: missing where a missing code of the field is ticked."""

    def is_unanswered(column: Column) -> pl.Expr:
        return pl.any_horizontal(_is_ticked(each, column) for each in missing)

    def is_strange(column: Column) -> pl.Expr:
        return ~text_of(option, column).is_in(_STATES)

    return judge(
        variable,
        option,
        {},
        [(is_strange, "unknown_code"), *refusals],
        unanswered=is_unanswered if missing else None,
    )


def _missing_options(variable: str, missing: Missing) -> dict[str, Judged]:
    return {
        name: judged
        for option in missing
        for name, judged in _option(variable, option, missing).items()
    }


def _is_ticked(option: str, column: Column = pl.col) -> pl.Expr:
    return (text_of(option, column) == "1").fill_null(value=False)


def _unanswered(variable: str, missing: Missing) -> tuple[Reason, ...]:
    return tuple(
        Reason(judged_name(variable, column), {"1": why}) for column, why in missing.items()
    )
