"""Every page of a TIFF followed to its last byte.

tifffile stops at a broken page with a line in a log, so a file cut behind its first page passes.
Hamamatsu's NDPI is a TIFF of 32 bits whose places have 64: their upper halves follow the page.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError

_BIG = 43
_MOST_TAGS = 4096
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUBPAGES = 273, 279, 324, 325, 330
COMPRESSION, JPEG_TABLES, NDPI = 259, 347, 65420
_POINTING = (_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUBPAGES, COMPRESSION, JPEG_TABLES)
_CUT = "the file ends before a page does"


Tags = Mapping[int, tuple[int, ...]]


def follow_pages(stream: BinaryIO, look: Callable[[Tags], None] = lambda _: None) -> dict[str, int]:
    """Follow every page and subpage; count top pages, and bytes behind all that pages name.

    Bytes behind are no damage: ImageJ keeps the later planes of a stack there.

    Args:
        stream: the file.
        look: called with what each page says of its pixels.

    Raises:
        DamagedFileError: a page, one of its tags or of its pixels lies beyond the end of the file,
            pages run in a circle, or there is none.
    """
    layout = _Layout(stream)
    seen: set[int] = set()
    pages = 0
    place = layout.first
    while place:
        place, subpages = layout.check_page(place, seen, look)
        pages += 1
        while subpages:
            subpages += layout.check_chain(subpages.pop(), seen, look)
    if not pages:
        raise DamagedFileError("it has no page")
    behind = layout.size - layout.end
    return {"pages": pages, **({"bytes_behind": behind} if behind else {})}


def segments(page: Tags) -> Iterator[tuple[int, int]]:
    """Give place and length of each strip or tile of a page."""
    places = page.get(_TILES) or page.get(_STRIPS) or ()
    yield from zip(places, page.get(_TILE_BYTES) or page.get(_STRIP_BYTES) or (), strict=True)


def is_ndpi(stream: BinaryIO) -> bool:
    """Tell whether a TIFF is Hamamatsu's, by the tag of its first page."""
    return _Layout(stream).is_ndpi


def first_page_text(stream: BinaryIO, tags: frozenset[int], most: int) -> dict[int, bytes]:
    """Give the beginnings of what some tags of the first page say, at most `most` bytes each."""
    layout = _Layout(stream)
    return {
        tag: held[:length] if length <= layout.inline else layout.bytes_at(place, length)
        for tag, _, length, place, held in layout.tags(layout.first)
        for length in [min(length, most)]
        if tag in tags
    }


class _Layout:
    """How this file writes numbers: byte order, and 32 or 64 bits for places."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = stream.seek(0, 2)
        self.end = 0
        self._order = "<" if self.bytes_at(0, 2) == b"II" else ">"
        big = self._read(2, "H")[0] == _BIG
        self._offset = "Q" if big else "L"
        self._count = "Q" if big else "H"
        self._tag = "HHQ8s" if big else "HHL4s"
        self.inline = 8 if big else 4
        self.first: int = self._read(8 if big else 4, self._offset)[0]
        self.is_ndpi = False
        if self._order == "<" and not big:
            self._try_ndpi()

    def _try_ndpi(self) -> None:
        """Take the layout for NDPI's if the page that this gives says so."""
        classic = self.first
        self.is_ndpi, self._offset = True, "Q"
        try:
            self.first = self._read(4, "Q")[0]
            if any(tag == NDPI for tag, *_ in self.tags(self.first)):
                return
        except DamagedFileError:
            pass
        self.is_ndpi, self._offset, self.first = False, "L", classic

    def check_page(
        self, place: int, seen: set[int], look: Callable[[Tags], None]
    ) -> tuple[int, list[int]]:
        """Check one page; give the place of the next one and of its subpages."""
        if place in seen:
            raise DamagedFileError("its pages run in a circle")
        seen.add(place)
        values = dict(self._values(place))
        self._check_pixels(values)
        look(values)
        ends = [place + length for place, length in segments(values)]
        self.end = max(self.end, *ends)
        (count,) = self._read(place, self._count)
        behind = self._behind(place, count)
        (after,) = self._read(behind, self._offset)
        upper = 4 * count if self.is_ndpi else 0
        self.end = max(self.end, behind + struct.calcsize(self._offset) + upper)
        return after, list(values.get(_SUBPAGES, ()))

    def check_chain(self, place: int, seen: set[int], look: Callable[[Tags], None]) -> list[int]:
        """Check a subpage and those that follow it; give the places of their own subpages.

        A chain may run into another, checked before: tifffile chains the subpages of all pages.
        """
        chain, deeper = set[int](), list[int]()
        while place and (place in chain or place not in seen):
            chain.add(place)
            place, subpages = self.check_page(place, seen, look)
            deeper += subpages
        return deeper

    def tags(self, place: int) -> Iterator[tuple[int, int, int, int, bytes]]:
        """Give each tag of a page: its number, type, length in bytes, place, and what it holds."""
        (count,) = self._read(place, self._count)
        if not 0 < count <= _MOST_TAGS:
            raise DamagedFileError("a page has no tags or absurdly many")
        start = place + struct.calcsize(self._order + self._count)
        behind = self._behind(place, count)
        upper = b""
        if self.is_ndpi:
            upper = self.bytes_at(behind + struct.calcsize(self._offset), 4 * count)
        entries = struct.iter_unpack(self._order + self._tag, self.bytes_at(start, behind - start))
        for number, (tag, kind, items, held) in enumerate(entries):
            place_held = held + upper[4 * number : 4 * number + 4]
            (lies,) = struct.unpack(self._order + self._offset, place_held)
            yield tag, kind, items * _SIZES.get(kind, 1), lies, held

    def _behind(self, place: int, count: int) -> int:
        return (
            place
            + struct.calcsize(self._order + self._count)
            + count * struct.calcsize(self._order + self._tag)
        )

    def _values(self, page: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        for tag, kind, length, place, held in self.tags(page):
            if length > self.inline and place + length > self.size:
                raise DamagedFileError(_CUT)
            if length > self.inline:
                self.end = max(self.end, place + length)
            if tag in _POINTING:
                value = self.bytes_at(place, length) if length > self.inline else held[:length]
                code = f"{self._order}{_CODES.get(kind, 'B')}"
                yield tag, tuple(number for (number,) in struct.iter_unpack(code, value))

    def _check_pixels(self, values: dict[int, tuple[int, ...]]) -> None:
        places = values.get(_TILES) or values.get(_STRIPS)
        lengths = values.get(_TILE_BYTES) or values.get(_STRIP_BYTES)
        if not places or not lengths or len(places) != len(lengths):
            raise DamagedFileError("a page does not say where its pixels are")
        if any(place + length > self.size for place, length in zip(places, lengths, strict=True)):
            raise DamagedFileError(_CUT)

    def _read(self, place: int, code: str) -> tuple[Any, ...]:
        return struct.unpack(
            self._order + code, self.bytes_at(place, struct.calcsize(self._order + code))
        )

    def bytes_at(self, place: int, length: int) -> bytes:
        """Read bytes that must be there."""
        if place + length > self.size:
            raise DamagedFileError(_CUT)
        self._stream.seek(place)
        return self._stream.read(length)
