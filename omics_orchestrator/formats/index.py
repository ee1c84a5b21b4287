"""Indices that stand beside alignments, variants and sequences: BAI, CSI, TBI, CRAI, FAI, GZI.

One format of six kinds, since what a register asks of each is the same: whole or not, and of how
many sequences. They are small, and read whole.
"""

from collections.abc import Mapping
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._index_tables import TABLES, is_crai, is_fai
from omics_orchestrator.formats._packing import Unpacked, refuse_without_end

_MAGICS = {b"BAI\1": "bai", b"CSI\1": "csi", b"TBI\1": "tbi"}
_SUFFIXES = (".bai", ".csi", ".tbi", ".crai", ".fai", ".gzi")
_HEAD = 4 << 10
_LARGEST = 1 << 30


def sniff(head: Head) -> bool:
    """A magic number; lines of numbers and no header; of GZI, which has neither, its name."""
    return _kind(head.inflated, head.name) is not None


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Which kind of index it is, and of how many sequences."""
    return read_through(stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Follow its tables to the end."""
    unpacked = Unpacked(stream)
    text = bytearray()
    for block in unpacked:
        text += block
        if len(text) > _LARGEST:
            raise DamagedFileError("it is longer than an index can be")
    kind = _kind(bytes(text[:_HEAD]), "") or "gzi"
    if kind in ("csi", "tbi"):
        refuse_without_end(unpacked)
    return {"kind": kind, **TABLES[kind](bytes(text))}


def _kind(text: bytes, name: str) -> str | None:
    if text[:4] in _MAGICS:
        return _MAGICS[text[:4]]
    if is_crai(text):
        return "crai"
    if is_fai(text):
        return "fai"
    return "gzi" if name.lower().endswith(".gzi") and text[5:8] == b"\0\0\0" else None


FORMAT = Format(
    name="index",
    suffixes=_SUFFIXES,
    modality="sequencing",
    stage="aligned",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
