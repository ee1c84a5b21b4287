"""Rules that make a variable of one field: its type, its codes, its unit, a pattern."""

from collections.abc import Callable
from functools import cache, partial

import polars as pl

from omics_orchestrator.dictionary import partial_dates, types, units
from omics_orchestrator.dictionary.judging import (
    Context,
    Expressions,
    Step,
    folded,
    judge,
    judged_by,
    kept,
    reasons_of,
    text_of,
)
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import FieldRule, PatternRule

_NUMBER_THEN_UNIT = r"^((?:[<>≤≥]=?\s*)?[-+]?\d[\d.,' ]*)(.*)$"
_CONVERSION = pl.Struct({"factor": pl.Float64, "offset": pl.Float64})

Refusals = list[tuple[pl.Expr, str]]


def field(rule: FieldRule, variable: Variable, context: Context) -> Step:
    """One field becomes the variable."""
    name, value = variable.variable, pl.col(f"parsed:{variable.variable}")
    text = folded(text_of(rule.field), rule.letters)
    codes = context.codes(rule)
    declared = context.missing if rule.missing is None else rule.missing
    missing = {code: why for code, why in declared.items() if code not in (codes or {})}
    refusals: Refusals = []
    if codes is not None:
        source = text.replace_strict(*_sides(tuple(codes.items())), default=None)
        refusals.append((value.is_null(), "unknown_code"))
    else:
        source = text.replace(dict(rule.words)) if rule.words else text
    if codes is None and variable.codes:
        refusals.append((~text.is_in(list(context.value_sets[variable.codes])), "unknown_code"))
    number, unit = _parted(source) if rule.unit_in_text else (source, None)
    parsed = _parser(rule, variable)(number)
    refusals.append((types.is_misfit(variable, value), types.KINDS[variable.type].misfit))
    conversions, unknown = _conversions(rule, variable, unit)
    parsed = _converted(parsed, rule, variable, conversions)
    if conversions is not None:
        refusals.insert(len(refusals) - 1, (unknown, "unknown_unit"))
    if variable.minimum is not None or variable.maximum is not None:
        refusals.append((~types.in_range(variable, value), "out_of_range"))
    judged = {rule.field: judge(text, missing, refusals)}
    if rule.unit_field is not None:
        judged[rule.unit_field] = judge(
            text_of(rule.unit_field), missing, [(unknown, "unknown_unit")]
        )
    return Step(
        "recode" if codes is not None else variable.type,
        _values(variable, rule, number, value),
        {f"parsed:{name}": parsed},
        judged_by(name, judged),
        reasons_of(name, (rule.field,), missing, rule.letters),
        refuses_space=_refuses_space(rule, variable),
    )


@cache
def _sides(codes: tuple[tuple[str, str], ...]) -> tuple[pl.Series, pl.Series]:
    """The codes of a map and their meanings, made once for all rules that share it."""
    # A cell is read without the white space around it, so no cell is such a code.
    plain = [(code, meaning) for code, meaning in codes if code == code.strip()]
    of, to = ([pair[side] for pair in plain] for side in (0, 1))
    return pl.Series(of, dtype=pl.String), pl.Series(to, dtype=pl.String)


def _refuses_space(rule: FieldRule, variable: Variable) -> bool:
    """Tell whether the rule reads no text that has white space around it."""
    is_plain = not (rule.thousands or rule.words or rule.unit_in_text or rule.unit_field)
    if rule.codes is not None:
        return is_plain
    return types.KINDS[variable.type].refuses_space and rule.decimal == "." and is_plain


def _parser(rule: FieldRule, variable: Variable) -> Callable[[pl.Expr], pl.Expr]:
    parse = types.KINDS[variable.type].parse
    if variable.type == "partial_date":
        return lambda text: partial_dates.iso(text, rule.formats)
    if rule.formats:
        return lambda text: pl.coalesce(text.str.to_date(f, strict=False) for f in rule.formats)
    if rule.decimal == "." and not rule.thousands:
        return parse
    return lambda text: parse(
        types.number_text(
            types.without_comparator(text) if variable.type == "measurement" else text,
            decimal=rule.decimal,
            thousands=rule.thousands,
        )
    )


def _values(variable: Variable, rule: FieldRule, number: pl.Expr, value: pl.Expr) -> Expressions:
    name = variable.variable
    found = {name: value}
    if variable.type == "measurement":
        found[f"{name}_comparator"] = types.comparator(number)
    if variable.type == "partial_date":
        found[f"{name}_earliest"] = partial_dates.earliest(value)
        found[f"{name}_latest"] = partial_dates.latest(value)
        found[f"{name}_approximate"] = partial_dates.is_about(number)
    return {column: kept(name, rule.field, each) for column, each in found.items()}


def _parted(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The number and the unit of a text such as `5 mg/L`."""
    number = text.str.extract(_NUMBER_THEN_UNIT, 1).str.strip_chars()
    return number, text.str.extract(_NUMBER_THEN_UNIT, 2).str.strip_chars()


def _conversions(
    rule: FieldRule, variable: Variable, in_text: pl.Expr | None
) -> tuple[pl.Expr | None, pl.Expr]:
    """How each row's unit becomes the variable's, and whether a row's unit is not known."""
    if rule.unit_field is not None:
        spelled = text_of(rule.unit_field)
    elif in_text is not None:
        spelled = in_text
    else:
        return None, pl.lit(value=False)
    stated = pl.when(spelled != "").then(spelled)
    target = variable.unit or "1"
    # Checks the unit, and builds the library's tables before Polars' threads ask for them.
    units.conversion(rule.unit or target, target)
    find = partial(_of_spellings, target=target, otherwise=rule.unit or target)
    conversions = stated.map_batches(find, return_dtype=_CONVERSION, is_elementwise=True)
    return conversions, conversions.struct.field("factor").is_null()


def _of_spellings(spelled: pl.Series, *, target: str, otherwise: str) -> pl.Series:
    """Look up the conversion of each row's unit: there are few different ones."""
    found: dict[str | None, dict[str, float | None]] = {}
    for text in spelled.unique():
        unit = otherwise if text is None else units.spelled(text)
        found[text] = _conversion(unit, target)
    return pl.Series([found[text] for text in spelled], dtype=_CONVERSION)


def _conversion(unit: str | None, target: str) -> dict[str, float | None]:
    try:
        known = units.conversion(unit, target) if unit else None
    except ValueError:
        known = None
    return {"factor": known.factor if known else None, "offset": known.offset if known else None}


def _converted(
    parsed: pl.Expr, rule: FieldRule, variable: Variable, conversions: pl.Expr | None
) -> pl.Expr:
    if conversions is not None:
        factor, offset = (conversions.struct.field(name) for name in ("factor", "offset"))
        return units.converted(parsed, factor, offset)
    if rule.unit is None or variable.unit is None or rule.unit == variable.unit:
        return parsed
    return units.conversion(rule.unit, variable.unit).of(parsed)


def pattern(rule: PatternRule, variable: Variable, context: Context) -> Step:
    """The first pattern that matches the whole field gives the code."""
    name, text = variable.variable, text_of(rule.pattern)
    fits = pl.coalesce(
        pl.when(text.str.contains(f"^(?:{each})$")).then(pl.lit(str(code)))
        for each, code in rule.codes.items()
    )
    value = pl.col(f"parsed:{name}")
    judged = judge(text, context.missing, [(value.is_null(), "no_pattern_fits")])
    return Step(
        "pattern",
        {name: kept(name, rule.pattern, value)},
        {f"parsed:{name}": fits},
        judged_by(name, {rule.pattern: judged}),
        reasons_of(name, (rule.pattern,), context.missing),
    )
