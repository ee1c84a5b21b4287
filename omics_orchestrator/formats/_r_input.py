"""The numbers and texts of R's serialisation stream: XDR, little-endian, or ASCII.

What a reader asks for comes in pieces of what the stream is packed with (gzip, bzip2, xz or
nothing), and what it skips is never held.
"""

import re
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked

Numbers = NDArray[np.generic]
CHARACTERS = 9
_NOT_AVAILABLE = -1
_LATIN1 = 1 << 14
_INTEGER_NA = -(2**31)
_LONGEST = 1 << 40
_MAGIC = re.compile(rb"(?P<archive>RD(?P<kind>[XBA])(?P<version>[23])\n)?(?P<coding>[XBA])\n")
_TOKEN = re.compile(rb"\s*(\S+)\s?")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"v": b"\v", b"b": b"\b", b"r": b"\r", b"f": b"\f",
            b"a": b"\a"}  # fmt: skip


def text_of(raw: bytes, flags: int) -> str:
    """Decode a text as its flags say."""
    return raw.decode("latin-1" if flags & _LATIN1 else "utf-8", "replace")


class Input(Protocol):
    """What a reader of R's stream asks for."""

    def integer(self) -> int:
        """Read one integer."""

    def text(self, length: int) -> bytes:
        """Read a text of so many bytes."""

    def numbers(self, kind: str, count: int, *, keep: bool) -> Numbers | None:
        """Read `count` numbers of a numpy kind (i4, f8, c16, u1); None where they are skipped."""

    def strings(self, count: int, most: int | None) -> list[str | None]:
        """Read texts; of more than `most` only the first that differ."""

    def end(self) -> None:
        """Say that all was read; DamagedFileError when more follows."""


class BinaryInput:
    """XDR (big-endian) or native little-endian."""

    def __init__(self, blocks: Iterator[bytes], held: bytes, order: str) -> None:
        self._blocks = blocks
        self._held = held
        self._place = 0
        self._order = order
        self._integer = Struct(f"{order}i")
        self._pair = Struct(f"{order}ii")

    def integer(self) -> int:
        """Read one integer."""
        if len(self._held) - self._place < self._integer.size:
            self._fill(self._integer.size)
        value: int = self._integer.unpack_from(self._held, self._place)[0]
        self._place += self._integer.size
        return value

    def text(self, length: int) -> bytes:
        """Read a text of so many bytes."""
        if length < 0:
            raise DamagedFileError("a text of it has a length below zero")
        if len(self._held) - self._place < length:
            self._fill(length)
        self._place += length
        return self._held[self._place - length : self._place]

    def numbers(self, kind: str, count: int, *, keep: bool) -> Numbers | None:
        """Read numbers in the machine's own order, or skip them."""
        size = count * np.dtype(kind).itemsize
        if size > _LONGEST:
            raise DamagedFileError("a vector of it is longer than any file")
        if not keep:
            self._skip(size)
            return None
        return np.frombuffer(self.text(size), f"{self._order}{kind}").astype(kind)

    def strings(self, count: int, most: int | None) -> list[str | None]:
        """Read texts; of more than `most` only the first that differ."""
        found: list[str | None] = []
        seen: dict[bytes, str | None] = {}
        is_long = most is not None and count > most
        for flags, raw in self._raw_strings(count):
            if not is_long:
                found.append(None if raw is None else text_of(raw, flags))
            elif raw is not None and raw not in seen and len(seen) < (most or 0):
                seen[raw] = text_of(raw, flags)
        return [*seen.values()] if is_long else found

    def _raw_strings(self, count: int) -> Iterator[tuple[int, bytes | None]]:
        pair, width = self._pair, self._pair.size
        while count:
            held, place = self._held, self._place
            enough = width
            while count and place + width <= len(held):
                flags, length = pair.unpack_from(held, place)
                if flags & 0xFF != CHARACTERS or length < _NOT_AVAILABLE:
                    raise DamagedFileError("a text of it is none")
                stop = place + width + max(0, length)
                if stop > len(held):
                    enough = width + length
                    break
                yield flags, held[place + width : stop] if length >= 0 else None
                place = stop
                count -= 1
            self._place = place
            if count:
                self._fill(enough)

    def end(self) -> None:
        """Say that all was read."""
        if self._place < len(self._held) or any(self._blocks):
            raise DamagedFileError("something else follows R's object")

    def _fill(self, length: int) -> None:
        pieces = [self._held[self._place :]]
        size = len(pieces[0])
        while size < length:
            block = next(self._blocks, None)
            if block is None:
                raise DamagedFileError("the file ends inside an R object")
            pieces.append(block)
            size += len(block)
        self._held, self._place = b"".join(pieces), 0

    def _skip(self, length: int) -> None:
        left = length - (len(self._held) - self._place)
        while left > 0:
            block = next(self._blocks, None)
            if block is None:
                raise DamagedFileError("the file ends inside an R object")
            self._held, self._place = block, 0
            left -= len(block)
        self._place = len(self._held) + left


class AsciiInput:
    """One number or text a line, read whole: such files are small."""

    def __init__(self, blocks: Iterator[bytes], held: bytes) -> None:
        self._held = held + b"".join(blocks)
        self._place = 0

    def integer(self) -> int:
        """Read one integer."""
        token = self._token()
        try:
            return _INTEGER_NA if token == b"NA" else int(token)
        except ValueError:
            raise DamagedFileError("a number of its ASCII data is none") from None

    def text(self, length: int) -> bytes:
        """Read a text of so many bytes once its escapes are undone."""
        if not length:
            return b""
        token = self._token()
        raw = _ESCAPE.sub(_unescaped, token)
        if len(raw) != length:
            raise DamagedFileError("a text of its ASCII data is cut")
        return raw

    def numbers(self, kind: str, count: int, *, keep: bool) -> Numbers | None:
        """Read numbers one by one."""
        if kind == "u1":
            tokens = [str(int(self._token(), 16)).encode() for _ in range(count)]
        else:
            tokens = [self._token() for _ in range(count * (2 if kind == "c16" else 1))]
        try:
            missing = _INTEGER_NA if kind == "i4" else float("nan")
            values = [missing if token == b"NA" else float(token) for token in tokens]
        except ValueError:
            raise DamagedFileError("a number of its ASCII data is none") from None
        found = np.array(values, "f8")
        return (found.view(kind) if kind == "c16" else found.astype(kind)) if keep else None

    def strings(self, count: int, most: int | None) -> list[str | None]:
        """Read texts one by one."""
        found = [self._string() for _ in range(count)]
        is_long = most is not None and count > most
        return [*dict.fromkeys(found)][:most] if is_long else found

    def _string(self) -> str | None:
        flags, length = self.integer(), self.integer()
        if flags & 0xFF != CHARACTERS:
            raise DamagedFileError("a text of it is none")
        return None if length < 0 else text_of(self.text(length), flags)

    def end(self) -> None:
        """Say that all was read."""
        if self._held[self._place :].strip():
            raise DamagedFileError("something else follows R's object")

    def _token(self) -> bytes:
        found = _TOKEN.match(self._held, self._place)
        if found is None:
            raise DamagedFileError("the file ends inside an R object")
        self._place = found.end()
        return found[1]


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 0xFF]) if said[:1].isdigit() else _ESCAPED.get(said, said)


def starts_like_r(inflated: bytes) -> bool:
    """Tell whether unpacked content begins as R's `saveRDS` or `save` begin it."""
    found = _MAGIC.match(inflated)
    if found is None:
        return False
    after = inflated[found.end() :]
    versions = (b"\0\0\0\2", b"\0\0\0\3", b"\2\0\0\0", b"\3\0\0\0", b"2\n", b"3\n")
    return bool(found["archive"]) or after.startswith(versions)


def opened(stream: BinaryIO) -> tuple[Input, bool, str]:
    """Unpack R's stream; also whether it is an archive of named objects, and its container."""
    unpacked = Unpacked(stream)
    blocks = iter(unpacked)
    held = b""
    while len(held) < 7:  # noqa: PLR2004  # the longest magic
        block = next(blocks, None)
        if block is None:
            break
        held += block
    found = _MAGIC.match(held)
    if found is None:
        raise DamagedFileError("it does not begin as R's objects do")
    held, coding = held[found.end() :], found["coding"]
    source: Input
    if coding == b"A":
        source = AsciiInput(blocks, held)
    else:
        source = BinaryInput(blocks, held, ">" if coding == b"X" else "<")
    return source, bool(found["archive"]), unpacked.container
