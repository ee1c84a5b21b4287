"""What became of each part of an object that was converted: nothing is lost without a word."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Fate(StrEnum):
    """What became of a part."""

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"


@dataclass(frozen=True)
class Line:
    """One part of the source, such as `layers/counts`, and what became of it.

    Attributes:
        slot: the part's place in the source.
        fate: kept as it was, changed, or lost.
        reason: why it is not as it was, or where it stands now; blank when kept in its place.
        largest_difference: between its numbers before and after; None where there are no numbers.
        entries_equal: whether as many entries are not zero as before; None where there are none.
    """

    slot: str
    fate: Fate
    reason: str = ""
    largest_difference: float | None = None
    entries_equal: bool | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of every part of `source` in `target`, and which contents they had (SHA-256)."""

    source: str
    target: str
    source_sha256: str
    target_sha256: str
    lines: Sequence[Line]

    def counts(self) -> Mapping[str, int]:
        """How many parts were kept, changed and lost."""
        found = Counter(line.fate for line in self.lines)
        return {fate.value: found[fate] for fate in Fate}

    def write(self, path: Path) -> None:
        """Write it as JSON into a new file."""
        with path.open("x", encoding="utf-8") as file:
            json.dump({**asdict(self), "counts": self.counts()}, file, indent=2)
            file.write("\n")
