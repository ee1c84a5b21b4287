"""Cell Ranger's molecule_info.h5: one row a molecule, from which matrices are made and pooled."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, BinaryIO

import h5py

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import member, opened, read_datasets

# Of each molecule: in Cell Ranger 2, and since 3.
_OLD = ("barcode", "gem_group", "gene", "reads", "umi")
_NEW = ("barcode_idx", "gem_group", "feature_idx", "count", "umi")


def sniff(head: Head) -> bool:
    """HDF5 with the columns of molecules at its root."""
    return set(_NEW) <= head.members or set(_OLD) <= head.members


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Molecules, barcodes, features, and the software's version."""
    with opened(stream) as file:
        return {
            "molecules": _molecules(file),
            "barcodes": _size(file, "barcodes"),
            "features": _size(file, "features/id") or _size(file, "gene_ids"),
            "software": _software(file),
        }


def structure_of(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the columns' lengths without reading them."""
    with opened(stream) as file:
        return {"molecules": _molecules(file)}


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, after the columns were found to be of one length."""
    with opened(stream) as file:
        return {"molecules": _molecules(file), "datasets": read_datasets(file)}


def _molecules(file: Any) -> int:
    names = _NEW if "barcode_idx" in file else _OLD
    lengths = {_size(file, name) for name in names}
    if len(lengths) != 1 or None in lengths:
        raise DamagedFileError("its columns of molecules are not of one length")
    return int(lengths.pop() or 0)


def _size(file: Any, name: str) -> int | None:
    found = member(file, name)
    return int(found.size) if isinstance(found, h5py.Dataset) else None


def _software(file: Any) -> str | None:
    stored = member(file, "metrics_json")
    if not isinstance(stored, h5py.Dataset):
        return None
    metrics = json.loads(stored[()])  # what is no JSON is a ValueError: damage
    return metrics.get("cellranger_version") if isinstance(metrics, dict) else None


FORMAT = Format(
    name="tenx_molecules",
    suffixes=("molecule_info.h5",),
    modality="single_cell",
    stage="raw",
    sniff=sniff,
    describe=partial(read_apart, header_of),
    read_through=partial(read_apart, contents_of),
    look_over=partial(read_apart, structure_of),
)
