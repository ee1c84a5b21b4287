"""Random histories: partial dates, overlaps, courses that go on, stops that contradict."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from omics_orchestrator.exposure.bounds import COURSES, bound
from omics_orchestrator.exposure.status import status_at
from tests.unit.exposure.oracle import Told, World, answers, size

FIRST = date(2020, 1, 1)
_MOST_WAYS = 4_000


@dataclass(frozen=True)
class History:
    """What is told of one participant and drug."""

    rows: tuple[Told, ...]
    told_until: int | None
    world: World


def histories(count: int, seed: int) -> Iterator[History]:
    """Random histories, each small enough that all its ways can be tried."""
    draw = random.Random(seed)
    while count:
        world = World(last=draw.choice((5, 6, 7)), gap=draw.choice((0, 1, 2, 3)))
        rows = tuple(_row(draw, world) for _ in range(draw.choice((1, 2, 2, 3, 3))))
        if size(rows, world) <= _MOST_WAYS:
            count -= 1
            told = draw.choice((None, draw.randint(0, world.last), world.last))
            yield History(rows, told, world)


def _row(draw: random.Random, world: World) -> Told:
    start = _interval(draw, world, 0.85)
    ongoing = draw.choice((None, None, True, False))
    stop = _interval(draw, world, 0.3 if ongoing else 0.8)
    if start and stop and draw.random() < 0.7 and stop[1] < start[0]:
        start, stop = stop, start
    known = draw.randint(0, world.last) if draw.random() < 0.6 else None
    return Told(start, stop, ongoing, known, draw.choice((None, None, 1, 2, 4)))


def _interval(draw: random.Random, world: World, share: float) -> tuple[int, int] | None:
    if draw.random() > share:
        return None
    first = draw.randint(0, world.last)
    return first, min(world.last, first + draw.choice((0, 0, 0, 1, 2, 3)))


def day(number: int | None) -> date | None:
    return None if number is None else FIRST + timedelta(days=number)


def courses(told: list[History]) -> pl.DataFrame:
    """The rows as the engine takes them; a participant a history."""
    lines = [
        (
            str(n), "ifx", f"{k}", *_ends(row.start), *_ends(row.stop), row.ongoing,
            day(row.known), row.dosing, history.world.gap,
        )
        for n, history in enumerate(told)
        for k, row in enumerate(history.rows)
    ]  # fmt: skip
    beside = {"dosing_days": pl.Int64(), "gap_days": pl.Int64()}
    return pl.DataFrame(lines, schema={**COURSES, **beside}, orient="row")


def _ends(interval: tuple[int, int] | None) -> tuple[date | None, date | None]:
    return (None, None) if interval is None else (day(interval[0]), day(interval[1]))


def engine(told: list[History]) -> pl.DataFrame:
    """What the engine says of each day of each history."""
    asked = pl.DataFrame(
        [
            (str(n), "ifx", day(number), history.world.gap)
            for n, history in enumerate(told)
            for number in range(history.world.last + 1)
        ],
        schema={"participant": pl.String, "drug": pl.String, "date": pl.Date, "gap_days": pl.Int64},
        orient="row",
    )
    until = pl.DataFrame(
        [
            (str(n), "ifx", day(h.told_until))
            for n, h in enumerate(told)
            if h.told_until is not None
        ],
        schema={"participant": pl.String, "drug": pl.String, "told_until": pl.Date},
        orient="row",
    )
    return status_at(asked, bound(courses(told)), until)


def disagreements(told: list[History]) -> list[str]:
    """Each day on which the engine and the oracle do not say the same."""
    said = engine(told).select("status", "ever", "days_least", "days_most").iter_rows()
    found = []
    for n, history in enumerate(told):
        for number, right in enumerate(answers(history.rows, history.world, history.told_until)):
            ours = next(said)
            if ours != (right.status, right.ever, right.least, right.most):
                found.append(f"history {n} day {number}: {ours} is not {right} in {history}")
    return found
