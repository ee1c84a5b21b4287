"""One object of R as it is read: its type, its value and its attributes."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._r_input import Numbers

SYMBOL, PAIRS, CLOSURE, ENVIRONMENT, PROMISE, CALL, SPECIAL, BUILTIN = 1, 2, 3, 4, 5, 6, 7, 8
TEXT, LOGICAL, INTEGER, REAL, COMPLEX, STRINGS, DOTS = 9, 10, 13, 14, 15, 16, 17
LIST, EXPRESSION, BYTE_CODE, POINTER, WEAK, RAW, S4 = 19, 20, 21, 22, 23, 24, 25
NULL = 254
_OF_NUMBERS = (INTEGER, REAL)
_LONGEST_COUNT = 1 << 28
KEPT_NUMBERS, KEPT_STRINGS = 64, 1000


@dataclass(slots=True)
class RObject:
    """One object of R.

    Attributes:
        kind: its type's number, as of this module's constants.
        value: numbers as an array (None when skipped), texts or objects as a list, the pairs of a
            chain or an environment as (tag, object), a symbol's or a function's name.
        length: of a vector.
        attributes: by name; a slot of an S4 object is one.
    """

    kind: int
    value: Any = None
    length: int = 0
    attributes: dict[str, "RObject"] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """What R's class() says, as far as it stands in the object."""
        return self.strings_of("class")

    def strings_of(self, name: str) -> list[str]:
        """The texts of an attribute; none when it is absent or no text."""
        found = self.attributes.get(name)
        return found.texts if found else []

    @property
    def texts(self) -> list[str]:
        """Its texts without those not available."""
        return [each for each in self.value if each is not None] if self.kind == STRINGS else []

    @property
    def named(self) -> dict[str, "RObject"]:
        """The members of a list by their names, or of an environment or a chain by their tags."""
        if self.kind == LIST:
            names = self.attributes.get("names")
            texts = names.value if names and names.kind == STRINGS else ()
            return {name: each for name, each in zip(texts, self.value, strict=False) if name}
        if self.kind in (PAIRS, ENVIRONMENT) and self.value:
            return {tag: each for tag, each in self.value if tag}
        return {}

    def numbers_of(self, name: str) -> list[int]:
        """A short attribute of numbers such as `dim`."""
        found = self.attributes.get(name)
        kept = found is not None and found.kind in (INTEGER, REAL) and found.value is not None
        return [int(each) for each in found.value if isfinite(each)] if found and kept else []


def is_sparse_and_whole(slots: dict[str, RObject]) -> bool:
    """Tell whether the parts of a sparse matrix fit each other; any other object is whole."""
    shape = RObject(S4, attributes=slots).numbers_of("Dim")
    if not {"i", "p", "x"} <= set(slots) or len(shape) != 2:  # noqa: PLR2004  # rows, columns
        return True  # it is no matrix compressed by columns
    return slots["p"].length == shape[1] + 1 and slots["i"].length == slots["x"].length


def unfolded(name: str, state: RObject, *, keep: bool) -> RObject:
    """Give the vector that one of R's short forms stands for; DamagedFileError for an unknown one.

    Args:
        name: the form's name.
        state: what it was written with.
        keep: hold the values of a long one too.
    """
    if name.startswith("compact_") and state.kind in _OF_NUMBERS and state.length == 3:  # noqa: PLR2004  # length, first, step
        return _counted(*map(float, state.value), is_integer=name == "compact_intseq", keep=keep)
    inner = state.value[0] if state.kind == LIST and state.value else None
    if state.kind == PAIRS and state.value:
        inner = state.value[0][1]
    if inner is None:
        raise DamagedFileError("a short form of a vector is of no known kind")
    if name == "deferred_string":
        is_held = inner.kind in _OF_NUMBERS and inner.value is not None
        texts = [_said(float(each)) for each in inner.value] if is_held else []
        return RObject(STRINGS, texts, inner.length)
    return RObject(inner.kind, inner.value, inner.length, inner.attributes)


def _counted(count: float, first: float, step: float, *, is_integer: bool, keep: bool) -> RObject:
    if not 0 <= count <= _LONGEST_COUNT:
        raise DamagedFileError("a short form of a vector is longer than any file")
    values: Numbers | None = None
    if keep or count <= KEPT_NUMBERS:
        values = first + step * np.arange(int(count))
        values = values.astype("i4") if is_integer else values
    return RObject(INTEGER if is_integer else REAL, values, int(count))


def _said(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
