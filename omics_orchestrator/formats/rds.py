"""R objects that are neither Seurat's nor Bioconductor's: tables, matrices, lists, models."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._r_head import describe_head, told_class
from omics_orchestrator.formats._r_object import (
    CALL,
    CLOSURE,
    COMPLEX,
    ENVIRONMENT,
    INTEGER,
    LIST,
    LOGICAL,
    RAW,
    REAL,
    S4,
    STRINGS,
    RObject,
)
from omics_orchestrator.formats._r_objects import Reader
from omics_orchestrator.formats._r_tables import (
    columns_of,
    dimensions,
    objects_of,
    personal_among,
    rows_of,
    samples_in,
)

_KINDS = {LOGICAL: "logical", INTEGER: "integer", REAL: "numeric", COMPLEX: "complex",
          STRINGS: "character", LIST: "list", RAW: "raw", S4: "S4", CLOSURE: "function",
          ENVIRONMENT: "environment", CALL: "call"}  # fmt: skip
_MOST = 100


def sniff(head: Head) -> bool:
    """R's stream of any other object."""
    return told_class(head.inflated) not in (None, "Seurat", "SingleCellExperiment")


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every object to the file's end: classes, dimensions and columns."""
    reader = Reader(stream)
    objects = objects_of(reader)
    facts = reader.header.facts()
    if len(objects) == 1:
        name, found = next(iter(objects.items()))
        named: dict[str, object] = {"object": name} if name else {}
        return {**facts, **named, **object_facts(found)}
    classes = {name: class_of(found) for name, found in list(objects.items())[:_MOST]}
    return {**facts, "class": "archive", "objects": classes, "n_objects": len(objects)}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name columns of data frames that may say who a person is."""
    return [
        place
        for found in objects_of(Reader(stream)).values()
        for frame in (found, *(found.named.values() if class_of(found) == "list" else ()))
        if "row.names" in frame.attributes
        for place in personal_among(columns_of(frame), "column")
    ]


def class_of(found: RObject) -> str:
    """What R's class() says first."""
    plain = "matrix" if dimensions(found) else _KINDS.get(found.kind, "object")
    return next(iter(found.classes), plain)


def object_facts(found: RObject) -> dict[str, object]:
    """Describe any object: class, dimensions or length, and the columns of a table."""
    facts: dict[str, object] = {"class": class_of(found)}
    if "row.names" in found.attributes:
        columns = columns_of(found)
        facts["dim"] = [rows_of(found), len(columns)]
        return {**facts, "columns": list(columns)[:_MOST], **samples_in(columns)}
    if shape := dimensions(found):
        return {**facts, "dim": shape}
    members = {name: class_of(each) for name, each in list(found.named.items())[:_MOST]}
    return {**facts, "length": found.length, **({"members": members} if members else {})}


FORMAT = Format(
    name="rds",
    suffixes=(".rds", ".rda", ".rdata"),
    modality="tables",
    stage="summary",
    sniff=sniff,
    describe=describe_head,
    read_through=read_through,
    personal_fields=personal_fields,
)
