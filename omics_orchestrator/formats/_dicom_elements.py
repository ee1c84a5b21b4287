"""The elements of a DICOM file one after another, none of their values read.

pydicom reads values into memory and takes a file that ends early for a short one; a slide or a cine
loop of gigabytes is walked here by its lengths alone.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from omics_orchestrator.formats._damage import DamagedFileError

PIXELS = 0x7FE00010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_SHORT = {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT"}
_SHORT |= {b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
_DEEPEST, _WORD = 64, 4
_CUT = "the file ends before its last element does"


class Element(NamedTuple):
    """One element: where its value lies, how many sequences and items it lies in, byte order."""

    tag: int
    vr: str
    place: int
    length: int
    level: int
    order: str


@dataclass
class _Open:
    """A sequence or item that is not yet at its end; `end` is None while it is not known."""

    end: int | None
    explicit: bool


class Elements:
    """Walks a data set of a stream from `start`.

    Attributes:
        padding: how many bytes of zeros followed the last element.
    """

    def __init__(self, stream: BinaryIO, start: int, *, explicit: bool, big: bool = False) -> None:
        self._stream = stream
        self._place = start
        self._size = stream.seek(0, io.SEEK_END)
        self._order = ">" if big else "<"
        self._explicit = explicit
        self._open: list[_Open] = []
        self.padding = 0

    def __iter__(self) -> Iterator[Element]:
        """Yield every element, items of sequences and fragments of pixels among them.

        Raises:
            DamagedFileError: lengths do not fit into each other or into the file.
        """
        while self._goes_on():
            element = self._next()
            yield element
            self._enter_or_pass(element)

    def _goes_on(self) -> bool:
        while self._open and self._open[-1].end == self._place:
            self._open.pop()
        limit = self._open[-1].end if self._open else self._size
        if limit is not None and self._place > limit:
            raise DamagedFileError("an element reaches beyond the sequence it is in")
        if self._place < self._size:
            return not self._is_padding()
        if self._open:
            raise DamagedFileError(_CUT)
        return False

    def _is_padding(self) -> bool:
        if self._open or any(self._bytes(min(8, self._size - self._place))):
            return False
        self._stream.seek(self._place)
        for block in iter(lambda: self._stream.read(1 << 20), b""):
            if block.count(0) != len(block):
                raise DamagedFileError("something else follows its last element")
        self.padding = self._size - self._place
        return True

    def _next(self) -> Element:
        header = self._bytes(8)
        group, number = struct.unpack_from(f"{self._order}HH", header)
        tag = group << 16 | number
        if group == ITEM >> 16:
            return self._element(tag, "", 8, header[4:])
        if not (self._open[-1].explicit if self._open else self._explicit):
            return self._element(tag, _known_vr(tag), 8, header[4:])
        vr = header[4:6]
        if vr in _SHORT:
            return self._element(tag, vr.decode(), 8, header[6:])
        if vr not in _LONG:
            raise DamagedFileError("an element has no type that DICOM knows")
        return self._element(tag, vr.decode(), 12, self._bytes(12)[8:])

    def _element(self, tag: int, vr: str, header: int, length: bytes) -> Element:
        (value,) = struct.unpack(self._order + ("L" if len(length) == _WORD else "H"), length)
        return Element(tag, vr, self._place + header, value, len(self._open), self._order)

    def _enter_or_pass(self, element: Element) -> None:
        self._place = element.place
        if element.tag in (ITEM_END, SEQUENCE_END):
            self._leave()
        elif element.vr == "SQ" or element.length == UNDEFINED or self._is_item(element):
            self._enter(element)
        else:
            self._place += element.length
            if self._place > self._size:
                raise DamagedFileError(_CUT)

    def _is_item(self, element: Element) -> bool:
        return element.tag == ITEM and not self._in_pixels

    def _enter(self, element: Element) -> None:
        if len(self._open) >= _DEEPEST:
            raise DamagedFileError("its sequences are nested absurdly deep")
        if element.level == 0:
            self._in_pixels = element.tag == PIXELS
        explicit = self._open[-1].explicit if self._open else self._explicit
        undefined = element.length == UNDEFINED
        end = None if undefined else element.place + element.length
        # A sequence of unknown type is written with implicit types, whatever the file's own.
        self._open.append(_Open(end, explicit and not (element.vr == "UN" and undefined)))

    def _leave(self) -> None:
        if not self._open or self._open.pop().end is not None:
            raise DamagedFileError("a sequence ends that was not begun")

    _in_pixels = False

    def _bytes(self, length: int) -> bytes:
        self._stream.seek(self._place)
        found = self._stream.read(length)
        if len(found) < length:
            raise DamagedFileError(_CUT)
        return found


def _known_vr(tag: int) -> str:
    return dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
