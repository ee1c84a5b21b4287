"""The tables inside an index of alignments or variants: BAI, CSI, TBI, GZI, and those of text."""

import re
import struct
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._damage import DamagedFileError

_UNPLACED = 8
_NONE = np.zeros(2, np.uint64)
_MOST = 1 << 28
_MOST_LEVELS = 10
_CRAI = re.compile(rb"-?\d+(?:\t-?\d+){5}")
_FAI = re.compile(rb"[^\t]+\t\d+\t\d+\t\d+\t\d+(?:\t\d+)?")


class _Table:
    """Little-endian numbers, one after another; damage where the bytes end too early."""

    def __init__(self, text: bytes, place: int) -> None:
        self._text = text
        self.place = place

    def numbers(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize(f"<{layout}")
        return struct.unpack(f"<{layout}", self.skip(size))

    def count(self) -> int:
        (count,) = self.numbers("i")
        if not 0 <= count <= _MOST:
            raise DamagedFileError("it counts more than can be")
        return count

    def skip(self, size: int) -> bytes:
        found = self._text[self.place : self.place + size]
        if len(found) < size:
            raise DamagedFileError("the file ends inside its tables")
        self.place += size
        return found

    def rest(self) -> int:
        return len(self._text) - self.place


def bai(text: bytes) -> dict[str, object]:
    """Follow a BAI index: per reference its bins and its windows of 16 kb."""
    table = _Table(text, 4)
    return _followed(table, table.count(), bin_layout="I", last_bin=37450, windows=True)


def csi(text: bytes) -> dict[str, object]:
    """Follow a CSI index, which has bins of any size and no windows."""
    table = _Table(text, 4)
    _, depth = table.numbers("ii")
    if not 0 < depth <= _MOST_LEVELS:
        raise DamagedFileError("it has an impossible number of levels")
    table.skip(table.count())
    last = ((1 << (depth + 1) * 3) - 1) // 7 + 1
    return _followed(table, table.count(), bin_layout="IQ", last_bin=last, windows=False)


def tbi(text: bytes) -> dict[str, object]:
    """Follow a tabix index: the columns it is made by, the sequences' names, then as BAI."""
    table = _Table(text, 4)
    references = table.count()
    table.skip(24)  # which columns hold the place, and how comments begin
    names = table.skip(table.count()).rstrip(b"\0").split(b"\0")
    if references and len(names) != references:
        raise DamagedFileError("it names more or fewer sequences than it has")
    return _followed(table, references, bin_layout="I", last_bin=37450, windows=True)


def _followed(
    table: _Table, references: int, *, bin_layout: str, last_bin: int, windows: bool
) -> dict[str, object]:
    counts = np.zeros(2, np.uint64)
    for _ in range(references):
        for _ in range(table.count()):
            counts += _bin(table, bin_layout, last_bin)
        if windows:
            table.skip(8 * table.count())
    facts: dict[str, object] = {"references": references}
    if counts.any():
        facts |= {"mapped": int(counts[0]), "unmapped": int(counts[1])}
    if table.rest() == _UNPLACED:
        facts["unplaced"] = table.numbers("Q")[0]
    if table.rest():
        raise DamagedFileError("something else follows its tables")
    return facts


def _bin(table: _Table, layout: str, last_bin: int) -> npt.NDArray[np.uint64]:
    """Follow one bin; give how many reads are mapped and unmapped, which the last bin says."""
    number, *_ = table.numbers(layout)
    chunks = np.frombuffer(table.skip(16 * table.count()), np.dtype("<u8")).reshape(-1, 2)
    if number > last_bin:
        raise DamagedFileError("it has a bin that cannot be")
    if number == last_bin:
        return chunks[1] if len(chunks) > 1 else _NONE
    if (chunks[:, 0] > chunks[:, 1]).any():
        raise DamagedFileError("a part of the file that it points to ends before it begins")
    return _NONE


def gzi(text: bytes) -> dict[str, object]:
    """Check the places of BGZF blocks, packed and unpacked: both rise."""
    table = _Table(text, 0)
    (count,) = table.numbers("Q")
    if table.rest() != 16 * count:
        raise DamagedFileError("it has more or fewer places than it counts")
    places = np.frombuffer(table.skip(table.rest()), "<u8").reshape(-1, 2)
    if (places[1:] <= places[:-1]).any():
        raise DamagedFileError("its places do not rise")
    return {"blocks": count}


def crai(text: bytes) -> dict[str, object]:
    """Check the six numbers of each line of a CRAM index."""
    found = _rows(text, _CRAI)
    return {"references": len({row[0] for row in found if int(row[0]) >= 0}), "slices": len(found)}


def fai(text: bytes) -> dict[str, object]:
    """Check the columns of each line of a FASTA or FASTQ index, and that no name stands twice."""
    found = _rows(text, _FAI)
    if len({row[0] for row in found}) < len(found):
        raise DamagedFileError("a sequence's name stands twice")
    if any(int(row[3]) > int(row[4]) for row in found):
        raise DamagedFileError("a sequence has lines that are longer than their bytes")
    return {"references": len(found)}


def _rows(text: bytes, line: re.Pattern[bytes]) -> list[list[bytes]]:
    rows = text.splitlines()
    for number, row in enumerate(rows, start=1):
        if not line.fullmatch(row):
            raise DamagedFileError(f"line {number} has not the columns of an index")
    return [row.split(b"\t") for row in rows]


def is_crai(text: bytes) -> bool:
    """Tell whether every line seen is one of a CRAM index."""
    return _all_lines(text, _CRAI)


def is_fai(text: bytes) -> bool:
    """Tell whether every line seen is one of a FASTA index: bases a line, and bytes a line."""
    return _all_lines(text, _FAI) and all(
        int(bases) in (int(width) - 1, int(width) - 2)
        for bases, width in (row.split(b"\t")[3:5] for row in _seen(text))
    )


def _all_lines(text: bytes, line: re.Pattern[bytes]) -> bool:
    seen = _seen(text)
    return bool(seen) and all(line.fullmatch(row) for row in seen)


def _seen(text: bytes) -> list[bytes]:
    rows = text.splitlines()
    return rows[:-1] if len(rows) > 1 else rows  # the last may be cut where the head ends


TABLES: Mapping[str, Callable[[bytes], dict[str, object]]] = {
    "bai": bai, "csi": csi, "tbi": tbi, "gzi": gzi, "crai": crai, "fai": fai,
}  # fmt: skip
