"""Bins of numbers and dates whose edges are nobody's value.

The edges are round numbers between the 5 % and 95 % quantiles; what lies outside joins the first
and the last bin, which are open. Neighbours are put together until each bin is of enough people.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from omics_orchestrator.site.disclosure import Cell

_MOST_BINS = 12
_TAILS = (0.05, 0.95)
_MONTHS = 12
_LONGEST_BY_MONTH = 24


@dataclass(frozen=True)
class Bin:
    """Values from `lower` on and below `upper`; None where it is open."""

    lower: float | None
    upper: float | None
    cell: Cell


def of_numbers(values: pl.DataFrame, smallest: int, *, whole: bool = False) -> list[Bin]:
    """Put numbers into bins.

    Args:
        values: `value`, without nulls, and `person`.
        smallest: how many people a bin is of, at least.
        whole: the numbers are whole, and so are the edges.
    """
    low, high = _middle(values["value"])
    step = _round_step((high - low) / _MOST_BINS, whole=whole)
    first, last = math.floor(low / step), math.floor(high / step)
    edges = [round(number * step, 10) for number in range(first + 1, last + 1)]
    return _merged(values, edges, smallest)


def of_months(values: pl.DataFrame, smallest: int) -> tuple[list[Bin], int]:
    """Put dates into bins of months, or of years where there are many.

    Args:
        values: `value`, months since the year 0, and `person`.
        smallest: how many people a bin is of, at least.

    Returns:
        the bins by months since the year 0, and how many months a bin has that is not put together.
    """
    low, high = _middle(values["value"])
    step = 1 if high - low < _LONGEST_BY_MONTH else _MONTHS
    edges = [float(number * step) for number in range(int(low // step) + 1, int(high // step) + 1)]
    return _merged(values, edges, smallest), step


def month(number: float) -> date:
    """The first day of a month that is counted since the year 0."""
    return date(int(number // _MONTHS), int(number % _MONTHS) + 1, 1)


def _middle(values: pl.Series) -> tuple[float, float]:
    low, high = (float(values.quantile(tail, "nearest") or 0.0) for tail in _TAILS)
    return low, high


def _round_step(least: float, *, whole: bool) -> float:
    """The least of 1, 2, 5, 10, 20 … (or 0.1, 0.2 …) that is not smaller."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= least * (1 - 1e-9))
    return max(step, 1.0) if whole else step


def _merged(values: pl.DataFrame, edges: Sequence[float], smallest: int) -> list[Bin]:
    """Count by bins, each put together with the next until it is of enough people."""
    sought = pl.Series(edges, dtype=pl.Float64)
    placed = values.with_columns(place=sought.search_sorted(values["value"], "right"))
    ends: list[int] = []
    for place in range(len(edges) + 1):
        if _counted(placed, ends[-1] + 1 if ends else 0, place).people >= smallest:
            ends.append(place)
    # What is left over after the last goes to it.
    ends[-1:] = [len(edges)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [
        Bin(
            edges[start - 1] if start else None,
            edges[end] if end < len(edges) else None,
            _counted(placed, start, end),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _counted(placed: pl.DataFrame, start: int, end: int) -> Cell:
    of_bin = placed.filter(pl.col("place").is_between(start, end))["person"]
    return Cell(of_bin.len(), of_bin.n_unique())
