"""Signs, comparators and units with which held texts are the numbers they should be."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress

from rapidfuzz import fuzz, process

from omics_orchestrator.dictionary import units
from omics_orchestrator.dictionary.rules import FieldRule
from omics_orchestrator.quarantine.case import Case
from omics_orchestrator.quarantine.mend import Mend

# From the simplest on: of two that read the same cells, the first is suggested.
_SIGNS: tuple[dict[str, str | bool], ...] = (
    {"decimal": ","},
    {"thousands": " "},
    {"thousands": ","},
    {"thousands": "'"},
    {"decimal": ",", "thousands": "."},
    {"decimal": ",", "thousands": " "},
    {"unit_in_text": True},
    {"unit_in_text": True, "decimal": ","},
)
_WIDER = {"integer": ("number", "measurement"), "number": ("measurement",)}
_UNITS = (
    "g/L", "g/dL", "mg/dL", "mg/L", "ug/L", "ug/mL", "ng/mL", "ng/L", "ug/g", "mg/kg", "mg/g",
    "mol/L", "mmol/L", "umol/L", "nmol/L", "pmol/L", "10*9/L", "10*12/L", "10*6/L", "10*3/uL",
    "10*6/uL", "U/L", "kat/L", "L/L", "%", "kg", "g", "mg", "ug", "[lb_av]", "m", "cm", "mm",
    "[in_i]", "L", "mL", "uL", "a", "mo", "wk", "d", "h", "min", "Cel", "[degF]",
)  # fmt: skip
_MOST_OF = 0.5
_CLOSE = 2
_ALIKE = 60


def signs(case: Case) -> Iterator[Mend]:
    """Suggest how numbers are written, another type, or words that stand for a number."""
    if not isinstance(case.rule, FieldRule):
        return
    most = 0
    for changes in _SIGNS:
        read, lost = case.tried(**changes)
        if read > most:
            most = read
            said = ", ".join(f"{key}: {json.dumps(value)}" for key, value in changes.items())
            yield from _taken_or_told(case, said, read, lost)
    for wider in _WIDER.get(case.variable.type, ()):
        read, lost = case.tried_as(type=wider)
        if read > most and not lost:
            most = read
            hint = "a comparator such as < is then kept" if wider == "measurement" else ""
            place = f"variables: {case.variable.variable}"
            yield Mend(place, read, "type", wider, hint=hint)
    yield from _words(case)


def _taken_or_told(case: Case, said: str, read: int, lost: int) -> Iterator[Mend]:
    if not lost:
        key, _, rest = said.partition(": ")
        yield Mend(case.place, read, key, rest)
    else:
        yield Mend(
            "the source",
            read,
            hint=f"`{said}` reads these, but {lost} other values no longer; "
            "have the field written in one way",
        )


def _words(case: Case) -> Iterator[Mend]:
    """Texts without any digit: a word that stands for a number."""
    words = {text: "" for text in case.held if not any(sign.isdigit() for sign in text)}
    if words:
        cells = sum(case.held[text] for text in words)
        hint = "the number that each stands for, such as <1; or declare them `missing`"
        yield Mend(case.place, cells, "words", entries=words, hint=hint)


def out_of_range(case: Case) -> Iterator[Mend]:
    """Suggest the unit in which most held numbers would be in range, and the range itself."""
    cells = sum(case.held.values())
    found = sorted(_likely_units(case), key=lambda each: (-each[1], each[2]))
    for unit, read, lost in found[:1]:
        # Another unit changes every number of the field, so it must be most of them that are held.
        if not lost and cells > len(case.others):
            yield Mend(case.place, read, "unit", unit, hint="if the field is in this unit")
        else:
            yield Mend(
                "the source",
                read,
                hint=f"in {unit} these would be as the others are: have the unit corrected, or "
                "read it from a field of its own (`unit_field`)",
            )
    low, high = case.variable.minimum, case.variable.maximum
    span = " to ".join("any" if end is None else f"{end:g}" for end in (low, high))
    yield Mend(
        f"variables: {case.variable.variable}",
        cells,
        hint=f"the range is {span}: widen it if such values can be",
    )


def _likely_units(case: Case) -> Iterator[tuple[str, int, int]]:
    """Units in which held numbers are in range and like the others: cells read, texts lost."""
    variable, rule = case.variable, case.rule
    if not isinstance(rule, FieldRule) or variable.unit is None:
        return
    for unit in _UNITS:
        factor = _factor(unit, variable.unit)
        if factor is None or unit == rule.unit or not _is_like_the_others(case, factor):
            continue
        read, lost = case.tried(unit=unit)
        if read >= _MOST_OF * sum(case.held.values()):
            yield unit, read, lost


def _factor(unit: str, target: str) -> float | None:
    """By what a number in a unit is multiplied; None where the unit changes nothing, or cannot."""
    try:
        factor = units.conversion(unit, target).factor
    except ValueError:
        return None
    return factor if factor != 1 else None


def _is_like_the_others(case: Case, factor: float) -> bool:
    """Tell whether most held numbers would lie among those that are read today, or close by."""
    others, held = _numbers(case.others), _numbers(case.held)
    if not others:
        return True
    low, high = min(others) / _CLOSE, max(others) * _CLOSE
    return sum(low <= number * factor <= high for number in held) >= _MOST_OF * len(held)


def _numbers(texts: Iterable[str]) -> list[float]:
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(float(text.lstrip("<>=≤≥ ").replace(",", ".")))
    return found


def spellings(case: Case) -> Iterator[Mend]:
    """Suggest which unit a text that is none may mean."""
    entries = {text: _spelled(_unit_of(case, text)) for text in case.held}
    yield Mend(
        "the source",
        sum(case.held.values()),
        entries=entries,
        hint="have the unit corrected; of these the nearest that are known",
    )


def _unit_of(case: Case, text: str) -> str:
    """The unit behind a number, or the whole of a field of units."""
    rule = case.rule
    if isinstance(rule, FieldRule) and rule.unit_in_text:
        return text.lstrip("<>=≤≥+-.,0123456789 '")
    return text


def _spelled(text: str) -> str:
    found = process.extractOne(
        text, _UNITS, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_ALIKE
    )
    return found[0] if found else ""
