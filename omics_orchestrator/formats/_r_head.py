"""What the head of an R file tells. R writes an object's class last, so its first slot must do."""

import io
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import inflated_start, packing_of
from omics_orchestrator.formats._r_input import starts_like_r
from omics_orchestrator.formats._r_object import LIST, PAIRS, S4
from omics_orchestrator.formats._r_objects import Reader

_HEAD_BYTES = 64 << 10
_KINDS = {1: "symbol", 2: "pairlist", 3: "function", 4: "environment", 10: "logical",
          13: "integer", 14: "double", 15: "complex", 16: "character", 19: "list", 24: "raw",
          25: "S4", 238: "vector"}  # fmt: skip
_SEURAT = {"raw.data"}  # the first slot until version 2
_EXPERIMENT = {"int_elementMetadata", "int_metadata", "int_colData", "rowRanges", "colData"}


def told_class(inflated: bytes) -> str | None:
    """Say what R object begins here: Seurat, SingleCellExperiment, another's kind, or None."""
    if not starts_like_r(inflated):
        return None
    kind = "object"
    with suppress(DamagedFileError):  # a head ends anywhere
        reader = Reader(io.BytesIO(inflated))
        kind, slot, inner = _first_slot(reader)
        if slot in _SEURAT or (slot == "assays" and inner == LIST):
            return "Seurat"
        if slot in _EXPERIMENT:
            return "SingleCellExperiment"
    return kind


def _first_slot(reader: Reader) -> tuple[str, str | None, int]:
    """Go down to the first object; give its kind, its first attribute, and that one's kind."""
    source = reader.source
    flags = source.integer()
    if reader.header.is_archive and flags & 0xFF == PAIRS:
        reader.item()  # the first object's name
        flags = source.integer()
    kind = flags & 0xFF
    if kind == S4:
        source.integer()
        slot = reader.item().value
        return "S4", str(slot), source.integer() & 0xFF
    return _KINDS.get(kind, "object"), None, 0


def describe_head(stream: BinaryIO) -> Mapping[str, object]:
    """How the file was written and what kind of object it begins with, from its first 64 KiB."""
    stream.seek(0)
    raw = stream.read(_HEAD_BYTES)
    inflated = inflated_start(raw, stream)
    header = Reader(io.BytesIO(inflated)).header
    container = {**header.facts(), "container": packing_of(raw) or "plain"}
    return {**container, "class": told_class(inflated)}
