"""10x Genomics' matrices in HDF5: Cell Ranger 3 and later (`matrix/`), and 2 (a group a genome).

Xenium, Flex probes and CellBender write the same. Such a file names no person: barcodes, features
and what the run was called.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

import h5py
import numpy as np

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._anndata import text_of
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._assemblies import assembly_facts
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import SIGNATURE, member, opened, read_datasets
from omics_orchestrator.formats._sex_in_cells import NOTHING, in_tenx

_PARTS = ("barcodes", "data", "indices", "indptr", "shape")
_OLD_FEATURES = ("genes", "gene_names")
_PIECE = 4 << 20


def sniff(head: Head) -> bool:
    """HDF5 with a group of barcodes and a sparse matrix; of a damaged file their names."""
    if head.members:
        groups = {name.partition("/")[0] for name in head.members if name.endswith("/barcodes")}
        return any({f"{group}/{part}" for part in _PARTS} <= head.members for group in groups)
    said = all(name.encode() in head.raw for name in (*_PARTS[:4], "feature_type"))
    return head.raw.startswith(SIGNATURE) and said


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Cells, features and their types, for each genome, and what wrote it."""
    with opened(stream) as file:
        groups = _groups(file)
        shapes = {name: _shape(group) for name, group in groups.items()}
        return {
            "layout": "matrix" if "matrix" in groups else "genomes",
            "n_obs": sum(barcodes for _, barcodes in shapes.values()),
            "n_vars": sum(features for features, _ in shapes.values()),
            "entries": sum(int(member(group, "data").size) for group in groups.values()),
            "genomes": [] if "matrix" in groups else sorted(groups),
            **assembly_facts((), _genomes(groups)),
            "feature_types": _feature_types(groups),
            "chemistry": text_of(file.attrs.get("chemistry_description")),
            "software": text_of(file.attrs.get("software_version")),
            "library_ids": [text_of(each) for each in np.ravel(file.attrs.get("library_ids", ()))],
        }


def structure_of(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the lengths of all parts without reading the counts."""
    with opened(stream) as file:
        return _whole(file)


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, and check that each count stands inside the matrix."""
    with opened(stream) as file:
        facts, groups = _whole(file), _groups(file)
        for name, group in groups.items():
            _check_places(name, group)
        sex = in_tenx(*groups.values()) if len(groups) == 1 else NOTHING
        return {**facts, "datasets": read_datasets(file, sex.datasets), **sex.facts}


def _whole(file: Any) -> dict[str, object]:
    groups = _groups(file)
    for name, group in groups.items():
        for fault in _faults(name, group):
            raise DamagedFileError(fault)
    return {"entries": sum(int(member(group, "data").size) for group in groups.values())}


def _groups(file: Any) -> dict[str, Any]:
    found = {name: member(file, name) for name in file}
    groups = {
        name: group
        for name, group in found.items()
        if isinstance(group, h5py.Group) and "barcodes" in group
    }
    for name, group in groups.items():
        if not all(isinstance(member(group, part), h5py.Dataset) for part in _PARTS):
            raise DamagedFileError(f"{name} lacks a part of its sparse matrix")
    if not groups:
        raise DamagedFileError("no group holds barcodes and a matrix")
    return groups


def _shape(group: Any) -> tuple[int, int]:
    features, barcodes = map(int, member(group, "shape")[:])
    return features, barcodes


def _feature_types(groups: Mapping[str, Any]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for group in groups.values():
        stored = member(group, "features/feature_type")
        if isinstance(stored, h5py.Dataset):
            for kind, count in zip(*np.unique(stored[:], return_counts=True), strict=True):
                kinds[str(text_of(kind))] = kinds.get(str(text_of(kind)), 0) + int(count)
    return kinds


def _genomes(groups: Mapping[str, Any]) -> set[str]:
    found = set(groups)
    for group in groups.values():
        stored = member(group, "features/genome")
        if isinstance(stored, h5py.Dataset) and stored.ndim == 1:
            found |= {text_of(each) or "" for each in np.unique(stored[:])}
    return found


def _faults(name: str, group: Any) -> Iterator[str]:
    features, barcodes = _shape(group)
    sizes = {part: int(member(group, part).size) for part in _PARTS}
    if sizes["barcodes"] != barcodes or sizes["indptr"] != barcodes + 1:
        yield f"{name} has not the {barcodes} barcodes that its shape says"
    if not sizes["data"] == sizes["indices"] == int(member(group, "indptr")[-1]):
        yield f"{name} is a sparse matrix whose parts do not fit each other"
    for part, found in _of_features(group):
        if int(found.shape[0]) != features:
            yield f"{name}/{part} has not {features} entries, as the matrix has"


def _of_features(group: Any) -> Iterator[tuple[str, Any]]:
    inside = member(group, "features")
    if isinstance(inside, h5py.Group):
        # `_all_tag_keys` names the columns; `target_sets` holds lists of places.
        names = [name for name in inside if not name.startswith("_")]
        found = [(f"features/{name}", member(inside, name)) for name in names]
    else:
        found = [(name, member(group, name)) for name in _OLD_FEATURES]
    yield from ((name, each) for name, each in found if isinstance(each, h5py.Dataset))


def _check_places(name: str, group: Any) -> None:
    features, _ = _shape(group)
    pointers = member(group, "indptr")[:]
    if pointers[0] != 0 or (np.diff(pointers) < 0).any():
        raise DamagedFileError(f"{name} is a sparse matrix whose parts do not fit each other")
    indices = member(group, "indices")
    for start in range(0, indices.size, _PIECE):
        piece = indices[start : start + _PIECE]
        if piece.min() < 0 or piece.max() >= features:
            raise DamagedFileError(f"{name} has a count outside the matrix")


FORMAT = Format(
    name="tenx_h5",
    suffixes=("_matrix.h5", "_matrices_h5.h5"),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=partial(read_apart, header_of),
    read_through=partial(read_apart, contents_of),
    look_over=partial(read_apart, structure_of),
)
