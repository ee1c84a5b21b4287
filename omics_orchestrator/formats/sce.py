"""SingleCellExperiment and SummarizedExperiment of Bioconductor, saved as .rds or .rda.

Columns of colData and entries of metadata that are named like a person's data are personal fields.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._r_head import describe_head, told_class
from omics_orchestrator.formats._r_object import LIST, RObject
from omics_orchestrator.formats._r_objects import Reader
from omics_orchestrator.formats._r_tables import (
    columns_of,
    dimensions,
    is_on_disk,
    objects_of,
    personal_among,
    rows_of,
    samples_in,
)

_NOTHING = RObject(LIST, [])


def sniff(head: Head) -> bool:
    """R's stream whose first object begins with a SummarizedExperiment's first slot."""
    return told_class(head.inflated) == "SingleCellExperiment"


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read the whole object: assays, dimensions, columns, reductions."""
    reader = Reader(stream)
    found = next(iter(objects_of(reader).values()), _NOTHING)
    return {**reader.header.facts(), **experiment_facts(found)}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name columns of colData and entries of metadata that may say who a person is."""
    places: list[str] = []
    for found in objects_of(Reader(stream)).values():
        places += personal_among(_frame(found, "colData"), "colData column")
        metadata = found.attributes.get("metadata", _NOTHING).named
        places += personal_among(metadata, "metadata entry")
    return places


def experiment_facts(found: RObject) -> dict[str, object]:
    """Describe a SummarizedExperiment as it was read."""
    assays = assays_of(found)
    shapes = [dimensions(each) for each in assays.values()]
    columns = _frame(found, "colData")
    cells = rows_of(found.attributes.get("colData", _NOTHING))
    if any(len(shape) > 1 and shape[1] != cells for shape in shapes if cells is not None):
        raise DamagedFileError("an assay of it has not as many columns as colData has rows")
    inner = _frame(found, "int_colData")
    facts: dict[str, object] = {
        "class": next(iter(found.classes), None),
        "dim": shapes[0][:2] if shapes else [0, cells or 0],
        "assays": list(assays),
        "columns": list(columns),
        "reductions": list(columns_of(inner["reducedDims"])) if "reducedDims" in inner else [],
        "alternatives": list(columns_of(inner["altExps"])) if "altExps" in inner else [],
        **samples_in(columns),
    }
    on_disk = [name for name, each in assays.items() if is_on_disk(each)]
    return {**facts, "assays_on_disk": on_disk} if on_disk else facts


def assays_of(found: RObject) -> Mapping[str, RObject]:
    """The assays by their names, in a list of their own or in a reference object."""
    holder = found.attributes.get("assays", _NOTHING)
    inside = holder.attributes.get(".xData", holder)
    data = holder.attributes.get("data") or inside.named.get("data") or holder
    return columns_of(data)


def _frame(found: RObject, slot: str) -> Mapping[str, RObject]:
    return columns_of(found.attributes.get(slot, _NOTHING))


FORMAT = Format(
    name="sce",
    suffixes=("sce.rds", "sce.rda", "sce.rdata"),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=describe_head,
    read_through=read_through,
    personal_fields=personal_fields,
    shared_suffixes=(".rds", ".rda", ".rdata"),
)
