"""AnnData in HDF5: cells by features with their annotation.

Read by its structure (h5py), because anndata's own backed mode loads all of obs and overlooks
dimensions that disagree. Columns of obs and keys of uns that are named like a person's data
(`patient_name`, `dob`, `nhs_number`, `postcode` …) and hold something are personal fields.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._anndata import (
    columns_of,
    faults_of,
    kind_of,
    names_in,
    samples_of,
    shape_of,
    text_of,
)
from omics_orchestrator.formats._apart import places_apart, read_apart
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import SIGNATURE, member, opened, read_datasets
from omics_orchestrator.formats._personal_columns import places_in_anndata
from omics_orchestrator.formats._sex_in_cells import in_anndata


def sniff(head: Head) -> bool:
    """HDF5 with obs and var but no modalities; of a damaged file its root's own words."""
    if head.members:
        return {"obs", "var"} <= head.members and "mod" not in head.members
    said = b"encoding-type" in head.raw and b"anndata" in head.raw
    return head.raw.startswith(SIGNATURE) and said and b"MuData" not in head.raw


def header_of(stream: BinaryIO) -> Mapping[str, object]:
    """Shape, columns, layers, embeddings and the encoding's version."""
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
            **samples_of(file),
        }


def structure_of(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the dimensions of all parts without reading them."""
    with opened(stream) as file:
        return _whole(file)


def _whole(file: Any) -> dict[str, object]:
    shape = shape_of(file)
    for fault in faults_of(file, shape):
        raise DamagedFileError(fault)
    return {"n_obs": shape[0], "n_vars": shape[1]}


def contents_of(stream: BinaryIO) -> Mapping[str, object]:
    """Read every dataset, after the dimensions were found to agree."""
    with opened(stream) as file:
        whole, sex = _whole(file), in_anndata(file)
        return {**whole, "datasets": read_datasets(file, sex.datasets), **sex.facts}


FORMAT = Format(
    name="h5ad",
    suffixes=(".h5ad",),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=partial(read_apart, header_of),
    read_through=partial(read_apart, contents_of),
    look_over=partial(read_apart, structure_of),
    personal_fields=partial(places_apart, places_in_anndata),
)
