"""Which counts may be shown, so that nobody learns how many of a few people are which.

A count of fewer people than the smallest that is shown is hidden. The number of all rows is known,
so the hidden ones could be computed where one is alone, or where all of them must be at their
least or their most. Then the next larger count is not told either: it becomes a range, as wide as
what is hidden, or, where other counts would narrow that range, both are hidden under one word.
That nothing can be computed is tested against a reader who knows this rule and tries all numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Range:
    """A count that is told as its least and its most."""

    least: int
    most: int


Shown = int | Range | Literal["few", "hidden"]
"""What is shown of a count: itself, a range, `few` (below the smallest), or `hidden` (any)."""


@dataclass(frozen=True)
class Cell:
    """A part of a table's rows: how many, and of how many people."""

    rows: int
    people: int


def shown(cells: Sequence[Cell], smallest: int) -> list[Shown]:
    """Tell what may be shown of counts whose sum is known.

    Args:
        cells: all parts of the rows of a table, those without a value among them.
        smallest: the smallest number of people that is shown.
    """
    few = [cell for cell in cells if 0 < cell.people < smallest]
    larger = sorted(cell.rows for cell in cells if cell.people >= smallest)
    if not few:
        return [cell.rows for cell in cells]
    if not larger:
        return ["hidden"] * len(cells)
    if _leaves_doubt(few, smallest):
        return ["few" if cell in few else cell.rows for cell in cells]
    together = sum(cell.rows for cell in few) + larger[0]
    between = Range(together - len(few) * (smallest - 1), together - len(few))
    if _stands_alone(between, larger[1:], few, smallest):
        return [
            "few" if cell in few else between if cell.rows == larger[0] else cell.rows
            for cell in cells
        ]
    return ["hidden" if cell in few or 0 < cell.rows <= larger[0] else cell.rows for cell in cells]


def one(rows: int, people: int, smallest: int) -> Shown:
    """Tell what may be shown of a count that is no part of a known sum."""
    return "few" if 0 < people < smallest else rows


def _leaves_doubt(few: Sequence[Cell], smallest: int) -> bool:
    """Tell whether their sum leaves each open: it is neither the least nor the most it can be."""
    together = sum(cell.rows for cell in few)
    return len(few) > 1 and together not in (len(few), len(few) * (smallest - 1))


def _stands_alone(
    between: Range, others: Sequence[int], few: Sequence[Cell], smallest: int
) -> bool:
    """Tell whether each number of a range would have been told as the same range."""
    return (
        between.least >= smallest
        and all(between.most < other for other in others)
        and all(cell.rows < smallest for cell in few)
    )
