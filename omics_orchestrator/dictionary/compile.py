"""Rules become Polars expressions: the values, and what became of each cell that was read.

A table is evaluated in four passes, each over all its rules at once, so that nothing is computed
twice: `text:` is a field without white space, `parsed:` what a rule makes of it, `judged:` what
became of the cell, and last the variable, which is what was parsed where the cell conformed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from omics_orchestrator.dictionary import expression, outcome, types
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.rules import (
    CheckboxesRule,
    CheckboxRule,
    CodeMap,
    ConstantRule,
    DeriveRule,
    FieldRule,
    NotCollected,
    PatternRule,
    Rule,
    checkbox_column,
)

Missing = Mapping[str, str]
Expressions = Mapping[str, pl.Expr]


@dataclass(frozen=True)
class Step:
    """One rule, compiled.

    Attributes:
        kind: the rule's name, as quarantine and reports show it.
        values: the columns it gives, over `parsed:` and `judged:`.
        parsed: what it makes of the text, named `parsed:<column>`, over `text:`.
        judged: for each field it reads, the outcome of the cell, over `text:` and `parsed:`.
        reason: why the value was declared missing, where it was, over `text:`.
    """

    kind: str
    values: Expressions
    parsed: Expressions
    judged: Expressions
    reason: pl.Expr | None = None


@dataclass(frozen=True)
class Context:
    """What a rule needs to know beside itself: codes, value sets, missing codes, columns there."""

    code_maps: Mapping[str, CodeMap]
    value_sets: Mapping[str, Mapping[str, str]]
    missing: Missing
    columns: frozenset[str]

    @classmethod
    def of(
        cls, dictionary: Dictionary, study: Study, missing: Missing, columns: frozenset[str]
    ) -> "Context":
        """Gather the context of a study's table whose source columns are `columns`."""
        return cls(study.code_maps, dictionary.value_sets, missing, columns)

    def codes(self, rule: FieldRule) -> dict[str, str] | None:
        """The rule's codes as text, with a named code map looked up; None when it has none."""
        if rule.codes is None:
            return None
        codes = self.code_maps[rule.codes] if isinstance(rule.codes, str) else rule.codes
        return {code: str(value) for code, value in codes.items()}


def compile_rule(rule: Rule, variable: Variable, context: Context) -> Step:
    """Compile one rule for one variable."""
    compiler: Callable[..., Step] = _COMPILERS[type(rule)]
    if isinstance(rule, FieldRule | CheckboxRule) and rule.missing is not None:
        context = replace(context, missing=rule.missing)
    return compiler(rule, variable, context)


def text_of(field: str) -> pl.Expr:
    """A source field without the white space around it, as the first pass names it."""
    return pl.col(f"text:{field}")


def judged_name(variable: str, field: str) -> str:
    """Name the column that says what one rule made of one field's cells."""
    return f"judged:{variable}:{field}"


def _judge(text: pl.Expr, missing: Missing, refusals: list[tuple[pl.Expr, str]]) -> pl.Expr:
    """The outcome of a cell: blank, missing, the first refusal that holds, or conformed."""
    judged: Any = pl.when(text.is_null() | (text == "")).then(_code(outcome.BLANK))
    if missing:
        judged = judged.when(text.is_in(list(missing))).then(_code(outcome.MISSING))
    for refused, reason in refusals:
        judged = judged.when(refused).then(_code(outcome.quarantined(reason)))
    verdict: pl.Expr = judged.otherwise(_code(outcome.CONFORMED))
    return verdict


def _code(value: int) -> pl.Expr:
    return pl.lit(value, pl.UInt8)


def _reason(text: pl.Expr, missing: Missing) -> pl.Expr | None:
    return text.replace_strict(missing, default=None, return_dtype=pl.String) if missing else None


def _kept(variable: str, field: str, value: pl.Expr) -> pl.Expr:
    """A value where the rule found the cell to conform, null elsewhere."""
    return pl.when(pl.col(judged_name(variable, field)) == outcome.CONFORMED).then(value)


def _field(rule: FieldRule, variable: Variable, context: Context) -> Step:
    name, text = variable.variable, text_of(rule.field)
    if rule.letters:
        text = text.str.to_uppercase() if rule.letters == "upper" else text.str.to_lowercase()
    codes, value = context.codes(rule), pl.col(f"parsed:{variable.variable}")
    refusals: list[tuple[pl.Expr, str]] = []
    source = text
    if codes is not None:
        source = text.replace_strict(codes, default=None, return_dtype=pl.String)
        refusals.append((value.is_null(), "unknown_code"))
    elif variable.codes:
        refusals.append((~text.is_in(list(context.value_sets[variable.codes])), "unknown_code"))
    refusals.append((value.is_null(), types.KINDS[variable.type].misfit))
    if variable.minimum is not None or variable.maximum is not None:
        refusals.append((~types.in_range(variable, value), "out_of_range"))
    missing = {code: why for code, why in context.missing.items() if code not in (codes or {})}
    parsed = {f"parsed:{name}": _parser(rule, variable)(source)}
    values = {name: _kept(name, rule.field, value)}
    if variable.type == "measurement":
        values[f"{name}_comparator"] = _kept(name, rule.field, types.comparator(text))
    return Step(
        "recode" if codes is not None else variable.type,
        values,
        parsed,
        {rule.field: _judge(text, missing, refusals)},
        _reason(text, missing),
    )


def _parser(rule: FieldRule, variable: Variable) -> Callable[[pl.Expr], pl.Expr]:
    if rule.formats:
        return lambda text: pl.coalesce(text.str.to_date(f, strict=False) for f in rule.formats)
    parse = types.KINDS[variable.type].parse
    return parse if rule.decimal == "." else lambda text: parse(types.with_decimal_point(text))


def missing_options(field: str, context: Context) -> dict[str, str]:
    """The export columns that say "missing" for a checkbox field, each with its reason."""
    columns = {checkbox_column(field, code): why for code, why in context.missing.items()}
    return {column: why for column, why in columns.items() if column in context.columns}


def _options(columns: tuple[str, ...], field: str, context: Context) -> dict[str, pl.Expr]:
    """The outcome of each option's cell: missing when a missing code of the field is ticked."""
    missing = missing_options(field, context)
    unanswered = [text_of(option) == "1" for option in missing]
    found = {}
    for column in (*columns, *missing):
        text = text_of(column)
        judged = _judge(text, {}, [(~text.is_in(["0", "1"]), "unknown_code")])
        if unanswered:
            is_missing = pl.any_horizontal(unanswered)
            judged = pl.when(is_missing).then(_code(outcome.MISSING)).otherwise(judged)
        found[column] = judged
    return found


def _unanswered(field: str, context: Context) -> pl.Expr | None:
    reasons = [
        pl.when(text_of(column) == "1").then(pl.lit(why))
        for column, why in missing_options(field, context).items()
    ]
    return pl.coalesce(reasons) if reasons else None


def _checkbox(rule: CheckboxRule, variable: Variable, context: Context) -> Step:
    (column,) = rule.fields
    ticked = _kept(variable.variable, column, text_of(column) == "1")
    judged = _options(rule.fields, rule.checkbox, context)
    reason = _unanswered(rule.checkbox, context)
    return Step("checkbox", {variable.variable: ticked}, {}, judged, reason)


def _checkboxes(rule: CheckboxesRule, variable: Variable, context: Context) -> Step:
    name = variable.variable
    ticked = {column: text_of(column) == "1" for column in rule.fields}
    several = pl.sum_horizontal(ticked.values()) > 1
    judged = _options(rule.fields, rule.checkboxes, context)
    for column, is_ticked in ticked.items():
        clash = several & is_ticked & (judged[column] == outcome.CONFORMED)
        refused = _code(outcome.quarantined("several_ticked"))
        judged[column] = pl.when(clash).then(refused).otherwise(judged[column])
    value = pl.coalesce(
        _kept(name, column, pl.when(is_ticked).then(pl.lit(str(code))))
        for (column, is_ticked), code in zip(ticked.items(), rule.codes.values(), strict=True)
    )
    return Step("checkboxes", {name: value}, {}, judged, _unanswered(rule.checkboxes, context))


def _pattern(rule: PatternRule, variable: Variable, context: Context) -> Step:
    name, text = variable.variable, text_of(rule.pattern)
    fits = pl.coalesce(
        pl.when(text.str.contains(f"^(?:{pattern})$")).then(pl.lit(str(code)))
        for pattern, code in rule.codes.items()
    )
    value = pl.col(f"parsed:{name}")
    return Step(
        "pattern",
        {name: _kept(name, rule.pattern, value)},
        {f"parsed:{name}": fits},
        {rule.pattern: _judge(text, context.missing, [(value.is_null(), "no_pattern_fits")])},
        _reason(text, context.missing),
    )


def _constant(rule: ConstantRule, variable: Variable, _: Context) -> Step:
    return Step("constant", {variable.variable: pl.lit(rule.constant)}, {}, {})


def _derive(rule: DeriveRule, variable: Variable, _: Context) -> Step:
    derived = expression.compile_expression(rule.derive)
    dtype = types.KINDS[variable.type].dtype
    return Step("derive", {variable.variable: derived.cast(dtype)}, {}, {})


def _not_collected(_: NotCollected, variable: Variable, __: Context) -> Step:
    nothing = {name: pl.lit(None, dtype) for name, dtype in types.columns(variable).items()}
    return Step("not_collected", nothing, {}, {})


_COMPILERS: Mapping[type, Callable[..., Step]] = {
    FieldRule: _field,
    CheckboxRule: _checkbox,
    CheckboxesRule: _checkboxes,
    PatternRule: _pattern,
    ConstantRule: _constant,
    DeriveRule: _derive,
    NotCollected: _not_collected,
}
