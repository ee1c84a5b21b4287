"""The end of a file, looked at without what comes before it."""

from io import SEEK_END
from typing import BinaryIO

from omics_orchestrator.formats._packing import is_bgzf

_MOST = 256 << 10
_BGZF_HEADER = b"\x1f\x8b\x08\x04"


def last_lines(stream: BinaryIO, count: int) -> list[bytes]:
    """Give the last lines of plain text; none when they are longer than 256 KiB together."""
    size = stream.seek(0, SEEK_END)
    stream.seek(max(0, size - _MOST))
    found = stream.read().splitlines()
    if size > _MOST:
        found = found[1:]
    return found[-count:] if len(found) >= count else []


def is_cut_xz(stream: BinaryIO) -> bool:
    """Tell whether xz lacks the two letters that end it."""
    return not _tail(stream).rstrip(b"\0").endswith(b"YZ")


def is_cut_bgzf(stream: BinaryIO) -> bool:
    """Tell whether the last of the BGZF blocks is not whole; the empty end block may be absent."""
    tail = _tail(stream)
    place = tail.find(_BGZF_HEADER)
    while place >= 0:
        if _reaches_the_end(tail, place):
            return False
        place = tail.find(_BGZF_HEADER, place + 1)
    return True


def _reaches_the_end(tail: bytes, place: int) -> bool:
    while is_bgzf(tail[place : place + 16]):
        place += int.from_bytes(tail[place + 16 : place + 18], "little") + 1
    return not tail[place:].strip(b"\0") and place <= len(tail)


def _tail(stream: BinaryIO) -> bytes:
    size = stream.seek(0, SEEK_END)
    stream.seek(max(0, size - _MOST))
    return stream.read()
