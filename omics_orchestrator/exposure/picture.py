"""Pictures of drug exposure as SVG: one participant's timeline, and the swimmer plot of a cohort.

What is certain is drawn full, what the records merely allow pale. A swimmer plot counts years from
each participant's own first day, and names nobody.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from omics_orchestrator.exposure.drawing import Lane, Span, draw

_YEAR = 365.2425
_MOST_SHOWN = 60
_AFTER_DAYS = 30
_DATES = ("start_earliest", "start_latest", "stop_earliest", "stop_latest")


def timeline(episodes: pl.DataFrame, visits: Sequence[date], title: str) -> str:
    """Draw one participant: a line a drug, and a stroke a visit.

    Args:
        episodes: the participant's lines of `drug_episode`.
        visits: the days of their visits.
        title: what stands above.
    """
    days = sorted([*_dates(episodes), *visits])
    low, high = (_day(days[0]), _day(days[-1]) + _AFTER_DAYS) if days else (0.0, 1.0)
    lanes = [
        Lane(str(drug), tuple(_spans(of_drug, low, high)))
        for (drug,), of_drug in episodes.sort("start_latest").group_by("drug", maintain_order=True)
    ]
    years = range(days[0].year + 1, days[-1].year + 1) if days else ()
    ticks = [(_day(date(year, 1, 1)), str(year)) for year in years]
    return draw(title, lanes, (low, high), ticks=ticks, strokes=[_day(each) for each in visits])


def swimmers(episodes: pl.DataFrame, title: str) -> str:
    """Draw a cohort: a line a participant, who is not named, in years from their first known day.

    Args:
        episodes: lines of `drug_episode` of many participants.
        title: what stands above.
    """
    people = episodes.drop_nulls("start_earliest").partition_by("participant", maintain_order=True)
    lanes = [Lane("", tuple(_in_years(each))) for each in people]
    shown = sorted(lanes, key=_length, reverse=True)[:_MOST_SHOWN]
    last = max(map(_length, shown), default=1.0)
    ticks = [(float(year), str(year)) for year in range(int(last) + 1)]
    told = f"{title}: {len(shown)} of {len(people)} participants, years from the first episode"
    return draw(told, shown, (0.0, last), ticks=ticks)


def _in_years(episodes: pl.DataFrame) -> Iterator[Span]:
    """The bars of one participant, without a date or an id in them."""
    first = min(map(_day, episodes["start_earliest"]))
    last = max(map(_day, _dates(episodes)))
    for span in _spans(episodes, first, last):
        yield Span(
            (span.first - first) / _YEAR,
            (span.certain_from - first) / _YEAR,
            (span.certain_until - first) / _YEAR,
            (span.last - first) / _YEAR,
            span.kind,
            span.kind,
        )


def _spans(episodes: pl.DataFrame, low: float, high: float) -> Iterator[Span]:
    """A bar an episode; an open start or end reaches to the end of the picture."""
    for row in episodes.iter_rows(named=True):
        first, latest, earliest, last = (
            _day(row[name]) if row[name] else end
            for name, end in zip(_DATES, (low, high, low, high), strict=True)
        )
        start, end = row["start_earliest"] or "?", row["stop_latest"] or "?"
        told = f"{row['drug']}, {start} to {end}"
        yield Span(first, latest, earliest, last, row["drug_class"], told)


def _dates(episodes: pl.DataFrame) -> Iterator[date]:
    """All dates that are told of episodes."""
    for name in (*_DATES, "known_on"):
        yield from episodes[name].drop_nulls()


def _length(lane: Lane) -> float:
    return max((span.last for span in lane.spans), default=0.0)


def _day(day: date) -> float:
    return float(day.toordinal())
