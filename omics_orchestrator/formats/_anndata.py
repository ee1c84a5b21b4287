"""How AnnData lies in HDF5, in its layouts since 0.6, and whether its parts fit each other."""

from collections.abc import Iterator
from typing import Any

import h5py

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import member
from omics_orchestrator.formats._sample_columns import MOST, sample_columns, sample_names

_AXES = {"obs": 0, "var": 1}
# Group: which axes its members' first dimensions must follow.
_ALIGNED = {
    "layers": (0, 1),
    "obsm": (0,),
    "varm": (1,),
    "obsp": (0, 0),
    "varp": (1, 1),
    "obsmap": (0,),  # MuData's: where a modality's rows stand
    "varmap": (1,),
}


def shape_of(file: Any) -> tuple[int, int]:
    """The numbers of observations and variables, by their indices; DamagedFileError without."""
    return _axis_length(file, "obs"), _axis_length(file, "var")


def _axis_length(file: Any, axis: str) -> int:
    frame = member(file, axis)
    if isinstance(frame, h5py.Dataset):  # before anndata 0.7 a frame was one compound dataset
        return int(frame.shape[0])
    index = member(frame, index_of(frame)) if isinstance(frame, h5py.Group) else None
    extent = _extent(index)
    if not extent:
        raise DamagedFileError(f"{axis} or its index is absent")
    return extent[0]


def index_of(frame: Any) -> str:
    """The name of the column that holds a frame's row names."""
    return str(text_of(frame.attrs.get("_index", "_index")))


def columns_of(file: Any, axis: str) -> list[str]:
    """The annotation columns of obs or var, in their order."""
    frame = member(file, axis)
    if isinstance(frame, h5py.Dataset):
        return [name for name in frame.dtype.names if name not in ("index", "_index")]
    order = frame.attrs.get("column-order", sorted(set(frame) - {index_of(frame), "__categories"}))
    return [str(text_of(name)) for name in order]


def samples_of(group: Any) -> dict[str, object]:
    """The samples that obs tells of its cells, from a categorical column; nothing without one."""
    frame = member(group, "obs")
    if not isinstance(frame, h5py.Group):
        return {}
    for name in sample_columns(columns_of(group, "obs")):
        categories = member(frame, f"{name}/categories")
        if isinstance(categories, h5py.Dataset) and categories.dtype.kind in "OS":
            texts = (text_of(value) or "" for value in categories[:MOST])
            return {"sample_column": name, "samples": sample_names(texts)}
    return {}


def names_in(file: Any, group: str) -> list[str]:
    """The members of a group such as layers; none when it is absent."""
    found = member(file, group)
    return sorted(found) if isinstance(found, h5py.Group) else []


def kind_of(matrix: Any) -> str | None:
    """How a matrix is stored: dense, csr_matrix, csc_matrix …; None when it is absent."""
    if isinstance(matrix, h5py.Group):
        stored = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", "group"))
        return str(text_of(stored))
    return None if matrix is None else "dense"


def text_of(value: Any) -> str | None:
    """An attribute's text, which h5py gives as bytes or str."""
    return value.decode() if isinstance(value, bytes) else None if value is None else str(value)


def faults_of(file: Any, shape: tuple[int, int]) -> Iterator[str]:
    """Yield where parts of an AnnData are absent or do not fit `shape`."""
    if member(file, "X") is None and _is_half_written(file):
        yield "X is absent and no layer holds the measurements that obs and var describe"
    yield from misfits_of(file, shape)


def misfits_of(file: Any, shape: tuple[int, int]) -> Iterator[str]:
    """Yield where parts do not fit `shape`, whether there are measurements or not."""
    for axis, dimension in _AXES.items():
        yield from _column_faults(file, axis, shape[dimension])
    yield from _misfit("X", member(file, "X"), shape)
    for group, axes in _ALIGNED.items():
        for name in names_in(file, group):
            expected = tuple(shape[axis] for axis in axes)
            yield from _misfit(f"{group}/{name}", member(file[group], name), expected)


def _is_half_written(file: Any) -> bool:
    # AnnData may be a bare frame without X; with annotated axes its writer has stopped too early.
    return not names_in(file, "layers") and bool(columns_of(file, "obs") or columns_of(file, "var"))


def _column_faults(file: Any, axis: str, length: int) -> Iterator[str]:
    frame = member(file, axis)
    for name in columns_of(file, axis) if isinstance(frame, h5py.Group) else ():
        column = member(frame, name)
        if column is None:
            yield f"{axis} names a column it does not hold"
        yield from _misfit(f"{axis}/{name}", column, (length,))


def _misfit(name: str, found: Any, expected: tuple[int, ...]) -> Iterator[str]:
    shape = _extent(found)
    if shape is not None and shape[: len(expected)] != expected:
        yield f"{name} has {_times(shape)} entries where obs and var have {_times(expected)}"
    if (kind_of(found) or "").startswith(("csr", "csc")) and not _is_whole_sparse(found):
        yield f"{name} is a sparse matrix whose parts do not fit each other"


def _is_whole_sparse(group: Any) -> bool:
    parts = [member(group, part) for part in ("data", "indices", "indptr")]
    if not all(isinstance(part, h5py.Dataset) and part.ndim == 1 for part in parts):
        return False
    data, indices, pointers = parts
    return bool(pointers.size and data.shape == indices.shape == (pointers[-1],))


def _extent(found: Any) -> tuple[int, ...] | None:
    """The dimensions of what is stored, be it dense, sparse, a frame or a categorical column."""
    if isinstance(found, h5py.Dataset):
        return tuple(map(int, found.shape)) if found.shape else None
    if not isinstance(found, h5py.Group):
        return None
    stored = found.attrs.get("shape", found.attrs.get("h5sparse_shape"))
    if stored is not None:
        return tuple(map(int, stored))
    inner = next((name for name in ("codes", "values", index_of(found)) if name in found), None)
    return _extent(member(found, inner)) if inner else None


def _times(shape: tuple[int, ...]) -> str:
    return " by ".join(map(str, shape))
