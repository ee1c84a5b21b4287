"""CRAM's containers and blocks: where each ends, and whether its checksum is right."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from omics_orchestrator.formats._damage import DamagedFileError

DEFINITION_BYTES = 26
_LONGEST_HEADER = 1 << 20
_GZIP = 1
_RAW = 0
_MOST_ITF8 = 4
_WITH_CHECKSUMS = 3
_FIRST_READ = 256
# The containers without records that end a whole file, by major version.
ENDS = {
    2: bytes.fromhex("0b000000ffffffff0fe0454f460000000001000001000606010001000100"),
    3: bytes.fromhex(
        "0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"
    ),
}


@dataclass(frozen=True)
class Container:
    """One container: its place, its size, and what its header says.

    Attributes:
        place: of its first block, in bytes from the file's start.
        size: of all its blocks in bytes.
        records: how many reads it holds.
        blocks: how many blocks.
        slices: places of its slices' headers, from its first block.
    """

    place: int
    size: int
    records: int
    blocks: int
    slices: tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """One block of a container.

    Attributes:
        place: from the container's first block.
        kind: CRAM's content type; 0 is the file's header.
        method: how `data` is packed.
        unpacked: the size it claims to have unpacked.
        data: the bytes as they are.
    """

    place: int
    kind: int
    method: int
    unpacked: int
    data: bytes


class _Numbers:
    """CRAM's numbers of variable length, one after another."""

    def __init__(self, text: bytes, place: int = 0) -> None:
        self.text = text
        self.place = place

    def byte(self) -> int:
        if self.place >= len(self.text):
            raise DamagedFileError("the file ends inside a container's header")
        self.place += 1
        return self.text[self.place - 1]

    def itf8(self) -> int:
        first = self.byte()
        more = min(_MOST_ITF8, 8 - (first ^ 0xFF).bit_length())
        if more == _MOST_ITF8:  # of the fifth byte only four bits count
            number = first & 0x0F
            for _ in range(3):
                number = number << 8 | self.byte()
            number = number << 4 | self.byte() & 0x0F
        else:
            number = first & (0x7F >> more)
            for _ in range(more):
                number = number << 8 | self.byte()
        return number - (1 << 32) if number >> 31 else number

    def ltf8(self) -> int:
        first = self.byte()
        more = 8 - (first ^ 0xFF).bit_length()
        number = first & (0x7F >> more)
        for _ in range(more):
            number = number << 8 | self.byte()
        return number


def containers(stream: BinaryIO, major: int) -> Iterator[Container]:
    """Yield the containers, the one of the file's header first; damage where one does not fit."""
    size = stream.seek(0, SEEK_END)
    place, number = DEFINITION_BYTES, 0
    while place < size:
        stream.seek(place)
        container = _container(stream, place, major, number)
        place = container.place + container.size
        if place > size:
            raise DamagedFileError(f"the file ends inside container {number}")
        yield container
        number += 1


def _container(stream: BinaryIO, place: int, major: int, number: int) -> Container:
    text, most = stream.read(_FIRST_READ), _FIRST_READ
    while True:
        try:
            return _parsed(text, place, major, number)
        except DamagedFileError:
            more = stream.read(most) if len(text) == most < _LONGEST_HEADER else b""
            if not more:
                raise
            text, most = text + more, 2 * most


def _parsed(text: bytes, place: int, major: int, number: int) -> Container:
    numbers = _Numbers(text, 4)
    if len(text) < numbers.place:
        raise DamagedFileError("the file ends inside a container's header")
    (size,) = struct.unpack_from("<i", text)
    for _ in range(3):  # reference, start and span
        numbers.itf8()
    records = numbers.itf8()
    for _ in range(2):  # records before, and bases
        numbers.ltf8()
    blocks = numbers.itf8()
    slices = tuple(numbers.itf8() for _ in range(_sane(numbers.itf8(), number)))
    end = numbers.place
    if major >= _WITH_CHECKSUMS:
        if len(text) < end + 4:
            raise DamagedFileError("the file ends inside a container's header")
        if int.from_bytes(text[end : end + 4], "little") != isal_zlib.crc32(text[:end]):
            raise DamagedFileError(f"the header of container {number} has a wrong checksum")
        end += 4
    return Container(place + end, _sane(size, number), _sane(records, number), blocks, slices)


def _sane(count: int, number: int) -> int:
    if count < 0:
        raise DamagedFileError(f"the header of container {number} counts less than nothing")
    return count


def blocks_of(text: bytes, major: int, what: str) -> Iterator[Block]:
    """Yield the blocks of a container's bytes, each with its checksum checked."""
    place = 0
    while place < len(text):
        numbers = _Numbers(text, place)
        method, kind = numbers.byte(), numbers.byte()
        numbers.itf8()  # its own number
        size, unpacked = numbers.itf8(), numbers.itf8()
        end = numbers.place + size
        checked = end + (4 if major >= _WITH_CHECKSUMS else 0)
        if size < 0 or checked > len(text):
            raise DamagedFileError(f"a block does not fit into {what}")
        block = Block(place, kind, method, unpacked, text[numbers.place : end])
        if checked > end:
            if int.from_bytes(text[end:checked], "little") != isal_zlib.crc32(text[place:end]):
                raise DamagedFileError(f"a block of {what} has a wrong checksum")
        elif method in (_RAW, _GZIP):
            contents(block)
        yield block
        place = checked


def contents(block: Block) -> bytes:
    """Unpack a block that is not packed at all or with gzip."""
    data = block.data
    if block.method == _GZIP:
        try:
            data = igzip_lib.decompress(data, igzip_lib.DECOMP_GZIP)
        except igzip_lib.IsalError:  # type: ignore[misc]  # isal's stub calls it an instance
            raise DamagedFileError("the packed data of a block is broken") from None
    elif block.method != _RAW:
        raise DamagedFileError("its header is packed in a way that CRAM does not know")
    if len(data) != block.unpacked:
        raise DamagedFileError("a block has not the size that it claims")
    return data
