"""MuData in HDF5: several modalities of the same cells, each an AnnData of its own.

The file begins with a block of text of 512 bytes, before HDF5's signature. A modality may itself
hold modalities.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

import h5py

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._anndata import (
    columns_of,
    faults_of,
    kind_of,
    misfits_of,
    names_in,
    samples_of,
    shape_of,
    text_of,
)
from omics_orchestrator.formats._apart import places_apart, read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import is_hdf5, member, opened, read_datasets
from omics_orchestrator.formats._personal_columns import of_anndata

_AXES = {0: "cells", 1: "features", -1: "both"}


def sniff(head: Head) -> bool:
    """HDF5 with modalities; of a damaged file its first words or its root's own."""
    if head.members:
        return {"obs", "var", "mod"} <= head.members
    return head.raw.startswith(b"MuData") or (is_hdf5(head.raw) and b"MuData" in head.raw)


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """The whole's shape and columns, and each modality's shape, layers and embeddings."""
    with opened(stream) as file:
        n_obs, n_vars = shape_of(file)
        return {
            "n_obs": n_obs,
            "n_vars": n_vars,
            "shared_axis": _AXES.get(int(file.attrs.get("axis", 0)), "unknown"),
            "obs_columns": columns_of(file, "obs"),
            "obsm": sorted(set(names_in(file, "obsm")) - set(_modalities(file))),
            "modalities": {name: _modality(group) for name, group in _modalities(file).items()},
            "encoder_version": text_of(file.attrs.get("encoder-version")),
            **samples_of(file),
        }


def _modality(group: Any) -> dict[str, object]:
    n_obs, n_vars = shape_of(group)
    return {
        "n_obs": n_obs,
        "n_vars": n_vars,
        "obs_columns": columns_of(group, "obs"),
        "layers": names_in(group, "layers"),
        "obsm": names_in(group, "obsm"),
        "x": kind_of(member(group, "X")),
        "has_raw": "raw" in group,
    }


def structure_of(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the dimensions of all parts of all modalities without reading them."""
    with opened(stream) as file:
        return _whole(file)


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, after the dimensions were found to agree."""
    with opened(stream) as file:
        return {**_whole(file), "datasets": read_datasets(file)}


def places_of(stream: BinaryIO) -> Mapping[str, object]:
    """Name columns of any obs and keys of any uns that may say who a person is."""
    with opened(stream) as file:
        places = of_anndata(file)
        for name, group in _modalities(file).items():
            # A modality's columns are often the whole's, with its name before them.
            places += of_anndata(group, f"mod/{name}: ")
        return {"places": places}


def _whole(file: Any) -> dict[str, object]:
    for fault in _faults(file):
        raise DamagedFileError(fault)
    n_obs, n_vars = shape_of(file)
    return {"n_obs": n_obs, "n_vars": n_vars}


def _faults(file: Any) -> Iterator[str]:
    yield from misfits_of(file, shape_of(file))
    found = _modalities(file)
    order = member(file, "mod").attrs.get("mod-order", ())
    if not {str(text_of(name)) for name in order} <= set(found):
        yield "it names a modality that it does not hold"
    for name, group in found.items():
        faults = _faults(group) if "mod" in group else faults_of(group, shape_of(group))
        yield from (f"mod/{name}: {fault}" for fault in faults)


def _modalities(file: Any) -> dict[str, Any]:
    group = member(file, "mod")
    if not isinstance(group, h5py.Group):
        raise DamagedFileError("its modalities are absent")
    found = {name: member(group, name) for name in group}
    return {name: each for name, each in found.items() if isinstance(each, h5py.Group)}


FORMAT = Format(
    name="h5mu",
    suffixes=(".h5mu",),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=partial(read_apart, header_of),
    read_through=partial(read_apart, contents_of),
    look_over=partial(read_apart, structure_of),
    personal_fields=partial(places_apart, places_of),
)
