"""Values of Python as objects of R, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from omics_orchestrator.formats._r_object import (
    INTEGER,
    LIST,
    LOGICAL,
    REAL,
    S4,
    STRINGS,
    SYMBOL,
    RObject,
)

NOT_AVAILABLE = -(2**31)  # R's missing integer and truth value
_MATRICES = 2
NULL_SLOT = RObject(SYMBOL, "\x01NULL\x01")


def strings(values: Sequence[str | None]) -> RObject:
    """A character vector."""
    return RObject(STRINGS, list(values), len(values))


def integers(values: Any) -> RObject:
    """An integer vector."""
    found = np.asarray(values, "i4")
    return RObject(INTEGER, found.ravel(), found.size)


def reals(values: Any) -> RObject:
    """A numeric vector."""
    found = np.asarray(values, "f8")
    return RObject(REAL, found.ravel(order="F"), found.size)


def logicals(values: Any) -> RObject:
    """A vector of truth values; NOT_AVAILABLE is NA."""
    found = np.asarray(values, "i4")
    return RObject(LOGICAL, found.ravel(order="F"), found.size)


def members(named: Mapping[str, RObject]) -> RObject:
    """A list with names."""
    return RObject(LIST, [*named.values()], len(named), {"names": strings([*named])})


def unnamed(values: Sequence[RObject]) -> RObject:
    """A list without names."""
    return RObject(LIST, list(values), len(values))


def instance(class_name: str, package: str, slots: Mapping[str, RObject]) -> RObject:
    """An object of an S4 class."""
    said = strings([class_name])
    said.attributes = {"package": strings([package])}
    return RObject(S4, None, 0, {**slots, "class": said})


def sparse_slots(matrix: Any, rows: Sequence[str], columns: Sequence[str]) -> dict[str, RObject]:
    """The slots of a dgCMatrix of features by cells, from a matrix of cells by features."""
    found = sp.csc_matrix(matrix.T)
    found.sort_indices()
    return {
        "i": integers(found.indices),
        "p": integers(found.indptr),
        "Dim": integers(found.shape),
        "Dimnames": unnamed([strings(rows), strings(columns)]),
        "x": reals(found.data),
        "factors": RObject(LIST, []),
    }


def dense(matrix: Any, rows: Sequence[str], columns: Sequence[str]) -> RObject:
    """A dense matrix with names of rows and columns."""
    found = np.asarray(matrix, "f8")
    names = unnamed([strings(each) if len(each) else RObject(254) for each in (rows, columns)])
    shape = {"dim": integers(found.shape), "dimnames": names}
    return RObject(REAL, found.ravel(order="F"), found.size, shape)


def no_matrix() -> RObject:
    """A matrix of nothing, which stands in slots that are not used."""
    return RObject(LOGICAL, np.empty(0, "i4"), 0, {"dim": integers([0, 0])})


def data_frame(frame: pd.DataFrame) -> RObject:
    """A data.frame with row names."""
    found = members({str(name): column(frame[name]) for name in frame.columns})
    rows = strings([str(name) for name in frame.index])
    found.attributes |= {"row.names": rows, "class": strings(["data.frame"])}
    return found


def column(values: pd.Series) -> RObject:
    """A column of a table: factor, character, logical, integer or numeric; TypeError for others."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return factor(values.array)
    missing = values.isna().to_numpy()
    if pd.api.types.is_bool_dtype(kind):
        return logicals(np.where(missing, NOT_AVAILABLE, values.fillna(value=False).astype("i4")))
    if pd.api.types.is_integer_dtype(kind):
        filled = values.fillna(0).to_numpy("i8")
        if np.abs(filled).max(initial=0) < -NOT_AVAILABLE:
            return integers(np.where(missing, NOT_AVAILABLE, filled))
        return reals(values.astype("f8").to_numpy())
    if pd.api.types.is_float_dtype(kind):
        return reals(values.to_numpy("f8", na_value=np.nan))
    texts = [None if gone else each for each, gone in zip(values, missing, strict=True)]
    if not all(isinstance(each, str | None) for each in texts):
        raise TypeError
    return strings(texts)


def factor(values: Any) -> RObject:
    """A factor of a categorical column."""
    codes = np.asarray(values.codes, "i4") + 1
    found = integers(np.where(codes == 0, NOT_AVAILABLE, codes))
    ordered = ["ordered"] if values.ordered else []
    levels = strings([str(each) for each in values.categories])
    found.attributes = {"levels": levels, "class": strings([*ordered, "factor"])}
    return found


def of_annotation(value: Any) -> RObject:
    """A member of uns as R has it; TypeError where R has no such thing."""
    if isinstance(value, np.ndarray) and value.dtype.names:
        value = pd.DataFrame.from_records(value)
    if isinstance(value, Mapping):
        return members({str(name): of_annotation(each) for name, each in value.items()})
    if isinstance(value, pd.DataFrame):
        return data_frame(value)
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return column(pd.Series(value))
    return _of_array(np.asarray(value))


def _of_array(found: Any) -> RObject:
    if found.dtype.kind in "OUS" and found.ndim < _MATRICES:
        texts = [each.decode() if isinstance(each, bytes) else each for each in found.ravel()]
        if all(isinstance(each, str) for each in texts):
            return strings(texts)
    if found.dtype.kind in "biuf" and found.ndim == _MATRICES:
        return dense(found, (), ())
    if found.dtype.kind in "biuf" and found.ndim < _MATRICES:
        return column(pd.Series(found.ravel()))
    raise TypeError


def annotation_of(found: RObject) -> Any:
    """A member of R's misc as uns has it; TypeError where Python has no such thing."""
    if "row.names" in found.attributes:
        return frame_of(found)
    if found.kind == LIST and (found.named or not found.length):
        return {name: annotation_of(each) for name, each in found.named.items()}
    shape = found.numbers_of("dim")
    if shape and found.value is not None:
        return np.asarray(found.value).reshape(shape, order="F")
    if found.kind not in (STRINGS, LOGICAL, INTEGER, REAL):
        raise TypeError
    values = values_of(found)
    return values.iloc[0] if len(values) == 1 else values.to_numpy()


def frame_of(found: RObject) -> pd.DataFrame:
    """A data.frame's columns, without those that are no vectors."""
    rows = found.attributes["row.names"]
    texts = rows.value if rows.kind == STRINGS else None
    vectors = (STRINGS, LOGICAL, INTEGER, REAL)
    columns = {name: values_of(each) for name, each in found.named.items() if each.kind in vectors}
    frame = pd.DataFrame(columns)
    if texts is not None and len(texts) == len(frame.index):
        frame.index = pd.Index(texts)
    elif texts is not None and not columns:
        frame = pd.DataFrame(index=pd.Index(texts))
    return frame


def values_of(found: RObject) -> pd.Series:
    """A vector as a column, with what is missing marked."""
    values = found.value
    if found.kind == STRINGS:
        # What is missing among texts, h5ad holds in categories only.
        return pd.Series(values, dtype="category" if None in values else object)
    if found.kind == INTEGER and "levels" in found.attributes:
        codes = np.where(values == NOT_AVAILABLE, 0, values) - 1
        is_ordered = "ordered" in found.classes
        levels = found.attributes["levels"].value
        return pd.Series(pd.Categorical.from_codes(codes, levels, ordered=is_ordered))
    if found.kind == REAL:
        return pd.Series(values)
    gone = values == NOT_AVAILABLE
    if found.kind == LOGICAL:
        truth = pd.Series(values == 1)
        return truth.astype("boolean").mask(gone) if gone.any() else truth
    numbers = pd.Series(values)
    return numbers.astype("Int32").mask(gone) if gone.any() else numbers
