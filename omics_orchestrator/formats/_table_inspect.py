"""What the dialects of tables look at in every row: numbers, identifiers, samples."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._table_rows import Inspector, Rows

_MOST_IDENTIFIERS = 5_000_000
_MOST_NAMES = 2_000
_MOST_SHARES = 30
_AROUND = b'"\r'
_IN_NUMBERS = b'0123456789.,+-eE "\r'
_IN_MISSING = b"NAnaIifFuUlL/"


def _oddity(separator: str) -> bytes:
    allowed = frozenset(_IN_NUMBERS + _IN_MISSING + b"\n" + separator.encode())
    return bytes(byte not in allowed for byte in range(256))


class Inspectors:
    """Counts the rows, and lets others look at them."""

    def __init__(self, others: Sequence[Inspector]) -> None:
        self._others = others
        self._rows = 0

    def take(self, rows: Rows) -> None:
        """Look at some rows."""
        self._rows += len(rows)
        for other in self._others:
            other.take(rows)

    def facts(self) -> dict[str, object]:
        """Give the number of rows and what the others found."""
        facts: dict[str, object] = {"rows": self._rows}
        for other in self._others:
            facts |= other.facts()
        return facts


class NumbersFrom:
    """Refuses letters in the cells from a column on, which all hold numbers or none."""

    def __init__(self, column: int, separator: str, until: int | None = None) -> None:
        self._first = column
        self._until = until
        self._odd = _oddity(separator)
        self._rows = 0

    def take(self, rows: Rows) -> None:
        """Find the bytes that are in no number, and whether each stands in a column of text."""
        odd = np.flatnonzero(np.frombuffer(rows.text.translate(self._odd), np.uint8))
        row = np.searchsorted(rows.ends, odd)
        is_number = odd > rows.cuts[row, self._first - 1] if self._first else odd >= 0
        if self._until is not None:
            is_number &= odd < rows.cuts[row, self._until - 1]
        if is_number.any():
            at = self._rows + int(row[is_number.argmax()]) + 1
            raise DamagedFileError(f"row {at} has something else than a number among its numbers")
        self._rows += len(rows)

    def facts(self) -> dict[str, object]:
        """Nothing: that numbers are numbers is no news."""
        return {}


class Identifiers:
    """Counts the identifiers of a column that stand more than once, while they are few millions."""

    def __init__(self, column: int = 0, called: str = "duplicate_ids") -> None:
        self._column = column
        self._called = called
        self._seen: set[int] = set()  # 64 bits of each: whole names of millions are too much
        self._twice = 0

    def take(self, rows: Rows) -> None:
        """Remember the identifiers of some rows."""
        if len(self._seen) > _MOST_IDENTIFIERS:
            return
        before = len(self._seen)
        self._seen.update(map(hash, rows.cells(self._column).tolist()))
        self._twice += len(rows) - (len(self._seen) - before)

    def facts(self) -> dict[str, object]:
        """Give how often an identifier came again, if any did."""
        if len(self._seen) > _MOST_IDENTIFIERS or not self._twice:
            return {}
        return {self._called: self._twice}


class Named:
    """Collects the different names of a column: the samples of a long table."""

    def __init__(self, column: int, called: str = "samples") -> None:
        self._column = column
        self._called = called
        self._names: dict[bytes, None] = {}

    def take(self, rows: Rows) -> None:
        """Collect the names of some rows."""
        cells, _ = _runs(rows.cells(self._column))
        self._names.update(dict.fromkeys(cells.tolist()))

    def facts(self) -> dict[str, object]:
        """Give the samples' names while they are few; of other things only the number."""
        stripped = dict.fromkeys(name.strip(_AROUND).decode() for name in self._names)
        names = [name for name in stripped if name]
        if self._called == "samples" and len(names) <= _MOST_NAMES:
            return {"samples": names}
        return {f"n_{self._called}": len(names)}


class Shares:
    """Counts the rows of each of a few values of a column, such as a rank."""

    def __init__(self, column: int, called: str) -> None:
        self._column = column
        self._called = called
        self._counts: Counter[bytes] = Counter()

    def take(self, rows: Rows) -> None:
        """Count the values of some rows."""
        cells, lengths = _runs(rows.cells(self._column))
        for value, length in zip(cells.tolist(), lengths.tolist(), strict=True):
            self._counts[value] += length

    def facts(self) -> dict[str, object]:
        """Give the values with their number of rows, while there are few of them."""
        counts = self._counts.most_common(_MOST_SHARES)
        return {self._called: {value.strip(_AROUND).decode(): n for value, n in counts}}


def _runs(cells: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Give each run of equal cells as one, and its length: long tables repeat themselves."""
    places = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1]))[: len(cells)])
    return cells[places], np.diff(places, append=len(cells))


class RowsSaid:
    """Refuses another number of rows than the file says it holds."""

    def __init__(self, rows: int) -> None:
        self._said = rows
        self._found = 0

    def take(self, rows: Rows) -> None:
        """Count some rows."""
        self._found += len(rows)

    def facts(self) -> dict[str, object]:
        """Compare, at the end."""
        if self._found != self._said:
            raise DamagedFileError(
                f"it holds {self._found} rows where its header says {self._said}"
            )
        return {}
