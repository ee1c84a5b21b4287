"""Dates and times in REDCap's logic."""

from collections.abc import Callable, Sequence
from datetime import datetime

from omics_orchestrator.demo.redcap.logic_values import Scope, Value, text_of
from omics_orchestrator.demo.redcap.request import RefusedError

_SECONDS_PER = {
    "y": 365.2425 * 86400,
    "M": 30.44 * 86400,
    "d": 86400.0,
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
}
_DAY_OF_MERE_TIMES = "0001-01-01"
_WITHOUT_SIGN = {"", "false", "0", "ymd", "mdy", "dmy"}


def difference(scope: Scope, values: Sequence[Value]) -> Value:
    """The time from one date to another in a unit, without its sign unless that is asked for.

    A year has 365.2425 days and a month 30.44, as REDCap counts them.
    """
    first, second, unit, *further = values
    if text_of(unit) not in _SECONDS_PER:
        raise RefusedError("The unit of datediff is none of y, M, d, h, m and s")
    begin, end = _moment(scope, first), _moment(scope, second)
    if begin is None or end is None:
        return ""
    elapsed = (end - begin).total_seconds() / _SECONDS_PER[text_of(unit)]
    is_signed = any(text_of(value).lower() not in _WITHOUT_SIGN for value in further)
    return elapsed if is_signed else abs(elapsed)


def date_part(name: str) -> Callable[[Scope, Sequence[Value]], Value]:
    """Make the function that takes the year, month or day out of a date."""

    def function(scope: Scope, values: Sequence[Value]) -> Value:
        moment = _moment(scope, values[0])
        return "" if moment is None else float(getattr(moment, name))

    return function


def _moment(scope: Scope, value: Value) -> datetime | None:
    text = text_of(value)
    if text.lower() in {"today", "now"}:
        text = moment_text(scope, text.lower())
    return _read(text) or _read(f"{_DAY_OF_MERE_TIMES}T{text}")


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def moment_text(scope: Scope, name: str) -> str:
    """Write the scope's `today` or `now` as REDCap stores a date or a datetime."""
    if scope.now is None:
        raise RefusedError("The logic asks for the present time where there is none")
    return scope.now.strftime("%Y-%m-%d" if name == "today" else "%Y-%m-%d %H:%M:%S")
