"""DIA-NN's reports as text: the long one, and the matrices of precursors, genes and proteins."""

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import (
    Samples,
    begins,
    has,
    lower,
    names_runs,
    place_of,
    sample_names,
)
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Named, NumbersFrom
from omics_orchestrator.formats._table_rows import Inspector

_ANNOTATION = frozenset({
    "protein.group", "protein.ids", "protein.names", "genes", "first.protein.description",
    "proteotypic", "stripped.sequence", "modified.sequence", "precursor.charge", "precursor.id",
    "n.sequences", "n.proteotypic.sequences", "global.q.value", "protein.sites",
    "all.mapped.proteins", "all.mapped.genes", "precursor.mz", "channel",
})  # fmt: skip


def _runs(head: TableHead) -> list[Inspector]:
    column = place_of(head, "Run")
    return [] if column is None else [Named(column)]


def _is_matrix(head: TableHead) -> bool:
    return "protein.group" in lower(head.columns) and "first.protein.description" in lower(
        head.columns
    )


def _samples(head: TableHead) -> list[str]:
    return sample_names([name for name in head.columns if name.lower() not in _ANNOTATION])


def _numbers(head: TableHead) -> list[Inspector]:
    first = len(head.columns) - len(_samples(head))
    found = head.numbers_from
    return [NumbersFrom(first, head.separator)] if found is not None and found <= first else []


_MATRIX_SAMPLES: Samples = _samples

FORMAT = table_format(
    "diann",
    (".pg_matrix.tsv", ".gg_matrix.tsv", ".pr_matrix.tsv", ".unique_genes_matrix.tsv"),
    "proteomics",
    "matrix",
    Dialect(
        "report",
        has("Run", "Protein.Group", "Precursor.Id", "Q.Value"),
        inspectors=_runs,
    ),
    Dialect(
        "precursors",
        has("Protein.Group", "Precursor.Id", "Modified.Sequence"),
        samples=_MATRIX_SAMPLES,
        inspectors=_numbers,
    ),
    Dialect("proteins", _is_matrix, samples=_MATRIX_SAMPLES, inspectors=_numbers),
    Dialect(
        "genes",
        lambda head: begins("Genes")(head) and names_runs(head),
        samples=_MATRIX_SAMPLES,
        inspectors=_numbers,
    ),
    Dialect("statistics", has("File.Name", "Precursors.Identified", "Proteins.Identified")),
)
