"""The functions of REDCap's logic."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from omics_orchestrator.demo.redcap.logic_dates import date_part, difference
from omics_orchestrator.demo.redcap.logic_values import Scope, Value, text_of

Compute = Callable[[Scope, Sequence[Value]], Value]
_ANY_NUMBER = 10_000


class Function(NamedTuple):
    """A function and how many arguments it takes."""

    compute: Compute
    fewest: int = 1
    most: int = 1


def _numbers(scope: Scope, values: Sequence[Value]) -> list[float]:
    found = (scope.number(value) for value in values)
    return [number for number in found if number is not None]


def _of_numbers(compute: Callable[[list[float]], float]) -> Compute:
    """Over those arguments that are numbers; blank if none is, or where there is no result."""

    def function(scope: Scope, values: Sequence[Value]) -> Value:
        numbers = _numbers(scope, values)
        try:
            return compute(numbers) if numbers else ""
        except (ValueError, OverflowError, statistics.StatisticsError):
            return ""

    return function


def _rounded(mode: str) -> Compute:
    def function(scope: Scope, values: Sequence[Value]) -> Value:
        number, digits = scope.number(values[0]), (_numbers(scope, values[1:]) or [0.0])[0]
        if number is None:
            return ""
        # By way of its digits, or 1.005 would not round up as it reads.
        exponent = Decimal(1).scaleb(-int(digits))
        return float(Decimal(repr(number)).quantize(exponent, rounding=mode))

    return function


def _logarithm(numbers: list[float]) -> float:
    value, *base = numbers
    return math.log(value, *base)


def _remainder(numbers: list[float]) -> float:
    value, divisor = numbers
    return math.fmod(value, divisor)


def _of_text(compute: Callable[..., Value]) -> Compute:
    """Over the arguments as texts."""
    return lambda _scope, values: compute(*map(text_of, values))


def _part(cut: Callable[..., str]) -> Compute:
    """A piece of a text between places; blank where a place is no number."""

    def function(scope: Scope, values: Sequence[Value]) -> Value:
        text, *places = values
        found = [int(number) for number in _numbers(scope, places)]
        return cut(text_of(text), *found) if len(found) == len(places) else ""

    return function


def _folded(text: str, part: str, test: Callable[[str, str], bool]) -> bool:
    return test(text.lower(), part.lower())


def _is_blank(value: Value) -> bool:
    return text_of(value) == ""


def _is_missing(scope: Scope, value: Value) -> bool:
    return text_of(value) in scope.missing_codes


def _is_integer(scope: Scope, value: Value) -> bool:
    number = scope.number(value)
    return number is not None and number.is_integer()


FUNCTIONS: Mapping[str, Function] = {
    "sum": Function(_of_numbers(math.fsum), 1, _ANY_NUMBER),
    "mean": Function(_of_numbers(statistics.fmean), 1, _ANY_NUMBER),
    "median": Function(_of_numbers(statistics.median), 1, _ANY_NUMBER),
    "min": Function(_of_numbers(min), 1, _ANY_NUMBER),
    "max": Function(_of_numbers(max), 1, _ANY_NUMBER),
    "stdev": Function(_of_numbers(statistics.stdev), 1, _ANY_NUMBER),
    "abs": Function(_of_numbers(lambda numbers: abs(numbers[0]))),
    "sqrt": Function(_of_numbers(lambda numbers: math.sqrt(numbers[0]))),
    "exponential": Function(_of_numbers(lambda numbers: math.exp(numbers[0]))),
    "log": Function(_of_numbers(_logarithm), 1, 2),
    "mod": Function(_of_numbers(_remainder), 2, 2),
    "round": Function(_rounded(ROUND_HALF_UP), 1, 2),
    "roundup": Function(_rounded(ROUND_CEILING), 1, 2),
    "rounddown": Function(_rounded(ROUND_FLOOR), 1, 2),
    "datediff": Function(difference, 3, 5),
    "year": Function(date_part("year")),
    "month": Function(date_part("month")),
    "day": Function(date_part("day")),
    "contains": Function(_of_text(lambda text, part: part.lower() in text.lower()), 2, 2),
    "not_contain": Function(_of_text(lambda text, part: part.lower() not in text.lower()), 2, 2),
    "starts_with": Function(_of_text(lambda text, part: _folded(text, part, str.startswith)), 2, 2),
    "ends_with": Function(_of_text(lambda text, part: _folded(text, part, str.endswith)), 2, 2),
    "concat": Function(_of_text(lambda *texts: "".join(texts)), 1, _ANY_NUMBER),
    "length": Function(_of_text(lambda text: float(len(text)))),
    "find": Function(_of_text(lambda part, text: text.lower().find(part.lower()) + 1.0), 2, 2),
    "replace_text": Function(_of_text(str.replace), 3, 3),
    "trim": Function(_of_text(str.strip)),
    "upper": Function(_of_text(str.upper)),
    "lower": Function(_of_text(str.lower)),
    "left": Function(_part(lambda text, length: text[:length]), 2, 2),
    "right": Function(_part(lambda text, length: text[max(len(text) - length, 0) :]), 2, 2),
    "mid": Function(_part(lambda text, start, length: text[start - 1 :][:length]), 3, 3),
    "isnumber": Function(lambda scope, values: scope.number(values[0]) is not None),
    "isinteger": Function(lambda scope, values: _is_integer(scope, values[0])),
    "isblankormissingcode": Function(
        lambda scope, values: _is_blank(values[0]) or _is_missing(scope, values[0])
    ),
    "isblanknotmissingcode": Function(lambda _scope, values: _is_blank(values[0])),
    "ismissingcode": Function(lambda scope, values: _is_missing(scope, values[0])),
}
