"""R's serialisation stream, versions 2 and 3, read as a tree: everything that R itself can write.

Closures, language, byte code and environments are followed (Seurat's commands hold them); long
vectors of numbers are skipped unless they are asked for.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._r_input import Input, opened, text_of
from omics_orchestrator.formats._r_object import (
    BUILTIN,
    BYTE_CODE,
    CALL,
    CLOSURE,
    COMPLEX,
    DOTS,
    ENVIRONMENT,
    EXPRESSION,
    INTEGER,
    KEPT_NUMBERS,
    KEPT_STRINGS,
    LIST,
    LOGICAL,
    NULL,
    PAIRS,
    POINTER,
    PROMISE,
    RAW,
    REAL,
    S4,
    SPECIAL,
    STRINGS,
    SYMBOL,
    TEXT,
    WEAK,
    RObject,
    is_sparse_and_whole,
    unfolded,
)

_ALTREP, _ATTRIBUTED_LIST, _ATTRIBUTED_CALL, _REFERENCE = 238, 239, 240, 255
_BYTE_REFERENCE, _BYTE_DEFINITION = 243, 244
_PERSISTENT, _PACKAGE, _NAMESPACE = 247, 248, 249
_FIXED = {NULL, 241, 242, 250, 251, 252, 253, 0}  # null, environments, missing, unbound
_NUMBERS = {LOGICAL: "i4", INTEGER: "i4", REAL: "f8", COMPLEX: "c16", RAW: "u1"}
_CHAINED = {PAIRS, CLOSURE, PROMISE, CALL, DOTS}
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400
_DEEPEST = 30_000
_LATEST_VERSION = 3


@dataclass(frozen=True)
class Header:
    """How a file was written.

    Attributes:
        container: what it is packed with.
        is_archive: `save` wrote it (several named objects), not `saveRDS`.
        version: of the serialisation, 2 or 3.
        writer: R's version.
    """

    container: str
    is_archive: bool
    version: int
    writer: str

    def facts(self) -> dict[str, object]:
        """Say it in plain words."""
        return {
            "container": self.container,
            "saved_as": "rda" if self.is_archive else "rds",
            "serialisation": self.version,
            "r_version": self.writer,
        }


class Reader:
    """Reads the items of a stream one after another.

    Args:
        stream: the file.
        keep: hold all numbers and texts; otherwise the short ones only.
    """

    def __init__(self, stream: BinaryIO, *, keep: bool = False) -> None:
        self._input, is_archive, container = opened(stream)
        self._keep = keep
        self._references: list[RObject] = []
        self._byte_definitions: int = 0
        version, writer = self._input.integer(), self._input.integer()
        self._input.integer()  # the oldest R that can read it
        if not 2 <= version <= _LATEST_VERSION:  # noqa: PLR2004  # 2 is what R wrote until 3.5
            raise DamagedFileError("its version of R's serialisation is unknown")
        if version == _LATEST_VERSION:
            self._input.text(self._input.integer())  # the encoding of its writer
        said = f"{writer >> 16}.{writer >> 8 & 0xFF}.{writer & 0xFF}"
        self.header = Header(container, is_archive, version, said)

    @property
    def source(self) -> Input:
        """Where the items come from."""
        return self._input

    def whole(self) -> RObject:
        """Read the one object of the file to the file's end."""
        with _deep_calls():
            try:
                found = self.item()
            except RecursionError:
                raise DamagedFileError("its R object is nested too deeply") from None
        self._input.end()
        return found

    def item(self) -> RObject:
        """Read the next object."""
        return self._item(self._input.integer())

    def _item(self, flags: int) -> RObject:
        kind = flags & 0xFF
        if kind in _NUMBERS or kind in (STRINGS, LIST, EXPRESSION):
            return self._attributed(self._vector(kind), flags)
        if kind in _CHAINED:
            return self._chain(flags)
        if kind in _FIXED:
            return RObject(kind)
        read = self._OTHERS.get(kind)
        if read is None:
            raise DamagedFileError("an R object of it is of no known type")
        found: RObject = read(self, flags)
        return found

    def _vector(self, kind: int) -> RObject:
        length = self._length()
        if kind == STRINGS:
            most = None if self._keep else KEPT_STRINGS
            return RObject(kind, self._input.strings(length, most), length)
        if kind in _NUMBERS:
            keep = self._keep or length <= KEPT_NUMBERS
            return RObject(kind, self._input.numbers(_NUMBERS[kind], length, keep=keep), length)
        return RObject(kind, [self.item() for _ in range(length)], length)

    def _length(self) -> int:
        length = self._input.integer()
        if length == -1:
            length = (self._input.integer() << 32) + (self._input.integer() & 0xFFFFFFFF)
        if length < 0:
            raise DamagedFileError("a vector of it has a length below zero")
        return length

    def _attributed(self, found: RObject, flags: int) -> RObject:
        if flags & _HAS_ATTRIBUTES:
            found.attributes = self.item().named
        return found

    def _chain(self, flags: int) -> RObject:
        # A list of pairs is as long as a program; only its members nest.
        first = RObject(flags & 0xFF)
        pairs: list[tuple[str | None, RObject]] = []
        while flags & 0xFF in _CHAINED:
            attributes = self.item().named if flags & _HAS_ATTRIBUTES else {}
            if not pairs:
                first.attributes = attributes
            tag = self.item() if flags & _HAS_TAG else None
            name = tag.value if tag and tag.kind == SYMBOL else None
            pairs.append((name, self.item()))
            flags = self._input.integer()
        if flags & 0xFF not in (NULL, 0):
            pairs.append((None, self._item(flags)))
        first.value, first.length = pairs, len(pairs)
        return first

    def _symbol(self, _: int) -> RObject:
        name = self.item()
        if name.kind != TEXT:
            raise DamagedFileError("a name in it is none")
        return self._referred(RObject(SYMBOL, name.value))

    def _text(self, flags: int) -> RObject:
        length = self._input.integer()
        value = None if length < 0 else text_of(self._input.text(length), flags)
        return self._attributed(RObject(TEXT, value), flags)

    def _environment(self, _: int) -> RObject:
        self._input.integer()  # whether it is locked
        found = self._referred(RObject(ENVIRONMENT))
        self.item()  # what encloses it
        pairs = list(self.item().named.items())
        table = self.item()
        for bucket in table.value if table.kind == LIST else ():
            pairs += bucket.named.items()
        found.value, found.length = pairs, len(pairs)
        found.attributes = self.item().named
        return found

    def _namespace(self, flags: int) -> RObject:
        if self._input.integer() != 0:
            raise DamagedFileError("a reference to a package is broken")
        parts = [self.item().value for _ in range(self._input.integer())]
        return self._referred(RObject(flags & 0xFF, parts))

    def _reference(self, flags: int) -> RObject:
        number = flags >> 8 or self._input.integer()
        if not 1 <= number <= len(self._references):
            raise DamagedFileError("it refers to an R object that it does not hold")
        return self._references[number - 1]

    def _referred(self, found: RObject) -> RObject:
        self._references.append(found)
        return found

    def _builtin(self, flags: int) -> RObject:
        return RObject(flags & 0xFF, self._input.text(max(0, self._input.integer())))

    def _pointer(self, flags: int) -> RObject:
        found = self._referred(RObject(POINTER))
        self.item()
        self.item()
        return self._attributed(found, flags)

    def _weak(self, flags: int) -> RObject:
        return self._attributed(self._referred(RObject(WEAK)), flags)

    def _s4(self, flags: int) -> RObject:
        found = self._attributed(RObject(S4), flags)
        if not is_sparse_and_whole(found.attributes):
            raise DamagedFileError("a sparse matrix of it has parts that do not fit each other")
        return found

    def _byte_code(self, flags: int) -> RObject:
        self._input.integer()  # how many parts are repeated
        self._byte_part()
        return self._attributed(RObject(BYTE_CODE), flags)

    def _byte_part(self) -> None:
        self.item()
        for _ in range(self._input.integer()):
            kind = self._input.integer()
            if kind == BYTE_CODE:
                self._byte_part()
            else:
                self._byte_call(kind)

    def _byte_call(self, kind: int) -> None:
        if kind == _BYTE_REFERENCE:
            self._input.integer()
            return
        if kind == _BYTE_DEFINITION:
            self._input.integer()
            kind = self._input.integer()
        if kind not in (CALL, PAIRS, _ATTRIBUTED_CALL, _ATTRIBUTED_LIST):
            self.item()
            return
        if kind in (_ATTRIBUTED_CALL, _ATTRIBUTED_LIST):
            self.item()
        self.item()  # the tag
        self._byte_call(self._input.integer())
        self._byte_call(self._input.integer())

    def _altrep(self, _: int) -> RObject:
        info, state, attributes = self.item(), self.item(), self.item()
        name = info.value[0][1].value if info.kind == PAIRS and info.value else None
        found = unfolded(str(name), state, keep=self._keep)
        return RObject(found.kind, found.value, found.length, attributes.named or found.attributes)

    _OTHERS = {  # noqa: RUF012  # it is constant, and its values are methods
        SYMBOL: _symbol,
        TEXT: _text,
        ENVIRONMENT: _environment,
        _NAMESPACE: _namespace,
        _PACKAGE: _namespace,
        _PERSISTENT: _namespace,
        _REFERENCE: _reference,
        SPECIAL: _builtin,
        BUILTIN: _builtin,
        POINTER: _pointer,
        WEAK: _weak,
        S4: _s4,
        BYTE_CODE: _byte_code,
        _ALTREP: _altrep,
    }


@contextmanager
def _deep_calls() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
