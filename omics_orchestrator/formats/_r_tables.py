"""What R's objects hold in common: matrices, data frames and their columns."""

from collections.abc import Iterable, Mapping

from omics_orchestrator.formats._personal_columns import any_says_something
from omics_orchestrator.formats._personal_words import names_a_person
from omics_orchestrator.formats._r_object import INTEGER, LIST, LOGICAL, S4, STRINGS, RObject
from omics_orchestrator.formats._r_objects import Reader
from omics_orchestrator.formats._sample_columns import sample_columns, sample_names

_AUTOMATIC = 2  # row names that are only counted: NA, and their number below zero
_ON_DISK = ("dir", "path", "filepath")


def objects_of(reader: Reader) -> Mapping[str, RObject]:
    """Read to the file's end: its one object (named ""), or an archive's by their names."""
    whole = reader.whole()
    return whole.named if reader.header.is_archive else {"": whole}


def dimensions(matrix: RObject) -> list[int]:
    """The rows and columns of a matrix, dense, sparse or on a disk; none when it is no matrix."""
    for name in ("Dim", "dim"):
        if found := matrix.numbers_of(name):
            return found
    inner = matrix.attributes.get("matrix") or matrix.attributes.get("seed")
    return dimensions(inner) if inner else []


def is_on_disk(matrix: RObject) -> bool:
    """Tell whether a matrix is only a path to another file (BPCells, HDF5Array)."""
    if matrix.kind != S4:
        return False
    inner = [matrix.attributes.get(name) for name in ("matrix", "seed")]
    return any(name in matrix.attributes for name in _ON_DISK) or any(
        is_on_disk(each) for each in inner if each
    )


def rows_of(frame: RObject) -> int | None:
    """How many rows a data.frame or DFrame has."""
    names = frame.attributes.get("row.names")
    if names is None:
        return next(iter(frame.numbers_of("nrows")), None)
    if names.kind == INTEGER and names.length == _AUTOMATIC and names.value is not None:
        first, count = map(int, names.value)
        return abs(count) if first < 0 else _AUTOMATIC
    return names.length


def columns_of(frame: RObject) -> Mapping[str, RObject]:
    """The columns of a data.frame or DFrame by their names."""
    if frame.kind == LIST:
        return frame.named
    inner = frame.attributes.get("listData")
    return inner.named if inner else {}


def texts_of(column: RObject) -> list[str]:
    """A factor's levels, or the texts of a column; none for numbers."""
    return column.strings_of("levels") if column.kind == INTEGER else column.texts


def samples_in(columns: Mapping[str, RObject]) -> dict[str, object]:
    """The samples that a table of cells tells; nothing without such a column."""
    for name in sample_columns(columns):
        if found := sample_names(texts_of(columns[name])):
            return {"sample_column": name, "samples": found}
    return {}


def personal_among(columns: Mapping[str, RObject], what: str) -> Iterable[str]:
    """Name the columns that are called like a person's data and hold something."""
    for name, column in columns.items():
        if column.kind == LOGICAL or not names_a_person(name):
            continue
        is_text = column.kind == STRINGS or "levels" in column.attributes
        if any_says_something(texts_of(column)) if is_text else column.length:
            yield f"{what} {name}"
