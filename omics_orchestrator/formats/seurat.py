"""Seurat objects of R, versions 2 to 5, saved as .rds or .rda.

Read by an own walker of R's stream: what Seurat's commands hold (closures, language) stops other
readers. The columns of cells stand behind the matrices, so personal fields need the whole stream.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._r_head import describe_head, told_class
from omics_orchestrator.formats._r_objects import Reader
from omics_orchestrator.formats._r_tables import objects_of
from omics_orchestrator.formats._seurat_object import is_seurat, personal_in_seurat, seurat_facts


def sniff(head: Head) -> bool:
    """R's stream whose first object begins with a Seurat object's first slot."""
    return told_class(head.inflated) == "Seurat"


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read the whole object: assays, layers, cells, reductions, columns."""
    reader = Reader(stream)
    found = {name: each for name, each in objects_of(reader).items() if is_seurat(each)}
    facts = [{"object": name, **seurat_facts(each)} for name, each in found.items()]
    others: dict[str, object] = {"further_objects": facts[1:]} if len(facts) > 1 else {}
    return {**reader.header.facts(), **(facts[0] if facts else {}), **others}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name columns of cells and entries of misc that may say who a person is."""
    found = objects_of(Reader(stream)).values()
    return [place for each in found if is_seurat(each) for place in personal_in_seurat(each)]


FORMAT = Format(
    name="seurat",
    suffixes=("seurat.rds", "seurat.rda", "seurat.rdata"),
    modality="single_cell",
    stage="matrix",
    sniff=sniff,
    describe=describe_head,
    read_through=read_through,
    personal_fields=personal_fields,
    shared_suffixes=(".rds", ".rda", ".rdata"),
)
