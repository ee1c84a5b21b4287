"""Rules that make a variable of one field: its type, its codes, its unit, a pattern."""

from collections.abc import Callable
from functools import cache, partial

import polars as pl

from omics_orchestrator.dictionary import partial_dates, types, units
from omics_orchestrator.dictionary.judging import (
    Cells,
    Column,
    Context,
    Expressions,
    Missing,
    Refusals,
    Step,
    folded,
    is_any,
    judge,
    kept,
    reasons_of,
    text_of,
)
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import FieldRule, PatternRule

_NUMBER_THEN_UNIT = r"^((?:[<>≤≥]=?\s*)?[-+]?\d[\d.,' ]*)(.*)$"
_CONVERSION = pl.Struct({"factor": pl.Float64, "offset": pl.Float64})


def field(rule: FieldRule, variable: Variable, context: Context) -> Step:
    """One field becomes the variable."""
    name, value = variable.variable, pl.col(f"parsed:{variable.variable}")
    text, codes = folded(text_of(rule.field), rule.letters), context.codes(rule)
    declared = context.missing if rule.missing is None else rule.missing
    missing = {code: why for code, why in declared.items() if code not in (codes or {})}
    if codes is not None:
        source = text.replace_strict(*_sides(tuple(codes.items())), default=None)
    else:
        source = text.replace(dict(rule.words)) if rule.words else text
    number, unit = _parted(source) if rule.unit_in_text else (source, None)
    conversions = _conversions(rule, variable, unit)
    parsed = {
        f"parsed:{name}": _converted(_parser(rule, variable)(number), rule, variable, conversions)
    }
    if conversions is not None:
        parsed[_unknown_unit(name)] = conversions.struct.field("factor").is_null()
    judged = judge(
        name,
        rule.field,
        missing,
        _refusals(rule, variable, context),
        letters=rule.letters,
        conforms=_conforms(rule, variable, context, missing),
    )
    if rule.unit_field is not None:
        unknown: Refusals = [(lambda column: column(_unknown_unit(name)), "unknown_unit")]
        judged |= judge(name, rule.unit_field, missing, unknown)
    return Step(
        "recode" if codes is not None else variable.type,
        _values(variable, rule, number, value),
        parsed,
        judged,
        reasons_of(name, (rule.field,), missing, rule.letters),
        refuses_space=_refuses_space(rule, variable),
    )


def _unknown_unit(variable: str) -> str:
    return f"parsed:{variable}:unknown unit"


def _refusals(rule: FieldRule, variable: Variable, context: Context) -> list[tuple[Cells, str]]:
    """What is refused: codes, units, what is no value of the type, what is out of its range."""
    refusals: list[tuple[Cells, str]] = []

    def value(column: Column) -> pl.Expr:
        return column(f"parsed:{variable.variable}")

    if rule.codes is not None:
        refusals.append((lambda column: value(column).is_null(), "unknown_code"))
    elif variable.codes:
        known = list(context.value_sets[variable.codes])
        refusals.append(
            (
                lambda column: ~is_any(folded(text_of(rule.field, column), rule.letters), known),
                "unknown_code",
            )
        )
    if rule.unit_field is not None or rule.unit_in_text:
        unknown = _unknown_unit(variable.variable)
        refusals.append((lambda column: column(unknown), "unknown_unit"))
    kind = types.KINDS[variable.type]
    if rule.codes is None or kind.dtype.is_float():
        refusals.append((lambda column: types.is_misfit(variable, value(column)), kind.misfit))
    if _has_range(variable):
        refusals.append((lambda column: ~types.in_range(variable, value(column)), "out_of_range"))
    return refusals


def _conforms(
    rule: FieldRule, variable: Variable, context: Context, missing: Missing
) -> pl.Expr | None:
    """Which cells conform to a plain rule, by what was parsed: that is null wherever it can be."""
    if not _is_plain(rule):
        return None
    value, text = pl.col(f"parsed:{variable.variable}"), folded(text_of(rule.field), rule.letters)
    dtype = types.KINDS[variable.type].dtype
    conforms = value.is_not_null()
    if rule.codes is None:
        silent = ["", *missing] if dtype == pl.String else [*missing]
        conforms = conforms & ~is_any(text, silent) if silent else conforms
        if variable.codes:
            conforms = conforms & is_any(text, list(context.value_sets[variable.codes]))
    if dtype.is_float():
        conforms = conforms & value.is_finite()
    if _has_range(variable):
        conforms = conforms & types.in_range(variable, value)
    return conforms


def _has_range(variable: Variable) -> bool:
    return variable.minimum is not None or variable.maximum is not None


def _is_plain(rule: FieldRule) -> bool:
    """Tell whether the text is read as it is, or looked up as it is."""
    return not (rule.thousands or rule.words or rule.unit_in_text or rule.unit_field)


@cache
def _sides(codes: tuple[tuple[str, str], ...]) -> tuple[pl.Series, pl.Series]:
    """The codes of a map and their meanings, made once for all rules that share it."""
    # A cell is read without the white space around it, so no cell is such a code; nor is a blank.
    plain = [(code, meaning) for code, meaning in codes if code and code == code.strip()]
    of, to = ([pair[side] for pair in plain] for side in (0, 1))
    return pl.Series(of, dtype=pl.String), pl.Series(to, dtype=pl.String)


def _refuses_space(rule: FieldRule, variable: Variable) -> bool:
    """Tell whether the rule reads no text that has white space around it."""
    if rule.codes is not None:
        return _is_plain(rule)
    return types.KINDS[variable.type].refuses_space and rule.decimal == "." and _is_plain(rule)


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
    dtype = types.KINDS[variable.type].dtype
    if (
        rule.codes is not None
        and _is_plain(rule)
        and not (_has_range(variable) or dtype.is_float())
    ):
        # What is no code of the map was parsed to null already.
        return found
    return {column: kept(name, rule.field, each) for column, each in found.items()}


def _parted(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The number and the unit of a text such as `5 mg/L`."""
    number = text.str.extract(_NUMBER_THEN_UNIT, 1).str.strip_chars()
    return number, text.str.extract(_NUMBER_THEN_UNIT, 2).str.strip_chars()


def _conversions(rule: FieldRule, variable: Variable, in_text: pl.Expr | None) -> pl.Expr | None:
    """How each row's unit becomes the variable's; None where rows name none."""
    if rule.unit_field is not None:
        spelled = text_of(rule.unit_field)
    elif in_text is not None:
        spelled = in_text
    else:
        return None
    stated = pl.when(spelled != "").then(spelled)
    target = variable.unit or "1"
    # Checks the unit, and builds the library's tables before Polars' threads ask for them.
    units.conversion(rule.unit or target, target)
    find = partial(_of_spellings, target=target, otherwise=rule.unit or target)
    return stated.map_batches(find, return_dtype=_CONVERSION, is_elementwise=True)


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
    fitting = pl.coalesce(
        pl.when(text.str.contains(f"^(?:{each})$")).then(pl.lit(str(code)))
        for each, code in rule.codes.items()
    )
    refusals: Refusals = [(lambda column: column(f"parsed:{name}").is_null(), "no_pattern_fits")]
    return Step(
        "pattern",
        {name: kept(name, rule.pattern, pl.col(f"parsed:{name}"))},
        {f"parsed:{name}": fitting},
        judge(name, rule.pattern, context.missing, refusals),
        reasons_of(name, (rule.pattern,), context.missing),
    )
