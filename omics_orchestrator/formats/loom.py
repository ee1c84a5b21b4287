"""Loom: a matrix of features by cells in HDF5, with attributes of rows and columns."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

import h5py

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._anndata import text_of
from omics_orchestrator.formats._apart import places_apart, read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import SIGNATURE, member, opened, read_datasets
from omics_orchestrator.formats._personal_columns import personal_columns

_ATTRIBUTES = ("row_attrs", "col_attrs")
_GRAPHS = ("row_graphs", "col_graphs")
_VERSION = "LOOM_SPEC_VERSION"


def sniff(head: Head) -> bool:
    """HDF5 with a matrix and attributes of its rows and columns; of a damaged file their names."""
    if head.members:
        return {"matrix", *_ATTRIBUTES} <= head.members
    said = all(name.encode() in head.raw for name in _ATTRIBUTES)
    return head.raw.startswith(SIGNATURE) and said


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Cells, features, layers and the names of the attributes."""
    with opened(stream) as file:
        n_vars, n_obs = _shape(file)
        return {
            "n_obs": n_obs,
            "n_vars": n_vars,
            "layers": sorted(_datasets(file, "layers")),
            "obs_columns": sorted(_datasets(file, "col_attrs")),
            "var_columns": sorted(_datasets(file, "row_attrs")),
            "graphs": sorted(f"{name}/{each}" for name in _GRAPHS for each in _members(file, name)),
            "version": _version(file),
        }


def structure_of(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the dimensions of all parts without reading them."""
    with opened(stream) as file:
        return _whole(file)


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, after the dimensions were found to agree."""
    with opened(stream) as file:
        return {**_whole(file), "datasets": read_datasets(file)}


def places_of(stream: BinaryIO) -> Mapping[str, object]:
    """Name attributes of cells, or of the file, that may say who a person is."""
    with opened(stream) as file:
        of_cells = personal_columns(_datasets(file, "col_attrs"), "column attribute")
        return {"places": [*of_cells, *personal_columns(_datasets(file, "attrs"), "attribute")]}


def _whole(file: Any) -> dict[str, object]:
    for fault in _faults(file):
        raise DamagedFileError(fault)
    n_vars, n_obs = _shape(file)
    return {"n_obs": n_obs, "n_vars": n_vars}


def _faults(file: Any) -> Iterator[str]:
    shape = _shape(file)
    for name, layer in _datasets(file, "layers").items():
        if layer.shape != shape:
            yield f"layers/{name} has not the matrix's dimensions"
    for name, length in zip(_ATTRIBUTES, shape, strict=True):
        for each, found in _datasets(file, name).items():
            if found.shape[:1] != (length,):
                yield f"{name}/{each} has not {length} entries, as the matrix has"
    graphs = {f"{name}/{each}": g for name in _GRAPHS for each, g in _members(file, name).items()}
    for name in (name for name, graph in graphs.items() if not _is_graph(graph)):
        yield f"{name} is a graph whose parts do not fit each other"


def _is_graph(graph: Any) -> bool:
    lengths = {getattr(member(graph, part), "shape", None) for part in ("a", "b", "w")}
    return len(lengths) == 1 and None not in lengths


def _shape(file: Any) -> tuple[int, int]:
    matrix = member(file, "matrix")
    if not isinstance(matrix, h5py.Dataset) or matrix.ndim != 2:  # noqa: PLR2004  # rows, columns
        raise DamagedFileError("its matrix is absent")
    rows, columns = map(int, matrix.shape)
    return rows, columns


def _version(file: Any) -> str | None:
    stored = member(file, f"attrs/{_VERSION}")  # 3.0 made datasets of the file's attributes
    inside = stored[()] if isinstance(stored, h5py.Dataset) else file.attrs.get(_VERSION)
    return text_of(inside)


def _datasets(file: Any, group: str) -> dict[str, Any]:
    found = _members(file, group)
    return {name: each for name, each in found.items() if isinstance(each, h5py.Dataset)}


def _members(file: Any, name: str) -> dict[str, Any]:
    group = member(file, name)
    return {each: member(group, each) for each in group} if isinstance(group, h5py.Group) else {}


FORMAT = Format(
    name="loom",
    suffixes=(".loom",),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=partial(read_apart, header_of),
    read_through=partial(read_apart, contents_of),
    look_over=partial(read_apart, structure_of),
    personal_fields=partial(places_apart, places_of),
)
