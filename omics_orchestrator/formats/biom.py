"""BIOM: observations by samples, as JSON (1.0) or in HDF5 (2.x); read without biom-format.

biom-format fails on files without metadata, which R packages write, and loads the whole matrix.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.formats._biom_hdf5 import contents_of, header_of
from omics_orchestrator.formats._biom_json import describe_json, keys_of_head, read_json
from omics_orchestrator.formats._hdf5 import SIGNATURE
from omics_orchestrator.formats._personal_words import names_a_person

_OF_ROWS = frozenset({"name"})


def sniff(head: Head) -> bool:
    """HDF5 with observations and samples (of a damaged file its own words), or BIOM's JSON."""
    if head.members:
        return {"observation", "sample"} <= head.members
    if head.raw.startswith(SIGNATURE):
        return b"biom-format.org" in head.raw
    start = head.inflated.lstrip()
    if not start.startswith(b"{"):
        return False
    return b"Biological Observation Matrix" in start or b"biom-format.org" in start


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Shape, type, what wrote it, samples and the metadata that these have."""
    return read_apart(header_of, stream) if _is_hdf5(stream) else describe_json(stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every number, and check that identifiers and matrix fit the shape."""
    return read_apart(contents_of, stream) if _is_hdf5(stream) else read_json(stream)


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Metadata of samples that is named like what says who a person is."""
    if _is_hdf5(stream):
        found = read_apart(header_of, stream)["sample_metadata"]
        names = [str(name) for name in found] if isinstance(found, list) else []
    else:
        names = keys_of_head(stream)
    return [
        f"sample metadata {name}"
        for name in names
        if names_a_person(name) and name.lower() not in _OF_ROWS
    ]


def _is_hdf5(stream: BinaryIO) -> bool:
    stream.seek(0)
    return stream.read(len(SIGNATURE)) == SIGNATURE


FORMAT = Format(
    name="biom",
    suffixes=(".biom", ".biom.gz"),
    modality="microbiome",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    personal_fields=personal_fields,
)
