"""Sequencing reads as FASTQ, plain or packed; every record of four lines is checked.

Checked in blocks of megabytes with numpy, because parsers made for reading reads are slower and let
things pass: dnaio NUL among the qualities, pysam cut and malformed records.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, lines, packing_of, whole_lines
from omics_orchestrator.formats._read_names import read_origin

_SUFFIXES = tuple(
    f"{name}{packed}" for name in (".fastq", ".fq") for packed in ("", ".gz", ".xz", ".bz2")
)
_LINES = 4  # name, bases, separator, qualities
_PRINTED = bytes(range(ord("!"), ord("~") + 1))
# How odd a byte is. Bases are not narrowed to IUPAC's letters: tools write digits and dots too.
_RANKED = ((_PRINTED + b"\r\n", 0), (b" \t", 1), (bytes(range(0x80, 0x100)), 2))
_CONTROL = 3


def _rank_table() -> bytes:
    table = bytearray([_CONTROL] * 256)
    for members, rank in _RANKED:
        for byte in members:
            table[byte] = rank
    return bytes(table)


_RANKS = _rank_table()
_ODDEST = np.array([2, 0, 2, 0], dtype=np.uint8)  # that each line of a record may hold
_TOO_ODD = (
    "has a control character in its name",
    "has something else than bases in its sequence",
    "has a control character in its third line",
    "has something else than qualities in its fourth line",
)
Rows = npt.NDArray[np.int64]


def sniff(head: Head) -> bool:
    """A line that begins with @, bases, and a line that begins with +, as far as these are seen."""
    if not head.inflated:
        # An empty file says nothing of itself; a packed one is whole, so its name may.
        return packing_of(head.raw) is not None and head.name.lower().endswith(_SUFFIXES)
    match head.inflated.split(b"\n", 3):
        case [name, bases]:
            return name.startswith(b"@") and bases != b"" and _is_sequence(bases)
        case [name, bases, third, *_]:
            return name.startswith(b"@") and _is_sequence(bases) and third[:1] in (b"+", b"")
    return False


def _is_sequence(line: bytes) -> bool:
    return not line.translate(None, _PRINTED + b"\r")


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """The container, and from the first read its length and where it was sequenced."""
    unpacked = Unpacked(stream, 1 << 20)
    facts: dict[str, object] = {"container": unpacked.container}
    match list(islice(lines(unpacked), 2)):
        case [name, bases]:
            facts["first_read_length"] = len(bases.rstrip(b"\r"))
            facts |= read_origin(name[1:].decode("utf-8", "replace").rstrip("\r"))
    return facts


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check every record; give the reads, the bases, and the shortest and longest read."""
    unpacked = Unpacked(stream)
    reads = _Reads()
    rest = b""
    for text in whole_lines(unpacked):
        rest = reads.take(rest + text)
    reads.end(rest)
    return unpacked.facts() | reads.facts()


class _Reads:
    """The reads seen so far: how many, of how many bases, the shortest and the longest."""

    def __init__(self) -> None:
        self._reads = 0
        self._bases = 0
        self._shortest: int | None = None
        self._longest = 0

    def facts(self) -> dict[str, object]:
        return {
            "reads": self._reads,
            "bases": self._bases,
            "shortest_read": self._shortest or 0,
            "longest_read": self._longest,
        }

    def take(self, text: bytes) -> bytes:
        """Check the whole records of `text` and give back the lines of the last, unfinished one."""
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        ends = ends[: len(ends) // _LINES * _LINES]
        if not ends.size:
            return text
        block = _Block(text[: ends[-1] + 1], ends)
        fault = min(block.faults(), key=itemgetter(0), default=None)
        if fault:
            record, said = fault
            raise DamagedFileError(f"record {self._reads + record + 1} {said}")
        self._count(block.lengths[:, 1])
        return text[ends[-1] + 1 :]

    def end(self, rest: bytes) -> None:
        """Refuse a record that the file's end cuts off; blank lines may follow the last."""
        if rest.strip():
            lines = rest.count(b"\n")
            raise DamagedFileError(f"record {self._reads + 1} is cut off after {lines} of 4 lines")

    def _count(self, lengths: Rows) -> None:
        self._reads += len(lengths)
        self._bases += int(lengths.sum())
        self._longest = max(self._longest, int(lengths.max()))
        shortest = int(lengths.min())
        self._shortest = shortest if self._shortest is None else min(self._shortest, shortest)


class _Block:
    """Whole records: where the lines of each begin, and how long they are without their ends."""

    def __init__(self, text: bytes, ends: Rows) -> None:
        self._text = text
        self._bytes = np.frombuffer(text, np.uint8)
        starts = np.concatenate(([0], ends[:-1] + 1))
        carriage = (self._bytes[ends - 1] == ord("\r")) & (ends > starts)
        self.starts = starts.reshape(-1, _LINES)
        self.lengths = (ends - starts - carriage).reshape(-1, _LINES)

    def faults(self) -> Iterator[tuple[int, str]]:
        """Yield for each rule the first record that breaks it."""
        ranks = np.frombuffer(self._text.translate(_RANKS), np.uint8)
        oddest = np.maximum.reduceat(ranks, self.starts.ravel()).reshape(-1, _LINES)
        rules = [
            (self._bytes[self.starts[:, 0]] != ord("@"), "does not begin with @"),
            (self._bytes[self.starts[:, 2]] != ord("+"), "has no + as its third line"),
            (self.lengths[:, 1] != self.lengths[:, 3], "has not one quality for each base"),
            *((oddest[:, line] > _ODDEST[line], said) for line, said in enumerate(_TOO_ODD)),
        ]
        for broken, said in rules:
            if broken.any():
                yield int(broken.argmax()), said
        yield from islice(self._other_names(), 1)

    def _other_names(self) -> Iterator[tuple[int, str]]:
        repeated = np.flatnonzero(self.lengths[:, 2] > 1)
        ends = self.starts + self.lengths
        spans = np.stack([self.starts + 1, ends], axis=2)[repeated][:, [0, 2]].reshape(-1, 4)
        for record, (start, end, again, again_end) in zip(repeated, spans.tolist(), strict=True):
            if self._text[start:end] != self._text[again:again_end]:
                yield int(record), "has another name in its third line than in its first"


FORMAT = Format(
    name="fastq",
    suffixes=_SUFFIXES,
    modality="sequencing",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
