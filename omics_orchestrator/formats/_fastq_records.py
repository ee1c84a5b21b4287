"""The records of a FASTQ file, checked many at a time.

With numpy, because parsers made for reading reads are slower and let things pass: dnaio NUL among
the qualities, pysam cut and malformed records. The text lies in memory that is used again and
again: fresh memory for each block would cost more than the checks.
"""

from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._damage import DamagedFileError

_LINES = 4  # name, bases, separator, qualities
_TOGETHER = 512 << 10
_LONGEST_RECORD = 64 << 20
_FIRST, _LAST = ord("!"), ord("~")
# How odd a byte is. Bases are not narrowed to IUPAC's letters: tools write digits and dots too.
_RANKED = ((bytes(range(_FIRST, _LAST + 1)) + b"\r\n", 0), (b" \t", 1), (bytes(range(128, 256)), 2))
_CONTROL = 3
_TOO_ODD = (
    "has a control character in its name",
    "has something else than bases in its sequence",
    "has a control character in its third line",
    "has something else than qualities in its fourth line",
)
Rows = npt.NDArray[np.int64]


def _rank_table() -> npt.NDArray[np.uint8]:
    table = np.full(256, _CONTROL, np.uint8)
    for members, rank in _RANKED:
        table[list(members)] = rank
    return table


_RANKS = _rank_table()
_ODDEST = np.array([2, 0, 2, 0], np.uint8)  # that each line of a record may hold


class Reads:
    """The reads seen so far: how many, of how many bases, the shortest and the longest.

    Args:
        together: bytes that are worth checking at once.
    """

    def __init__(self, together: int = _TOGETHER) -> None:
        self._text = _Text(together)
        self._reads = 0
        self._bases = 0
        self._shortest: int | None = None
        self._longest = 0

    def facts(self) -> dict[str, object]:
        """Give what was counted."""
        return {
            "reads": self._reads,
            "bases": self._bases,
            "shortest_read": self._shortest or 0,
            "longest_read": self._longest,
        }

    def take(self, block: bytes) -> None:
        """Take more of the text, and check the whole records when there are enough."""
        self._text.add(block)
        if self._text.size >= self._text.enough:
            self._check()

    def end(self) -> None:
        """Check the rest; blank lines may follow the last record, whose line end may be absent."""
        if not self._text.ends_a_line():
            self._text.add(b"\n")
        self._check()
        rest = self._text.view().tobytes()
        if rest.strip():
            lines = rest.count(b"\n")
            raise DamagedFileError(f"record {self._reads + 1} is cut off after {lines} of 4 lines")

    def _check(self) -> None:
        block = _Records(self._text.view(), self._text.unprinted())
        fault = min(block.faults(), key=itemgetter(0), default=None)
        if fault:
            record, said = fault
            raise DamagedFileError(f"record {self._reads + record + 1} {said}")
        self._count(block.lengths[:, 1])
        self._text.drop(block.size)
        if self._text.size > _LONGEST_RECORD:
            raise DamagedFileError(f"record {self._reads + 1} is longer than 64 MiB")

    def _count(self, lengths: Rows) -> None:
        if not lengths.size:
            return
        self._reads += len(lengths)
        self._bases += int(lengths.sum())
        self._longest = max(self._longest, int(lengths.max()))
        shortest = int(lengths.min())
        self._shortest = shortest if self._shortest is None else min(self._shortest, shortest)


class _Text:
    """What was read and not yet checked.

    Attributes:
        size: bytes held.
        enough: bytes worth checking: so many that a long record is not looked at too often.
    """

    def __init__(self, together: int) -> None:
        self.size = 0
        self.enough = self._together = together
        self._make_room(2 * together)

    def _make_room(self, size: int) -> None:
        held = self.view().copy() if self.size else np.empty(0, np.uint8)
        self._room = np.empty(size, np.uint8)
        self._shifted = np.empty(size, np.uint8)
        self._odd = np.empty(size, np.bool)
        self._room[: self.size] = held

    def view(self) -> npt.NDArray[np.uint8]:
        return self._room[: self.size]

    def ends_a_line(self) -> bool:
        return not self.size or self._room[self.size - 1] == ord("\n")

    def add(self, block: bytes) -> None:
        end = self.size + len(block)
        if end > self._room.size:
            self._make_room(2 * end)
        self._room[self.size : end] = np.frombuffer(block, np.uint8)
        self.size = end

    def drop(self, count: int) -> None:
        rest = self._room[count : self.size]
        self._room[: rest.size] = rest
        self.size = rest.size
        self.enough = max(self._together, 2 * self.size)

    def unprinted(self) -> Rows:
        """Find line ends and all else that is not printed, in one pass over the bytes."""
        shifted, odd = self._shifted[: self.size], self._odd[: self.size]
        np.subtract(self.view(), _FIRST, out=shifted)
        return np.flatnonzero(np.greater(shifted, _LAST - _FIRST, out=odd))


class _Records:
    """Whole records: where the lines of each begin, and how long they are without their ends.

    Attributes:
        size: bytes from the first record to the end of the last.
        starts: where the four lines of each record begin.
        lengths: how long they are.
    """

    def __init__(self, text: npt.NDArray[np.uint8], unprinted: Rows) -> None:
        self._text = text
        found = text[unprinted]
        is_end = found == ord("\n")
        ends = unprinted[is_end]
        ends = ends[: len(ends) // _LINES * _LINES]
        self.size = int(ends[-1]) + 1 if ends.size else 0
        starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
        carriage = (text[ends - 1] == ord("\r")) & (ends > starts)
        self.starts = starts.reshape(-1, _LINES)
        self.lengths = (ends - starts - carriage).reshape(-1, _LINES)
        self._odd_lines = np.cumsum(is_end)[~is_end]
        self._ranks = _RANKS[found[~is_end]]

    def faults(self) -> Iterator[tuple[int, str]]:
        """Yield for each rule the first record that breaks it."""
        rules = [
            (self._text[self.starts[:, 0]] != ord("@"), "does not begin with @"),
            (self._text[self.starts[:, 2]] != ord("+"), "has no + as its third line"),
            (self.lengths[:, 1] != self.lengths[:, 3], "has not one quality for each base"),
        ]
        for broken, said in rules:
            if broken.any():
                yield int(broken.argmax()), said
        yield from islice(self._too_odd(), 1)
        yield from islice(self._other_names(), 1)

    def _too_odd(self) -> Iterator[tuple[int, str]]:
        odd = self._ranks > _ODDEST[self._odd_lines % _LINES]
        for line in self._odd_lines[odd & (self._odd_lines < self.starts.size)].tolist():
            yield line // _LINES, _TOO_ODD[line % _LINES]

    def _other_names(self) -> Iterator[tuple[int, str]]:
        repeated = self.lengths[:, 2] > 1
        if not repeated.any():
            return
        lines = self._text[: self.size].tobytes().split(b"\n")
        pairs = zip(lines[0::_LINES], lines[2::_LINES], strict=False)
        differ = [record for record, (name, again) in enumerate(pairs) if name[1:] != again[1:]]
        for record in differ:
            name, again = lines[_LINES * record], lines[_LINES * record + 2]
            if repeated[record] and name[1:].rstrip(b"\r") != again[1:].rstrip(b"\r"):
                yield record, "has another name in its third line than in its first"
