"""Rules on checkbox fields: one option as yes or no, all of them as one category or a list."""

import polars as pl

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.judging import (
    Context,
    Reason,
    Step,
    code,
    judge,
    judged_by,
    judged_name,
    kept,
    text_of,
)
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import CheckboxesRule, CheckboxRule


def checkbox(rule: CheckboxRule, variable: Variable, context: Context) -> Step:
    """One option of a checkbox field becomes a boolean."""
    (column,) = rule.fields
    name = variable.variable
    values = {name: kept(name, column, text_of(column) == "1")}
    judged = _options(rule.fields, rule.checkbox, context)
    return Step(
        "checkbox", values, {}, judged_by(name, judged), _unanswered(name, rule.checkbox, context)
    )


def checkboxes(rule: CheckboxesRule, variable: Variable, context: Context) -> Step:
    """A checkbox field becomes one category, or a list."""
    name = variable.variable
    ticked = {column: text_of(column) == "1" for column in rule.fields}
    judged = _options(rule.fields, rule.checkboxes, context)
    if rule.several == "refuse":
        several = pl.sum_horizontal(ticked.values()) > 1
        for column, is_ticked in ticked.items():
            clash = several & is_ticked & (judged[column] == outcome.CONFORMED)
            refused = code(outcome.quarantined("several_ticked"))
            judged[column] = pl.when(clash).then(refused).otherwise(judged[column])
    found = [
        (str(category), kept(name, column, pl.when(is_ticked).then(pl.lit(str(category)))))
        for (column, is_ticked), category in zip(ticked.items(), rule.codes.values(), strict=True)
    ]
    if rule.several == "list":
        listed = pl.concat_str([each for _, each in found], separator=";", ignore_nulls=True)
        value: pl.Expr = pl.when(listed != "").then(listed)
    else:
        if isinstance(rule.several, tuple):
            found.sort(key=lambda each: rule.several.index(each[0]))
        value = pl.coalesce(each for _, each in found)
    return Step(
        "checkboxes",
        {name: value},
        {},
        judged_by(name, judged),
        _unanswered(name, rule.checkboxes, context),
    )


def _options(columns: tuple[str, ...], field: str, context: Context) -> dict[str, pl.Expr]:
    """The outcome of each option's cell: missing when a missing code of the field is ticked."""
    missing = context.missing_options(field)
    unanswered = [text_of(option) == "1" for option in missing]
    found = {}
    for column in (*columns, *missing):
        text = text_of(column)
        judged = judge(text, {}, [(~text.is_in(["0", "1"]), "unknown_code")])
        if unanswered:
            is_missing = pl.any_horizontal(unanswered)
            judged = pl.when(is_missing).then(code(outcome.MISSING)).otherwise(judged)
        found[column] = judged
    return found


def _unanswered(variable: str, field: str, context: Context) -> tuple[Reason, ...]:
    return tuple(
        Reason(judged_name(variable, column), column, {"1": why})
        for column, why in context.missing_options(field).items()
    )
