"""DICOM: radiology, endoscopy, slides, reports and the DICOMDIR that lists them."""

import io
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import BinaryIO, NamedTuple

from pydicom.config import IGNORE
from pydicom.uid import UID

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._dicom_elements import PIXELS, UNDEFINED, Element, Elements
from omics_orchestrator.formats._dicom_personal import personal_places
from omics_orchestrator.formats._dicom_pixels import Pixels
from omics_orchestrator.formats._packing import Unpacked, inflated_head, packing_of

_MARK, _PREAMBLE = b"DICM", 128
_HEAD = 1 << 20
_IMPLICIT, _BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
_EXPLICIT, _DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
_KIND, _SYNTAX = 0x00020002, 0x00020010
# Elements of later groups than an image's: what ends with them was not cut.
_BEHIND_PIXELS = 0x00290000
_GROUPS = (2, 8)
_TELLING, _LONG = 4, 4
# Of a slide whose frames are its tiles.
_WHOLE_SLIDE = {0x00480006: "slide_columns", 0x00480007: "slide_rows"}
_IN_MEMORY = 16 << 20
_DESCRIBED = {
    0x00080060: "modality", 0x00180015: "body_part", 0x00080070: "manufacturer",
    0x00081090: "model", 0x00080016: "kind", 0x00280004: "photometric", 0x00080008: "image_type",
}  # fmt: skip


class _Start(NamedTuple):
    """Where the data set begins, how it is written, and what its meta header says that it is."""

    place: int
    syntax: str
    kind: str
    deflated: bool = False


def sniff(head: Head) -> bool:
    """`DICM` at 128, whatever its preamble holds, or a run of elements that begins as DICOM."""
    content = head.inflated
    if content.startswith(_MARK, _PREAMBLE):
        return True
    if struct.unpack("<H", content[:2].ljust(2, b"\0"))[0] not in (*_GROUPS, 0x0800):
        return False
    tags: list[int] = []
    with suppress(DamagedFileError):
        stream = io.BytesIO(content)
        tags.extend(each.tag for each in _elements(stream, _start(stream)) if not each.level)
    first = tags[:_TELLING]
    return len(first) == _TELLING and first == sorted(first) and first[0] >> 16 in _GROUPS


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Modality, body part, size, frames and how it is written; never who it is of."""
    with _head(stream) as (head, start):
        pixels, facts = Pixels(), dict[str, object]()
        for element in _until_pixels(head, start):
            pixels.learn(element, head)
            if element.tag in _WHOLE_SLIDE and element.length == _LONG:
                head.seek(element.place)
                facts[_WHOLE_SLIDE[element.tag]] = struct.unpack(
                    f"{element.order}L", head.read(_LONG)
                )[0]
            if element.level == 0 and element.tag in _DESCRIBED:
                facts[_DESCRIBED[element.tag]] = _text(element, head)
    facts["kind"] = _uid_name(str(facts.get("kind") or start.kind))
    told = {name: value for name, value in facts.items() if value}
    written = _DEFLATED if start.deflated else start.syntax
    return told | pixels.facts() | {"transfer_syntax": _uid_name(written)}


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Walk all elements, their values unread: they fit, and there are as many pixels as said."""
    return _walked(stream, decode=False)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Walk all elements and decode the frames that are JPEG; plain pixels have no checksum."""
    return _walked(stream, decode=True)


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name the filled attributes of the basic profile of PS3.15, and private ones."""
    with _head(stream) as (head, start):
        return personal_places(_until_pixels(head, start), head)


def _walked(stream: BinaryIO, *, decode: bool) -> Mapping[str, object]:
    with _whole(stream) as (file, start):
        pixels, elements = Pixels(), _elements(file, start)
        count, last = 0, 0
        for element in elements:
            pixels.learn(element, file)
            count += element.level == 0
            if element.level == 0:
                if last > element.tag and last >= PIXELS:
                    raise DamagedFileError("something else follows its pixels")
                last = element.tag
        if not count:
            raise DamagedFileError("it has no element")
        if pixels.absent and last < _BEHIND_PIXELS and _is_image(pixels.kind or start.kind):
            raise DamagedFileError("it is an image without pixels")
        pixels.check(file, start.syntax, decode=decode)
        padding = {"padding_bytes": elements.padding} if elements.padding else {}
        return {"elements": count, "frames": pixels.frames, **padding}


@contextmanager
def _head(stream: BinaryIO) -> Iterator[tuple[BinaryIO, _Start]]:
    stream.seek(0)
    raw = stream.read(16)
    if packing_of(raw) is None:
        with _inflated(stream, _start(stream)) as found:
            yield found
        return
    stream.seek(0)
    head = io.BytesIO(inflated_head(stream.read(_HEAD)))
    with _inflated(head, _start(head)) as found:
        yield found


@contextmanager
def _whole(stream: BinaryIO) -> Iterator[tuple[BinaryIO, _Start]]:
    unpacked = Unpacked(stream)
    if unpacked.container == "plain":
        with _inflated(stream, _start(stream)) as found:
            yield found
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        for block in unpacked:
            spool.write(block)
        file: BinaryIO = spool  # type: ignore[assignment]  # a file in all but its declared class
        with _inflated(file, _start(file)) as found:
            yield found


@contextmanager
def _inflated(stream: BinaryIO, start: _Start) -> Iterator[tuple[BinaryIO, _Start]]:
    """Unpack a data set that is written deflated."""
    if start.syntax != _DEFLATED:
        yield stream, start
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        stream.seek(start.place)
        try:
            for block in iter(lambda: stream.read(_HEAD), b""):
                spool.write(inflate.decompress(block))
                if inflate.eof:
                    break
        except zlib.error:
            raise DamagedFileError("its deflated data is broken") from None
        if not inflate.eof:
            raise DamagedFileError("the file ends inside its deflated data")
        behind = (inflate.unused_data + stream.read(_HEAD)).rstrip(b"\0")
        # Some writers end as gzip does: a checksum, and the length.
        if behind and behind[4:].ljust(4, b"\0") != struct.pack("<I", spool.tell()):
            raise DamagedFileError("something else follows its deflated data")
        # A file in all but its declared class.
        yield spool, _Start(0, _EXPLICIT, start.kind, deflated=True)  # type: ignore[misc]


def _start(stream: BinaryIO) -> _Start:
    """Read the file's meta header, or guess it from the first element where there is none."""
    stream.seek(0)
    raw = stream.read(_PREAMBLE + len(_MARK))
    place = len(raw) if raw.endswith(_MARK) and len(raw) > _PREAMBLE else 0
    syntax = kind = ""
    # The first element behind it may be written in another way; what is broken is found again.
    with suppress(DamagedFileError):
        for element in Elements(stream, place, explicit=_is_explicit(stream, place)):
            if element.tag >> 16 != _GROUPS[0]:
                break
            if element.tag == _SYNTAX:
                syntax = _text(element, stream)
            if element.tag == _KIND:
                kind = _text(element, stream)
            place = element.place + element.length
    return _Start(place, syntax or _guessed(stream, place), kind)


def _guessed(stream: BinaryIO, place: int) -> str:
    stream.seek(place)
    first = stream.read(6)
    if first.startswith(b"\0\x08"):
        return _BIG
    return _EXPLICIT if _is_explicit(stream, place) else _IMPLICIT


def _is_explicit(stream: BinaryIO, place: int) -> bool:
    stream.seek(place + 4)
    return stream.read(2).isalpha()


def _elements(stream: BinaryIO, start: _Start) -> Elements:
    explicit, big = start.syntax != _IMPLICIT, start.syntax == _BIG
    if explicit and start.place and not big:
        explicit = _is_explicit(stream, start.place)  # some writers say one and write the other
    return Elements(stream, start.place, explicit=explicit, big=big)


def _until_pixels(stream: BinaryIO, start: _Start) -> Iterator[Element]:
    return takewhile(lambda e: e.level or e.tag < PIXELS, _elements(stream, start))


def _text(element: Element, stream: BinaryIO) -> str:
    stream.seek(element.place)
    length = 0 if element.length == UNDEFINED else min(element.length, 256)
    return stream.read(length).decode("ascii", "replace").strip("\0 ")


def _uid_name(uid: str) -> str:
    return UID(uid, IGNORE).name


def _is_image(kind: str) -> bool:
    return _uid_name(kind).endswith("Image Storage")


FORMAT = Format(
    name="dicom",
    suffixes=(".dcm", ".dicom", ".dcm.gz", ".ima"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
