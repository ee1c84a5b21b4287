"""Every page of a TIFF followed to its last byte.

tifffile stops at a broken page with a line in a log, so a file cut behind its first page passes.
"""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError

_BIG = 43
_MOST_TAGS = 4096
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUBPAGES = 273, 279, 324, 325, 330
_POINTING = (_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUBPAGES)
_CUT = "the file ends before a page does"


def count_pages(stream: BinaryIO) -> int:
    """Follow every page and subpage; give the number of top pages.

    Raises:
        DamagedFileError: a page, one of its tags or of its pixels lies beyond the end of the file,
            pages run in a circle, or there is none.
    """
    layout = _Layout(stream)
    seen: set[int] = set()
    pages = 0
    place = layout.first
    while place:
        place, subpages = layout.check_page(place, seen)
        pages += 1
        while subpages:
            after, deeper = layout.check_page(subpages.pop(), seen)
            subpages += deeper + ([after] if after else [])
    if not pages:
        raise DamagedFileError("it has no page")
    return pages


class _Layout:
    """How this file writes numbers: byte order, and 32 or 64 bits for places."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = stream.seek(0, 2)
        self._order = "<" if self._bytes(0, 2) == b"II" else ">"
        big = self._read(2, "H")[0] == _BIG
        self._offset = "Q" if big else "L"
        self._count = "Q" if big else "H"
        self._tag = "HHQ8s" if big else "HHL4s"
        self._inline = 8 if big else 4
        self.first: int = self._read(8 if big else 4, self._offset)[0]

    def check_page(self, place: int, seen: set[int]) -> tuple[int, list[int]]:
        """Check one page; give the place of the next one and of its subpages."""
        if place in seen:
            raise DamagedFileError("its pages run in a circle")
        seen.add(place)
        (count,) = self._read(place, self._count)
        if not 0 < count <= _MOST_TAGS:
            raise DamagedFileError("a page has no tags or absurdly many")
        start = place + struct.calcsize(self._order + self._count)
        length = struct.calcsize(self._order + self._tag)
        values = dict(self._values(self._bytes(start, count * length)))
        self._check_pixels(values)
        (after,) = self._read(start + count * length, self._offset)
        return after, list(values.get(_SUBPAGES, ()))

    def _values(self, tags: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
        for tag, kind, count, held in struct.iter_unpack(self._order + self._tag, tags):
            length = count * _SIZES.get(kind, 1)
            (place,) = struct.unpack(self._order + self._offset, held)
            if length > self._inline and place + length > self._size:
                raise DamagedFileError(_CUT)
            if tag in _POINTING:
                value = self._bytes(place, length) if length > self._inline else held[:length]
                code = f"{self._order}{_CODES.get(kind, 'B')}"
                yield tag, tuple(number for (number,) in struct.iter_unpack(code, value))

    def _check_pixels(self, values: dict[int, tuple[int, ...]]) -> None:
        places = values.get(_TILES) or values.get(_STRIPS)
        lengths = values.get(_TILE_BYTES) or values.get(_STRIP_BYTES)
        if not places or not lengths or len(places) != len(lengths):
            raise DamagedFileError("a page does not say where its pixels are")
        if any(place + length > self._size for place, length in zip(places, lengths, strict=True)):
            raise DamagedFileError(_CUT)

    def _read(self, place: int, code: str) -> tuple[Any, ...]:
        return struct.unpack(
            self._order + code, self._bytes(place, struct.calcsize(self._order + code))
        )

    def _bytes(self, place: int, length: int) -> bytes:
        if place + length > self._size:
            raise DamagedFileError(_CUT)
        self._stream.seek(place)
        return self._stream.read(length)
