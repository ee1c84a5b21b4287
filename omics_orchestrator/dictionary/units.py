"""Units of measurement: what a laboratory writes becomes UCUM, and one UCUM unit another.

pint converts and ucumvert teaches it UCUM's grammar and its 300 units: both are maintained, and
with fractions for numbers nothing is rounded on the way. They take a second to load, so only the
first conversion imports them.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pint import Unit
    from ucumvert import PintUcumRegistry


@dataclass(frozen=True)
class Conversion:
    """How a value in one unit becomes a value in another: `value * factor + offset`."""

    factor: float
    offset: float

    def of(self, value: pl.Expr) -> pl.Expr:
        """Convert a column."""
        there = value.is_not_null().cast(pl.Float64)
        return converted(value, there * self.factor, pl.lit(self.offset))


def converted(value: pl.Expr, factor: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Convert each row by its own conversion; a power of ten moves the point and does nothing else.

    3 * 0.1 is not 0.3, but 3 / 10 is. `factor` must be a column: Polars divides by a lone number
    as it multiplies by its inverse.
    """
    divisor = (1 / factor).round()
    divides = (divisor > 1) & (1 / divisor == factor)
    return pl.when(divides).then(value / divisor).otherwise(value * factor) + offset


@cache
def conversion(source: str, target: str) -> Conversion:
    """Find how values in `source` become values in `target`, both UCUM.

    Raises:
        ValueError: a unit is not UCUM, the two measure different things, or one is a logarithm.
            An arbitrary unit, such as `[IU]`, becomes none but itself.
    """
    (per_source, start), (per_target, end) = _parsed(source), _parsed(target)
    quantity = _registry().Quantity
    try:
        at = [quantity(n * per_source, start).to(end).magnitude for n in range(2)]
    except TypeError:  # pint's for other dimensions, Python's for the logarithm of a fraction
        raise ValueError(f"{source!r} does not convert to {target!r}") from None
    return Conversion(float((at[1] - at[0]) / per_target), float(at[0] / per_target))


def is_ucum(unit: str) -> bool:
    """Tell whether `unit` is written in UCUM."""
    try:
        _parsed(unit)
    except ValueError:
        return False
    return True


@cache
def _registry() -> "PintUcumRegistry":
    from ucumvert import PintUcumRegistry, xml_util  # noqa: PLC0415 (a second; see above)

    registry = PintUcumRegistry(non_int_type=Fraction, on_redefinition="ignore")
    # UCUM lets an arbitrary unit stand for itself alone; ucumvert takes each for the number one,
    # and would convert international units to ELISA units.
    for unit in xml_util.get_units_with_full_definition():
        if unit.is_arbitrary:
            name = str(registry.from_ucum(unit.code_cs).units)
            registry.define(f"{name} = [{name}]")
    return registry


@cache
def _parsed(unit: str) -> tuple[Fraction, "Unit"]:
    """The number in a unit (24 in `g/(24.h)`, mostly one) and pint's unit."""
    from lark.exceptions import LarkError  # noqa: PLC0415 (a second; see above)

    registry = _registry()
    try:
        found = registry.from_ucum(unit)
    except LarkError:
        raise ValueError(f"{unit!r} is not a UCUM unit") from None
    if isinstance(found, str):  # a remark and no unit, such as `{INR}`
        return Fraction(1), registry.dimensionless
    # ucumvert divides the numbers of a unit as floats: 1/24 comes as 0.041666666666666664.
    number = Fraction(found.magnitude)
    return number.limit_denominator(10**9) or number, found.units


_PREFIXES = {p: p for p in ("", "k", "d", "c", "m", "u", "n", "p", "f")} | {"mc": "u"}
_ATOMS = {
    "g": "g", "l": "L", "mol": "mol", "m": "m", "eq": "eq", "osm": "osm", "kat": "kat",
    "u": "U", "iu": "[IU]", "[iu]": "[IU]",
}  # fmt: skip
_WORDS = {
    "": "", "1": "1", "%": "%", "h": "h", "hr": "h", "min": "min", "s": "s", "sec": "s", "d": "d",
    "day": "d", "days": "d", "24h": "d", "yr": "a", "yrs": "a", "year": "a", "years": "a",
    "kilogram": "kg", "kilograms": "kg", "gram": "g", "grams": "g", "litre": "L", "litres": "L",
    "centimetre": "cm", "centimetres": "cm", "centimeter": "cm", "centimeters": "cm",
    "metre": "m", "metres": "m", "meter": "m", "meters": "m", "months": "mo", "month": "mo",
    "weeks": "wk", "week": "wk", "hours": "h", "hour": "h", "minutes": "min",
    "100ml": "dL", "m2": "m2", "mm3": "uL", "1.73m2": "{1.73_m2}", "mmhg": "mm[Hg]",
    "mm[hg]": "mm[Hg]", "cel": "Cel", "°c": "Cel", "degc": "Cel", "°f": "[degF]", "degf": "[degF]",
    "[degf]": "[degF]", "cell": "", "cells": "", "a": "a", "{1.73_m2}": "{1.73_m2}",
}  # fmt: skip
_TERMS = {p + a: _PREFIXES[p] + _ATOMS[a] for p in _PREFIXES for a in _ATOMS} | _WORDS
_WHOLE = {"mM": "mmol/L", "uM": "umol/L", "nM": "nmol/L", "pM": "pmol/L"}
_WHOLE |= {"mg%": "mg/dL", "bpm": "/min"}
_LATIN = str.maketrans("\N{GREEK SMALL LETTER MU}\N{MULTIPLICATION SIGN}", "ux")
_COUNT = re.compile(r"[x*]?(?:10(?:\^|\*\*?|e|exp|(?=\())|1?e)\(?([1-9]\d?)\)?|(k|thou)(?=/)")
_SUPERSCRIPT = re.compile(r"(?<=10)([⁰¹²³⁴-⁹]+)")
_MEGA = re.compile(r"M(?:[a-z].*|I?U)?")


def spelled(text: str) -> str | None:
    """Find the UCUM of a unit as laboratories write it: `MG/L`, `µg/g`, `x10^9/L`; None if unknown.

    Letter case is folded, but a capital M is never taken for milli where it may mean mega (`Mmol`,
    `MIU`); in a unit all in capitals (`MMOL/L`) it may not.
    """
    plain = unicodedata.normalize("NFKC", _SUPERSCRIPT.sub(r"^\1", text))
    plain = re.sub(r"\s", "", plain).translate(_LATIN)
    if plain in _WHOLE:
        return _WHOLE[plain]
    if any(_MEGA.fullmatch(term) for term in plain.split("/")):
        return None
    folded = plain.lower()
    count = _COUNT.match(folded)
    power = f"10*{count[1] or 3}" if count else ""
    first, *below = folded[count.end() if count else 0 :].replace("m^2", "m2").split("/")
    terms = [_TERMS.get(term) for term in (first, *below)]
    if None in terms or "" in terms[1:] or (power and terms[0]):
        return None
    return "/".join(map(str, [power or terms[0], *terms[1:]])) or None
