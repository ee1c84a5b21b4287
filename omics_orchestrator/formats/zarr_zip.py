"""A zarr store in one ZIP archive: AnnData, MuData, SpatialData, OME-Zarr or bare arrays.

`_zarr_absent` says which absent chunks are damage. Columns of obs and keys of attributes named like
a person's data are personal fields.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._folder import zipped_folder
from omics_orchestrator.formats._zarr_store import (
    describe_store,
    look_over_store,
    personal_places,
)
from omics_orchestrator.formats._zarr_values import of_zip

_ZIP = b"PK\x03\x04"
_MARKS = (b".zgroup", b".zarray", b".zattrs", b".zmetadata", b"zarr.json")


def sniff(head: Head) -> bool:
    """A ZIP archive among whose first names are zarr's, or that is named as such a store."""
    named = head.name.lower().endswith((".zarr.zip", ".ozx"))
    return head.raw.startswith(_ZIP) and (named or any(mark in head.raw for mark in _MARKS))


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Flavour, version, members and shapes, from the metadata."""
    with zipped_folder(stream) as folder:
        return describe_store(folder)


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Compare the archive's names and sizes with what the metadata demand."""
    with zipped_folder(stream) as folder:
        return look_over_store(folder)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Unpack every chunk."""
    return read_apart(of_zip, stream)


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name columns of obs and keys of attributes that may say who a person is."""
    with zipped_folder(stream) as folder:
        return personal_places(folder)


FORMAT = Format(
    name="zarr_zip",
    suffixes=(".zarr.zip", ".ozx"),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
