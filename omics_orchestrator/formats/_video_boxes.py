"""The outermost structure of videos: boxes, elements or chunks that must add up to the file.

It is followed here, so that a file that was cut is told without a decoder.
"""

import io
import struct
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError

_CUT = "the file ends before its video does"
_BEHIND = "something else follows its video"
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_EBML_HEADER = 12
TRANSPORT_PACKET = 188
_PACKETS, _MARK = TRANSPORT_PACKET * 4096, b"G"
_LARGE = 1
_HEADER, _LARGE_HEADER = 8, 16
_INDEX_ENTRY, _FRAMES = struct.Struct("<4sIII"), (b"dc", b"db")


def check_boxes(stream: BinaryIO, *, only_header: bool = False) -> None:
    """Follow the boxes of MP4 and QuickTime: they fill the file, and one holds the header."""
    size, place, seen = stream.seek(0, io.SEEK_END), 0, set[bytes]()
    while place < size and not (only_header and b"moov" in seen):
        stream.seek(place)
        header = stream.read(_LARGE_HEADER)
        if len(header) < _HEADER:
            raise DamagedFileError(_CUT)
        length, kind = struct.unpack_from(">I4s", header)
        if length == _LARGE and len(header) == _LARGE_HEADER:
            (length,) = struct.unpack_from(">Q", header, 8)
        elif length == 0:
            length = size - place  # to the end of the file
        if length < _HEADER or not kind.isascii() or b"\0" in kind:
            raise DamagedFileError(_BEHIND)
        seen.add(kind)
        place += length
    if place > size:
        raise DamagedFileError(_CUT)
    if b"moov" not in seen:
        raise DamagedFileError("it has no header (moov): the recording was not finished")


def check_matroska(stream: BinaryIO) -> None:
    """Follow the elements of Matroska and WebM down to each block; a live recording has no sizes.

    FFmpeg passes over clusters it cannot read, so that a hole in a video is not told by decoding.
    """
    size = stream.seek(0, io.SEEK_END)
    if not _follow(stream, 0, size, (_SEGMENT, _CLUSTER)):
        raise DamagedFileError(_CUT)


def _follow(stream: BinaryIO, place: int, end: int, masters: tuple[int, ...]) -> bool:
    """Follow elements that must fill `place` to `end`; tell whether a segment was among them.

    `masters` are the elements to be followed inside, one for each level.
    """
    segment = False
    while place < end:
        stream.seek(place)
        header = stream.read(_EBML_HEADER)
        identity, used = _number(header, 0, keep_mark=True)
        length, more = _number(header, used, keep_mark=False)
        segment = segment or identity == _SEGMENT
        place += used + more
        if length == (1 << 7 * more) - 1:
            return segment
        if place + length > end:
            raise DamagedFileError(_CUT)
        if identity in masters[:1]:
            _follow(stream, place, place + length, masters[1:])
        place += length
    return segment


def check_riff(stream: BinaryIO) -> None:
    """Follow the RIFF chunks of AVI, of which a long video has several."""
    size, place = stream.seek(0, io.SEEK_END), 0
    while place + 8 <= size:
        stream.seek(place)
        name, length = struct.unpack("<4sI", stream.read(8))
        if name not in (b"RIFF", b"JUNK", b"idx1"):
            raise DamagedFileError(_BEHIND)
        place += 8 + length + length % 2
    if place > size + 1:
        raise DamagedFileError(_CUT)


def skipped_frames(stream: BinaryIO) -> int:
    """Count the frames that an AVI's index says to be empty: the one before is shown again.

    Its header counts them, and FFmpeg does not hand them on.
    """
    size, place = stream.seek(0, io.SEEK_END), 0
    while place + _HEADER <= size:
        stream.seek(place)
        name, length = struct.unpack("<4sI", stream.read(_HEADER))
        if name == b"idx1":
            entries = stream.read(length - length % _INDEX_ENTRY.size)
            whole = entries[: len(entries) - len(entries) % _INDEX_ENTRY.size]
            found = _INDEX_ENTRY.iter_unpack(whole)
            return sum(not length and kind[2:] in _FRAMES for kind, _, _, length in found)
        place += (_HEADER + 4) if name == b"RIFF" else _HEADER + length + length % 2
    return 0


def check_transport(stream: BinaryIO) -> None:
    """Follow the packets of an MPEG transport stream: each begins with its mark."""
    stream.seek(0)
    for block in iter(lambda: stream.read(_PACKETS), b""):
        if len(block) % TRANSPORT_PACKET:
            raise DamagedFileError(_CUT)
        marks = block[::TRANSPORT_PACKET]
        if marks.count(_MARK) != len(marks):
            raise DamagedFileError("a packet of its transport stream is broken")


def _number(header: bytes, start: int, *, keep_mark: bool) -> tuple[int, int]:
    first = header[start] if start < len(header) else 0
    length = 9 - first.bit_length()
    if not first or start + length > len(header):
        raise DamagedFileError(_BEHIND if first else _CUT)
    value = int.from_bytes(header[start : start + length], "big")
    return (value if keep_mark else value - (1 << 7 * length)), length
