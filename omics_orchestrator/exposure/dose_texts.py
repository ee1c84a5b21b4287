"""What a dose says that somebody typed: "5 mg/kg every 8 weeks", "40mg eow", "1.2 g/day".

A text is understood as a whole or not at all: a word that is left over may change its meaning.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from omics_orchestrator.exposure.rhythms import AmbiguousError, Rhythm, rhythm_of

_UNITS = {
    "mg": "mg", "mgs": "mg", "milligram": "mg", "milligrams": "mg",
    "g": "g", "gm": "g", "gms": "g", "gram": "g", "grams": "g",
    "mcg": "ug", "ug": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug",
    "iu": "[iU]", "ml": "mL",
}  # fmt: skip
_IN_MG = {"mg": Fraction(1), "g": Fraction(1000), "ug": Fraction(1, 1000)}
_TIMES = r"\s*[x\u00d7*]\s*"
_NUMBER = r"\d{1,6}(?:[.,]\d{1,4})?"
_AMOUNT = re.compile(
    rf"(?:(?<![\d.,])(?P<before>\d{{1,2}}){_TIMES})?(?P<number>(?<![\d.,]){_NUMBER})\s*"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![a-zµμ])"
    rf"(?P<kg>\s*(?:/|per)\s*kg(?![a-z]))?(?:{_TIMES}(?P<after>\d{{1,2}})(?!\s*[\d.,]))?"
)
# "1,250" may be a thousand and more, or one and a quarter.
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_RANGE = re.compile(r"\d\s*(?:-|\u2013|to)\s*$")
_ROUTES = re.compile(
    r"\b(?:po|oral|orally|by mouth|sc|s/c|s\.c\.|subcut|subcutaneous|subcutaneously|iv|i\.v\.|"
    r"intravenous|intravenously|pr|rectal|rectally)(?![a-z.])"
)


@dataclass(frozen=True)
class Told:
    """What a text says of a dose.

    Attributes:
        dose: one dose; None where only the sum of a day, or of another time, is told.
        unit: its unit in UCUM; masses are in mg.
        rhythm: how often, where it is told.
        daily: what that makes a day.
        problem: why the text was not understood; all else is then None.
    """

    dose: Fraction | None = None
    unit: str | None = None
    rhythm: Rhythm | None = None
    daily: Fraction | None = None
    problem: str | None = None


def told(text: str) -> Told:
    """Say what a text tells of a dose, or why it is not understood."""
    said = " ".join(text.lower().split())
    amounts = list(_AMOUNT.finditer(said))
    if len(amounts) != 1:
        return Told(problem=_why_not_one(said, len(amounts)))
    (amount,) = amounts
    before = said[: amount.start()]
    if _RANGE.search(before):
        return Told(problem="a_range")
    number = amount["number"]
    if _THOUSANDS.fullmatch(number):
        return Told(problem="ambiguous_number")
    rest = _ROUTES.sub(" ", f"{before} {said[amount.end() :]}").strip(" ,;.()")
    try:
        rhythm = rhythm_of(rest) if rest else None
    except AmbiguousError:
        return Told(problem="ambiguous_frequency")
    if rest and rhythm is None:
        return Told(problem="not_understood")
    times = [int(each) for each in (amount["before"], amount["after"]) if each is not None]
    one = Fraction(number.replace(",", "."))
    return _together(one, times, _unit(amount["unit"], amount["kg"]), rhythm)


def _why_not_one(said: str, amounts: int) -> str:
    if amounts:
        return "several_doses"
    return "no_unit" if any(character.isdigit() for character in said) else "no_number"


def _unit(named: str, per_weight: str | None) -> tuple[Fraction, str]:
    """What the number is to be multiplied by, and the unit that it then has."""
    unit = _UNITS[named]
    factor, unit = (_IN_MG[unit], "mg") if unit in _IN_MG else (Fraction(1), unit)
    return factor, f"{unit}/kg" if per_weight else unit


def _together(
    one: Fraction, times: list[int], unit: tuple[Fraction, str], rhythm: Rhythm | None
) -> Told:
    factor, name = unit
    if one == 0 or 0 in times or len(times) > 1:
        return Told(problem="not_understood")
    if times and rhythm is None:
        # Two tablets at once, or one tablet twice a day.
        return Told(problem="times_or_tablets")
    amount = one * factor * (times[0] if times else 1)
    if rhythm is None:
        return Told(amount, name)
    if times and rhythm.is_loose:
        rhythm = replace(rhythm, is_sum=True)
    return Told(None if rhythm.is_sum else amount, name, rhythm, rhythm.daily(amount))
