"""R's serialisation stream written: XDR, version 2, which every R since 2.3 reads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from typing import BinaryIO, cast

import numpy as np
from isal import igzip

from omics_orchestrator.errors import PermanentError
from omics_orchestrator.formats._r_object import (
    INTEGER,
    LIST,
    LOGICAL,
    NULL,
    PAIRS,
    REAL,
    S4,
    STRINGS,
    SYMBOL,
    RObject,
)

_START = b"X\n" + pack(">iii", 2, 0x00040202, 0x00020300)  # written by 4.2.2, for 2.3 and later
_END_OF_PAIRS = pack(">i", NULL)
_OBJECT, _ATTRIBUTES, _TAG, _S4_BIT = 0x100, 0x200, 0x400, 0x10000
_TEXT, _ASCII, _UTF8 = 9, 0x40000, 0x8000
_REFERENCE = 255
_LONGEST = (1 << 31) - 1
_NUMBERS = {LOGICAL: ">i4", INTEGER: ">i4", REAL: ">f8"}
_FAST = 2  # of igzip's levels: a little larger than gzip's own, several times faster


def write_rds(found: RObject, path: Path) -> None:
    """Write one object as `saveRDS` does, packed with gzip."""
    packed = cast("Callable[..., BinaryIO]", igzip.open)  # isal does not type it
    with packed(path, "wb", compresslevel=_FAST) as file:
        file.write(_START)
        for piece in _Stream().item(found):
            file.write(piece)


class _Stream:
    """The pieces of a stream; a name stands in it once, and is referred to from then on."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}

    def item(self, found: RObject) -> Iterator[bytes]:
        if found.kind == SYMBOL:
            yield self._symbol(found.value)
            return
        if found.kind == NULL:
            yield _END_OF_PAIRS
            return
        flags = found.kind | (_ATTRIBUTES if found.attributes else 0)
        flags |= _OBJECT if "class" in found.attributes else 0
        yield pack(">i", flags | (_S4_BIT if found.kind == S4 else 0))
        yield from self._value(found)
        if found.attributes:
            yield from self._pairs(found.attributes)

    def _value(self, found: RObject) -> Iterator[bytes]:
        if found.kind == S4:
            return
        if found.length > _LONGEST:
            raise PermanentError(
                "a matrix has more than 2^31 entries, which R's sparse matrices cannot hold",
                mend="split the cells into several files.",
            )
        yield pack(">i", found.length)
        if found.kind == STRINGS:
            yield b"".join(map(_text, found.value))
        elif found.kind == LIST:
            for each in found.value:
                yield from self.item(each)
        else:
            yield np.asarray(found.value).astype(_NUMBERS[found.kind]).tobytes()

    def _pairs(self, attributes: dict[str, RObject]) -> Iterator[bytes]:
        for name, each in attributes.items():
            yield pack(">i", PAIRS | _TAG)
            yield self._symbol(name)
            yield from self.item(each)
        yield _END_OF_PAIRS

    def _symbol(self, name: str) -> bytes:
        if name in self._names:
            return pack(">i", self._names[name] << 8 | _REFERENCE)
        self._names[name] = len(self._names) + 1
        return pack(">i", SYMBOL) + _text(name)


def _text(value: str | None) -> bytes:
    if value is None:
        return pack(">ii", _TEXT, -1)
    raw = value.encode()
    return pack(">ii", _TEXT | (_ASCII if raw.isascii() else _UTF8), len(raw)) + raw
