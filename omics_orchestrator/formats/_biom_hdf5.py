"""BIOM 2.x in HDF5: the same matrix twice, by observation and by sample."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import h5py
import numpy as np

from omics_orchestrator.formats._anndata import text_of
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import member, opened, read_datasets

_AXES = ("observation", "sample")
_MOST_NAMES = 2_000


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Describe a BIOM file in this process."""
    with opened(stream) as file:
        shape = _shape(file)
        samples = member(file, "sample/ids")
        facts: dict[str, object] = {
            "version": ".".join(str(int(part)) for part in _values(file, "format-version")),
            "n_observations": shape[0],
            "n_samples": shape[1],
            "nonzero": next((int(number) for number in _values(file, "nnz")), None),
            "type": _text(file, "type"),
            "generated_by": _text(file, "generated-by"),
            "created": _text(file, "creation-date"),
            "observation_metadata": _names(file, "observation/metadata"),
            "sample_metadata": _names(file, "sample/metadata"),
        }
        if isinstance(samples, h5py.Dataset) and shape[1] <= _MOST_NAMES:
            facts["samples"] = [str(text_of(name)) for name in samples[()]]
        return facts


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read a BIOM file through in this process."""
    with opened(stream) as file:
        shape = _shape(file)
        for fault in _faults(file, shape):
            raise DamagedFileError(fault)
        read = read_datasets(file)
        return {"n_observations": shape[0], "n_samples": shape[1], "datasets": read}


def _shape(file: Any) -> tuple[int, int]:
    found = [int(length) for length in _values(file, "shape")]
    if len(found) != len(_AXES):
        raise DamagedFileError("its shape is absent")
    return found[0], found[1]


def _values(file: Any, name: str) -> list[Any]:
    # R packages write each attribute as a list of one, whole numbers as decimals.
    return list(np.atleast_1d(file.attrs[name])) if name in file.attrs else []


def _text(file: Any, name: str) -> str | None:
    return next((text_of(value) or None for value in _values(file, name)), None)


def _names(file: Any, group: str) -> list[str]:
    found = member(file, group)
    return sorted(found) if isinstance(found, h5py.Group) else []


def _faults(file: Any, shape: tuple[int, int]) -> Iterator[str]:
    for axis, length in zip(_AXES, shape, strict=True):
        identifiers = member(file, f"{axis}/ids")
        if not isinstance(identifiers, h5py.Dataset) or identifiers.shape != (length,):
            yield f"it does not name as many {axis}s as its shape says"
        elif len(set(identifiers[()])) != length:
            yield f"it names a {axis} twice"
        yield from _matrix_faults(file, axis, length)
        yield from _metadata_faults(file, axis, length)
    # R packages are known to write one of the two with indices that lie outside.
    widths = zip(_AXES, reversed(shape), strict=True)
    if all(_points_outside(file, axis, width) for axis, width in widths):
        yield "its matrix points outside its shape"


def _points_outside(file: Any, axis: str, width: int) -> bool:
    indices = member(file, f"{axis}/matrix/indices")
    return bool(indices.size and indices[()].max() >= width)


def _matrix_faults(file: Any, axis: str, length: int) -> Iterator[str]:
    data, indices, pointers = (
        member(file, f"{axis}/matrix/{part}") for part in ("data", "indices", "indptr")
    )
    parts = (data, indices, pointers)
    if not all(isinstance(part, h5py.Dataset) for part in parts):
        yield f"its matrix by {axis} is absent"
    elif pointers.shape != (length + 1,) or not (data.shape == indices.shape == (pointers[-1],)):
        yield f"the parts of its matrix by {axis} do not fit each other"
    elif (np.diff(pointers[()]) < 0).any():
        yield f"its matrix by {axis} is out of order"


def _metadata_faults(file: Any, axis: str, length: int) -> Iterator[str]:
    for name in _names(file, f"{axis}/metadata"):
        found = member(file, f"{axis}/metadata/{name}")
        if isinstance(found, h5py.Dataset) and found.shape[:1] != (length,):
            yield f"its metadata of {axis}s is of another number of them"
