"""AnnData in HDF5: cells by features with their annotation.

Read by its structure (h5py), because anndata's own backed mode loads all of obs and overlooks
dimensions that disagree.
"""

from collections.abc import Mapping
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._anndata import (
    columns_of,
    faults_of,
    kind_of,
    names_in,
    shape_of,
    text_of,
)
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import SIGNATURE, member, opened, read_datasets


def sniff(head: Head) -> bool:
    """HDF5 with obs and var but no modalities; of a damaged file its root's own words."""
    if head.members:
        return {"obs", "var"} <= head.members and "mod" not in head.members
    said = b"encoding-type" in head.raw and b"anndata" in head.raw
    return head.raw.startswith(SIGNATURE) and said and b"MuData" not in head.raw


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Shape, columns, layers, embeddings and the encoding's version."""
    return read_apart(header_of, stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, after the dimensions were found to agree."""
    return read_apart(contents_of, stream)


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Describe an AnnData file in this process."""
    with opened(stream) as file:
        n_obs, n_vars = shape_of(file)
        return {
            "n_obs": n_obs,
            "n_vars": n_vars,
            "obs_columns": columns_of(file, "obs"),
            "var_columns": columns_of(file, "var"),
            "layers": names_in(file, "layers"),
            "obsm": names_in(file, "obsm"),
            "x": kind_of(member(file, "X")),
            "has_raw": "raw" in file,
            "encoding_version": text_of(file.attrs.get("encoding-version")),
        }


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read an AnnData file through in this process."""
    with opened(stream) as file:
        shape = shape_of(file)
        for fault in faults_of(file, shape):
            raise DamagedFileError(fault)
        return {"n_obs": shape[0], "n_vars": shape[1], "datasets": read_datasets(file)}


FORMAT = Format(
    name="h5ad",
    suffixes=(".h5ad",),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
