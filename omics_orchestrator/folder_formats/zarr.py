"""A zarr store, version 2 or 3: AnnData, MuData, SpatialData, OME-Zarr or bare arrays."""

import io
from collections.abc import Collection, Mapping

from omics_orchestrator.folder_formats import Folder, FolderFormat
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._folder import JoinedFolder
from omics_orchestrator.formats._zarr_store import (
    describe_store,
    look_over_store,
    personal_places,
)
from omics_orchestrator.formats._zarr_tree import ROOTS
from omics_orchestrator.formats._zarr_values import of_joined_folder


def sniff(names: Collection[str]) -> bool:
    """A folder with the metadata of a group or an array at its root."""
    return any(root in names for root in ROOTS)


def read_through(folder: Folder) -> Mapping[str, object]:
    """Unpack every chunk, in a process of its own."""
    with io.BufferedReader(JoinedFolder(folder), 1 << 20) as joined:
        return read_apart(of_joined_folder, joined)


FORMAT = FolderFormat(
    name="zarr",
    suffixes=(".zarr",),
    modality="single_cell",
    stage="matrix",
    marks=ROOTS,
    sniff=sniff,
    describe=describe_store,
    look_over=look_over_store,
    read_through=read_through,
    personal_fields=personal_places,
)
