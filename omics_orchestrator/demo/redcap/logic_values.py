"""The values of REDCap's logic: texts and numbers, how they turn into each other and compare."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Value = str | float
Lookup = Callable[[str, str, str], str]
SMART_VARIABLES = ("record-name", "event-name", "arm-number", "current-instance")
"""What a logic may ask of the row itself, by REDCap's names; a look-up is asked as for a field."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DIGITS = 14


@dataclass(frozen=True)
class Scope:
    """What a logic is evaluated in."""

    lookup: Lookup
    now: datetime | None
    missing_codes: frozenset[str]

    def number(self, value: Value) -> float | None:
        """Read a value as a number; a missing data code is none, even one of digits."""
        if not isinstance(value, str):
            return float(value) if math.isfinite(value) else None
        text = value.strip()
        if text in self.missing_codes or not _NUMBER.fullmatch(text):
            return None
        return float(text)


Term = Callable[[Scope], Value]


def is_true(value: Value) -> bool:
    """Tell whether a value counts as true."""
    return value not in {"", "0"} if isinstance(value, str) else bool(value)


def text_of(value: Value) -> str:
    """Write a value as a calculated field stores it."""
    if isinstance(value, str):
        return value
    return f"{value:.{_DIGITS}g}" if math.isfinite(value) else ""


def compared(scope: Scope, sign: str, left: Value, right: Value) -> bool:
    """Compare two values: as numbers if both are, otherwise as texts."""
    numbers = scope.number(left), scope.number(right)
    if None not in numbers:
        return _holds(sign, *numbers)
    texts = text_of(left), text_of(right)
    return (sign in {"=", "<>"} or "" not in texts) and _holds(sign, *texts)


def _holds(sign: str, left: object, right: object) -> bool:
    return bool(_COMPARISONS[sign](left, right))


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
