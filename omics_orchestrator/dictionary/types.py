"""How text becomes a typed value, and what is said of text that does not.

Each parser maps a stripped, non-blank text column to the value, null where the text is not one.
Nothing is guessed: `12,5` is not a number until a rule says so.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary import partial_dates
from omics_orchestrator.dictionary.model import Variable

_COMPARATORS = {"≤": "<=", "≥": ">="}


@dataclass(frozen=True)
class Kind:
    """A variable type: its column type, how text is read, and the reason when it cannot be.

    `refuses_space` says that text with white space around it is not read, or as the text without.
    """

    dtype: pl.DataType
    parse: Callable[[pl.Expr], pl.Expr]
    misfit: str
    refuses_space: bool = False


def _number(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64, strict=False)


def is_misfit(variable: Variable, value: pl.Expr) -> pl.Expr:
    """Tell whether text was no value of the variable's type: "nan" and "inf" are no numbers."""
    if KINDS[variable.type].dtype.is_float():
        return value.is_null() | ~value.is_finite()
    return value.is_null()


def number_text(text: pl.Expr, *, decimal: str, thousands: str) -> pl.Expr:
    """A number as a machine writes it; null where signs stand in other places than they should."""
    if thousands:
        part, point = re.escape(thousands), re.escape(decimal)
        grouped = rf"^[-+]?(?:\d{{1,3}}(?:{part}\d{{3}})+|\d+)(?:{point}\d+)?$"
        text = pl.when(text.str.contains(grouped)).then(text.str.replace_all(part, ""))
    if decimal == ",":
        has_point = text.str.contains(".", literal=True)
        text = pl.when(~has_point).then(text.str.replace(",", ".", literal=True))
    return text


def without_comparator(text: pl.Expr) -> pl.Expr:
    """The number of a measurement, as text."""
    return text.str.replace(r"^(?:<=|>=|<|>|≤|≥)\s*", "")


def comparator(text: pl.Expr) -> pl.Expr:
    """The comparator in front of a measurement (`<` of `<20`), null where there is none."""
    return text.str.extract(r"^(<=|>=|<|>|≤|≥)").replace(_COMPARATORS)


def _measured_number(text: pl.Expr) -> pl.Expr:
    return _number(without_comparator(text))


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
    "integer": Kind(pl.Int64(), _integer, "not_an_integer", refuses_space=True),
    "number": Kind(pl.Float64(), _number, "not_a_number", refuses_space=True),
    "measurement": Kind(pl.Float64(), _measured_number, "not_a_number", refuses_space=True),
    "partial_date": Kind(pl.String(), lambda text: partial_dates.iso(text, ()), "not_a_date"),
    "boolean": Kind(pl.Boolean(), _boolean, "not_yes_or_no", refuses_space=True),
    "date": Kind(
        pl.Date(),
        # A cache of what was read costs more than reading again: dates differ.
        lambda text: text.str.to_date("%Y-%m-%d", strict=False, cache=False),
        "not_a_date",
        refuses_space=True,
    ),
    "datetime": Kind(
        pl.Datetime("us"),
        lambda text: pl.coalesce(
            text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"),
            text.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us"),
        ),
        "not_a_date",
    ),
}


_BESIDE: dict[str, dict[str, pl.DataType]] = {
    "measurement": {"comparator": pl.String()},
    "partial_date": {"earliest": pl.Date(), "latest": pl.Date(), "approximate": pl.Boolean()},
}


def columns(variable: Variable) -> dict[str, pl.DataType]:
    """The columns a variable takes in a table: some types need several."""
    name, beside = variable.variable, _BESIDE.get(variable.type, {})
    return {name: KINDS[variable.type].dtype} | {f"{name}_{n}": kind for n, kind in beside.items()}


def in_range(variable: Variable, value: pl.Expr) -> pl.Expr:
    """Tell whether a parsed value lies in the variable's range, which includes its ends."""
    minimum = -math.inf if variable.minimum is None else variable.minimum
    maximum = math.inf if variable.maximum is None else variable.maximum
    return value.is_between(minimum, maximum)
