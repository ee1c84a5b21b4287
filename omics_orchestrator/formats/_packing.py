"""gzip, BGZF, xz and bzip2 unpacked block by block, every checksum checked.

A file may be several packed members one after another (lanes joined by `cat`) and may be padded
with zeros, as tapes and object stores do; anything else behind the last member is damage, though
`gzip -t` only warns of it.
"""

import bz2
import lzma
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO

from isal import igzip_lib

from omics_orchestrator.formats._damage import DamagedFileError

BLOCK = 4 << 20
_PACKED = 128 << 10
_BZIP2_BLOCK = 1 << 20  # it unpacks to 900 kB at most, and nothing before it is whole
_ENOUGH = 1 << 20
_LONGEST_LINE = 64 << 20
_BGZF_BLOCK = 64 << 10
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_BROKEN: tuple[type[Exception], ...] = (
    igzip_lib.IsalError,  # type: ignore[assignment]  # isal's stub calls the class an instance
    lzma.LZMAError,
    OSError,  # bz2
)


# igzip's, lzma's and bz2's decompressors share one interface.
_DECODERS: dict[str, tuple[bytes, Callable[[], Any]]] = {
    "gzip": (b"\x1f\x8b\x08", lambda: igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP)),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    "bzip2": (b"BZh", bz2.BZ2Decompressor),
}


def packing_of(raw: bytes) -> str | None:
    """Name what a file's first bytes are packed with; None when they are plain."""
    return next((name for name, (magic, _) in _DECODERS.items() if raw.startswith(magic)), None)


def is_bgzf(raw: bytes) -> bool:
    """Tell whether a file begins with a BGZF block: gzip that can be read from the middle."""
    return raw[:4] == b"\x1f\x8b\x08\x04" and raw[12:16] == b"BC\x02\x00"


class Unpacked:
    """The plain blocks of a stream, whatever it is packed with.

    Attributes:
        container: gzip, bgzf, xz, bzip2 or plain.
        members: how many packed members were read so far.
        padding: how many zero bytes followed members so far.
    """

    def __init__(self, stream: BinaryIO, block: int = BLOCK) -> None:
        stream.seek(0)
        start = stream.read(16)
        stream.seek(0)
        self._stream = stream
        self._block = block
        self._packing = packing_of(start)
        self.container = "bgzf" if is_bgzf(start) else self._packing or "plain"
        self.members = 0
        self.padding = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks, none empty; DamagedFileError where the packing breaks."""
        if self._packing is None:
            yield from iter(lambda: self._stream.read(self._block), b"")
            return
        magic, decoder = _DECODERS[self._packing]
        packed = self._stream.read(_PACKED)
        while packed:
            if not packed.startswith(magic):
                raise DamagedFileError(f"something else follows the last {self._packing} member")
            if is_bgzf(packed):
                packed = yield from self._bgzf_blocks(packed)
            else:
                self.members += 1
                packed = yield from self._member(decoder(), packed)
            packed = self._past_padding(packed, len(magic))

    def lacks_its_end(self) -> bool:
        """Tell whether this is BGZF without the empty block that marks the file as whole."""
        if self.container != "bgzf":
            return False
        size = self._stream.seek(0, SEEK_END)
        self._stream.seek(max(0, size - self.padding - _BGZF_BLOCK))
        _, mark, padding = self._stream.read().rpartition(_BGZF_END)
        return not mark or padding.strip(b"\0") != b""

    def facts(self) -> dict[str, object]:
        """Give the container, and its members and padding when they say something."""
        facts: dict[str, object] = {"container": self.container}
        if self.container in ("gzip", "xz", "bzip2"):
            facts["members"] = self.members
        if self.padding:
            facts["padding_bytes"] = self.padding
        return facts

    def _bgzf_blocks(self, packed: bytes) -> Generator[bytes, None, bytes]:
        """Unpack blocks whole, which is twice as fast as to feed them to a decoder."""
        place = 0
        while True:
            if len(packed) - place < _BGZF_BLOCK:
                packed, place = packed[place:] + self._stream.read(_PACKED), 0
            if not is_bgzf(packed[place : place + 16]):
                return packed[place:]
            size = int.from_bytes(packed[place + 16 : place + 18], "little") + 1
            if len(packed) - place < size:  # cut: what is there is unpacked all the same
                return (yield from self._member(_DECODERS["gzip"][1](), packed[place:]))
            try:
                block = igzip_lib.decompress(
                    packed[place : place + size], igzip_lib.DECOMP_GZIP, bufsize=_BGZF_BLOCK
                )
            except _BROKEN:
                raise DamagedFileError("its gzip data or checksum is broken") from None
            self.members += 1
            place += size
            if block:
                yield block

    def _member(self, decoder: Any, packed: bytes) -> Generator[bytes, None, bytes]:
        while not decoder.eof:
            if decoder.needs_input and not packed:
                packed = self._stream.read(_PACKED)
                if not packed:
                    raise DamagedFileError(f"the file ends inside its {self._packing} data")
            try:
                block = decoder.decompress(packed, self._block)
            except _BROKEN:
                raise DamagedFileError(f"its {self._packing} data or checksum is broken") from None
            packed = b""
            if block:
                yield block
        unused: bytes = decoder.unused_data
        return unused

    def _past_padding(self, packed: bytes, enough: int) -> bytes:
        while True:
            rest = packed.lstrip(b"\0")
            self.padding += len(packed) - len(rest)
            more = self._stream.read(_PACKED) if len(rest) < enough else b""
            if not more:
                return rest
            packed = rest + more


def refuse_without_end(unpacked: Unpacked) -> None:
    """Refuse BGZF that was cut between two of its blocks."""
    if unpacked.lacks_its_end():
        raise DamagedFileError("the empty block that ends BGZF is absent, so the file is cut")


def inflated_start(raw: bytes, stream: BinaryIO) -> bytes:
    """Unpack the beginning of a file of which `raw` was read; of bzip2 as much as a block needs."""
    found = inflated_head(raw)
    if found or packing_of(raw) != "bzip2":
        return found
    stream.seek(len(raw))
    return inflated_head(raw + stream.read(_BZIP2_BLOCK))


def inflated_head(raw: bytes, most: int = 1 << 20) -> bytes:
    """Unpack the beginning of a file as far as it can be read, at most 1 MiB."""
    found = bytearray()
    with suppress(DamagedFileError):  # the head of a whole file ends inside its data too
        for block in Unpacked(BytesIO(raw), 4096):
            found += block
            if len(found) >= most:
                break
    return bytes(found)


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Join and cut blocks at line ends, to about 1 MiB; a last line gets its missing end.

    BGZF comes in blocks of 64 KiB, which are too small to be checked each for itself; only the
    first is given as it is, for those who want no more than a header.
    """
    held: list[bytes] = []
    size = enough = 0
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if cut and size + cut >= enough:
            yield b"".join([*held, block[:cut]])
            held, size, enough = [block[cut:]], len(block) - cut, _ENOUGH
        else:
            held.append(block)
            size += len(block)
        if size > _LONGEST_LINE:
            raise DamagedFileError("a line is longer than 64 MiB")
    rest = b"".join(held)
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield line by line, without the line feeds; zero bytes, which no text has, are damage."""
    for text in whole_lines(blocks):
        if b"\0" in text:
            raise DamagedFileError("it holds zero bytes, so it is no text")
        yield from text[:-1].split(b"\n")
