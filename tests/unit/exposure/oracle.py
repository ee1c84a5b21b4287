"""What a history allows, tried out one by one: every day of every start and stop of every course.

Written from the rules in docs/drug_exposure.md, not from the engine: nothing here knows of bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

NEVER = 10_000
"""Days since a dose that may have been at any time before, or may not have been."""


@dataclass(frozen=True)
class Told:
    """What a row tells of a course, in days; None is what it does not tell."""

    start: tuple[int, int] | None
    stop: tuple[int, int] | None
    ongoing: bool | None = None
    known: int | None = None
    dosing: int | None = None


@dataclass(frozen=True)
class Days:
    """The answer for one day."""

    status: str
    ever: str
    least: int | None
    most: int | None


@dataclass(frozen=True)
class World:
    """The days that are looked at, 0 to `last`, and the gap that an episode may have."""

    last: int
    gap: int

    @property
    def bottom(self) -> int:
        """A day long before all that is told."""
        return -self.gap - 2

    @property
    def top(self) -> int:
        """A day long after all that is told."""
        return self.last + self.gap + 3


Pairs = list[tuple[int, int]]


def allowed(row: Told, world: World) -> Pairs:
    """All starts and stops that a row allows."""
    every = range(world.bottom, world.top + 1)
    pairs = [(s, t) for s, t in product(every, every) if s <= t and _fits(row, s, t)]
    if pairs:
        return pairs
    days = [row.known, row.start and row.start[0], row.stop and row.stop[0]]
    last = world.top if row.known is None else max(day for day in days if day is not None)
    return [(s, t) for s, t in product(every, every) if s <= t <= last]


def _fits(row: Told, s: int, t: int) -> bool:
    return _start_fits(row, s) and (
        _open_stop_fits(row, t) if row.stop is None else _stop_fits(row, row.stop, t)
    )


def _start_fits(row: Told, s: int) -> bool:
    if row.start is None:
        return row.known is None or s <= row.known
    first, last = row.start
    happened = row.known is not None and first <= row.known
    return first <= s <= last and (not happened or s <= (row.known or 0))


def _open_stop_fits(row: Told, t: int) -> bool:
    if row.known is None or row.ongoing is None:
        return True
    if row.ongoing:
        return t >= row.known
    return t <= row.known or (row.start is not None and row.start[0] > row.known)


def _stop_fits(row: Told, stop: tuple[int, int], t: int) -> bool:
    first, last = stop
    if row.known is None:
        return first <= t <= last
    if row.ongoing:
        return t >= first if last < row.known else max(first, row.known) <= t <= last
    return first <= t <= (min(last, row.known) if first <= row.known else last)


def completions(rows: Sequence[Told], world: World) -> list[Pairs]:
    """What each row allows, after a row told of as going on was told of again."""
    every = [allowed(row, world) for row in rows]
    return [
        _ended(row, pairs, every[:n] + every[n + 1 :], world)
        for n, (row, pairs) in enumerate(zip(rows, every, strict=True))
    ]


def _ended(row: Told, pairs: Pairs, others: list[Pairs], world: World) -> Pairs:
    if not row.ongoing or row.known is None or row.stop is not None:
        return pairs
    day = min(t for _, t in pairs)
    for other in others:
        covers = all(s <= day <= t for s, t in other)
        ends = max(t for _, t in other) < world.top or min(t for _, t in other) > day
        if covers and ends:
            return [(s, t) for s, t in pairs if t == day]
    return pairs


def size(rows: Sequence[Told], world: World) -> int:
    """How many ways there are to complete a history."""
    return int(np.prod([len(pairs) for pairs in completions(rows, world)]))


def _all_ways(every: list[Pairs]) -> tuple[np.ndarray, np.ndarray]:
    """Starts and stops: a line a way to complete the history, a column a course."""
    picks = np.meshgrid(*(np.arange(len(pairs)) for pairs in every), indexing="ij")
    chosen = [np.array(pairs)[pick.ravel()] for pairs, pick in zip(every, picks, strict=True)]
    return np.stack([c[:, 0] for c in chosen], 1), np.stack([c[:, 1] for c in chosen], 1)


def answers(rows: Sequence[Told], world: World, told_until: int | None) -> list[Days]:
    """The answer for each day of the world."""
    starts, stops = _all_ways(completions(rows, world))
    found = []
    for day in range(world.last + 1):
        on = _in_an_episode(starts, stops, day, world.gap)
        begun = np.any(starts <= day, axis=1)
        is_told = told_until is not None and day <= told_until
        least, most = _since(rows, starts, stops, day, world)
        found.append(Days(_said(on, is_told=is_told), _said(begun, is_told=is_told), least, most))
    return found


def _said(holds: np.ndarray, *, is_told: bool) -> str:
    if holds.all():
        return "on"
    return "off" if not holds.any() and is_told else "unknown"


def _in_an_episode(starts: np.ndarray, stops: np.ndarray, day: int, gap: int) -> np.ndarray:
    covered = np.asarray(((starts <= day) & (day <= stops)).any(axis=1))
    before = np.where(stops < day, stops, -NEVER).max(axis=1)
    after = np.where(starts > day, starts, NEVER).min(axis=1)
    return np.asarray(covered | (after - before <= gap))


def _since(
    rows: Sequence[Told], starts: np.ndarray, stops: np.ndarray, day: int, world: World
) -> tuple[int | None, int | None]:
    least = np.full(len(starts), NEVER)
    most = np.full(len(starts), NEVER)
    for n, row in enumerate(rows):
        s, t = starts[:, n], stops[:, n]
        ended = np.where(t <= world.bottom, NEVER, day - t)
        taken = np.where(s <= world.bottom, NEVER, day - s)
        while_on = taken if row.dosing is None else np.minimum(taken, row.dosing - 1)
        is_on = (s <= day) & (day <= t)
        has_ended = t < day
        least = np.minimum(least, np.where(is_on, 0, np.where(has_ended, ended, NEVER)))
        most = np.minimum(most, np.where(is_on, while_on, np.where(has_ended, ended, NEVER)))
    low, high = int(least.min()), int(most.max())
    return (low if low < NEVER else None), (high if high < NEVER else None)


def episodes(rows: Sequence[Told], world: World) -> tuple[int, bool]:
    """The smallest number of episodes that the dates allow, and whether all allow that many only."""
    starts, stops = _all_ways(completions(rows, world))
    counts = {
        _count(sorted(zip(s, t, strict=True)), world.gap)
        for s, t in zip(starts.tolist(), stops.tolist(), strict=True)
    }
    return min(counts), len(counts) == 1


def _count(courses: list[tuple[int, int]], gap: int) -> int:
    found, reached = 0, -NEVER
    for start, stop in courses:
        found += start > reached + gap
        reached = max(reached, stop)
    return found
