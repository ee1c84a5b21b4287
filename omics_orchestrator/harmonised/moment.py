"""Read the moment that a person names: a date, which means the end of that day, or a time of day.

Both are in UTC unless they say otherwise, as are all times that the warehouse shows.
"""

from datetime import UTC, date, datetime, time, timedelta

from omics_orchestrator.errors import ConfigurationError

_A_DAY = timedelta(days=1)
_LAST = timedelta(microseconds=1)


def moment_of(text: str, *, now: datetime) -> datetime:
    """Give the moment that `text` names; today stands for `now`.

    Raises:
        ConfigurationError: it is no date, or it has not come yet.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _not_to_come(_time_of_day(text), now)
    if day == now.date():
        return now
    return _not_to_come(datetime.combine(day, time.min, UTC) + _A_DAY - _LAST, now)


def _time_of_day(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"{text!r} is no date",
            mend="write it as 2026-10-01, or with a time as 2026-10-01T14:30 (UTC).",
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _not_to_come(moment: datetime, now: datetime) -> datetime:
    if moment > now:
        raise ConfigurationError(
            f"{moment:%Y-%m-%d %H:%M} UTC has not come yet",
            mend="name a moment of the past, or leave it out for the present rows.",
        )
    return moment
