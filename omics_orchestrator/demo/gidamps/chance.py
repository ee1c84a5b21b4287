"""Seeded chance, in the words of whoever invents a patient."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Self, TypeVar

Choice = TypeVar("Choice")


class Chance(random.Random):
    """A source of chance that is the same for the same words.

    Each participant and each file has a stream of its own, so that a field invented for one changes
    no value of another.
    """

    @classmethod
    def of(cls, *words: object) -> Self:
        """Start the stream that belongs to `words`, for example a seed and a study id."""
        return cls(" ".join(map(str, words)))

    def often(self, share: float) -> bool:
        """Say yes in `share` (0 to 1) of all cases."""
        return self.random() < share

    def weighted(self, weights: Mapping[Choice, float]) -> Choice:
        """Pick one key, each as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def number(
        self, mean: float, spread: float, low: float, high: float, digits: int = 0
    ) -> float | int:
        """Draw from a bell curve and keep it between `low` and `high`; an int when no digits."""
        drawn = min(max(self.gauss(mean, spread), low), high)
        return round(drawn, digits) if digits else round(drawn)

    def day(self, first: date, last: date) -> date:
        """Pick a day from `first` to `last`, both included; `first` when `last` is earlier."""
        return first + timedelta(days=self.randint(0, max((last - first).days, 0)))

    def mark(self) -> str:
        """Invent twelve hexadecimal digits that occur nowhere else."""
        return f"{self.getrandbits(48):012x}"
