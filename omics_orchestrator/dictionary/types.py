"""How text becomes a typed value, and what is said of text that does not.

Each parser maps a stripped, non-blank text column to the value, null where the text is not one.
Nothing is guessed: `12,5` is not a number until a rule says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.model import Variable

_COMPARATORS = {"≤": "<=", "≥": ">="}


@dataclass(frozen=True)
class Kind:
    """A variable type: its column type, how text is read, and the reason when it cannot be."""

    dtype: pl.DataType
    parse: Callable[[pl.Expr], pl.Expr]
    misfit: str


def _number(text: pl.Expr) -> pl.Expr:
    value = text.cast(pl.Float64, strict=False)
    # A cast alone would take "nan" and "inf" for numbers.
    return pl.when(value.is_finite()).then(value)


def with_decimal_point(text: pl.Expr) -> pl.Expr:
    """A number that has a decimal comma, with a point; null where it had a point already."""
    has_point = text.str.contains(".", literal=True)
    return pl.when(~has_point).then(text.str.replace(",", ".", literal=True))


def _measured_number(text: pl.Expr) -> pl.Expr:
    return _number(text.str.replace(r"^(?:<=|>=|<|>|≤|≥)\s*", ""))


def comparator(text: pl.Expr) -> pl.Expr:
    """The comparator in front of a measurement (`<` of `<20`), null where there is none."""
    return text.str.extract(r"^(<=|>=|<|>|≤|≥)").replace(_COMPARATORS)


def _integer(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Int64, strict=False)


def _boolean(text: pl.Expr) -> pl.Expr:
    words = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
    return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)


def _as_it_is(text: pl.Expr) -> pl.Expr:
    return text


KINDS: dict[str, Kind] = {
    "string": Kind(pl.String(), _as_it_is, "not_text"),
    "text": Kind(pl.String(), _as_it_is, "not_text"),
    "category": Kind(pl.String(), _as_it_is, "unknown_code"),
    "integer": Kind(pl.Int64(), _integer, "not_an_integer"),
    "number": Kind(pl.Float64(), _number, "not_a_number"),
    "measurement": Kind(pl.Float64(), _measured_number, "not_a_number"),
    "boolean": Kind(pl.Boolean(), _boolean, "not_yes_or_no"),
    "date": Kind(pl.Date(), lambda text: text.str.to_date("%Y-%m-%d", strict=False), "not_a_date"),
    "datetime": Kind(
        pl.Datetime("us"),
        lambda text: pl.coalesce(
            text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"),
            text.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us"),
        ),
        "not_a_date",
    ),
}


def columns(variable: Variable) -> dict[str, pl.DataType]:
    """The columns a variable takes in a table: a measurement's comparator has its own."""
    own: dict[str, pl.DataType] = {variable.variable: KINDS[variable.type].dtype}
    if variable.type == "measurement":
        own[f"{variable.variable}_comparator"] = pl.String()
    return own


def in_range(variable: Variable, value: pl.Expr) -> pl.Expr:
    """Tell whether a parsed value lies in the variable's range, which includes its ends."""
    inside = pl.lit(value=True)
    if variable.minimum is not None:
        inside = inside & (value >= variable.minimum)
    if variable.maximum is not None:
        inside = inside & (value <= variable.maximum)
    return inside
