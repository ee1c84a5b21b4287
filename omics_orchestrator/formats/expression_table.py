"""Genes, transcripts or guides by samples as text, as counting programs write them."""

import re
from collections.abc import Callable
from dataclasses import replace

from omics_orchestrator.formats._feature_ids import id_kind
from omics_orchestrator.formats._sex_genes import SexGenes
from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import (
    Fits,
    Samples,
    begins,
    behind,
    has,
    lower,
    names_runs,
    sample_names,
)
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Identifiers, NumbersFrom, RowsSaid
from omics_orchestrator.formats._table_rows import Inspector

_FEATURES = frozenset({
    "gene", "genes", "gene_id", "geneid", "gene id", "ensembl_gene_id", "ensembl", "ensembl_id",
    "ensgene", "gene_name", "gene name", "gene_symbol", "genesymbol", "gene symbol", "hgnc_symbol",
    "symbol", "entrez", "entrez_id", "entrezid", "entrez_gene_id", "hugo_symbol", "transcript_id",
    "transcript", "tx", "target_id", "enst", "feature_id", "featureid", "probe", "probe_id",
    "probeid", "id_ref", "mirna", "mirna_id", "locus_tag", "peak_id", "otu", "otu id", "otu_id",
    "#otu id", "asv", "asv_id", "feature id",
})  # fmt: skip
# A first column called so, or not at all, is one of features only when these look like ids.
_UNSAID = frozenset({"", "id", "feature", "features", "name", "x", "unnamed: 0", "rownames"})
_ANNOTATION = _FEATURES | {
    "description", "length", "chr", "chromosome", "start", "end", "strand", "biotype", "gene_type",
    "gene_biotype", "gene_description", "effective_length", "taxonomy", "width", "seqnames",
}  # fmt: skip
# A table of what differs between groups has genes and numbers too, and no samples.
_STATISTICS = frozenset({
    "log2foldchange", "logfc", "log2fc", "avg_log2fc", "avg_logfc", "basemean", "lfcse", "pvalue",
    "p_value", "p.value", "pval", "p_val", "p_val_adj", "padj", "fdr", "adj.p.val", "qvalue",
    "q_value", "logcpm", "aveexpr", "stat", "pct.1",
})  # fmt: skip
_GCT_SIZE = re.compile(r"(\d+)\t(\d+)(?:\t\d+\t(\d+))?\s*")
_COUNTS = re.compile(r"\d+")
_STAR = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_HTSEQ_COLUMNS, _STAR_COLUMNS = 2, 4
_MOST_ANNOTATION = 10
_MANY = 500
_USUAL_COLUMNS = 6  # of featureCounts, before its samples
Inspecting = Callable[[TableHead], list[Inspector]]


def _named_by(head: TableHead) -> list[str]:
    """The identifiers of the first rows."""
    return [cell for cell in head.cells(0) if cell]


def _is_matrix(head: TableHead) -> bool:
    names = lower(head.columns)
    first = head.columns[0].strip().lower()
    if not head.rows:  # a header longer than what was read
        return first in _FEATURES and len(head.columns) > _MANY
    if names & _STATISTICS or names_runs(head) or _first_number(head) is None:
        return False
    if first in _FEATURES:
        return True
    is_unnamed = head.has_row_names or first in _UNSAID
    return is_unnamed and id_kind(_named_by(head)) in ("ensembl", "refseq", "uniprot")


def _first_number(head: TableHead) -> int | None:
    """Where the samples begin: behind text, and numbers that annotate a gene."""
    if head.numbers_from is None:
        return None
    first = max(1, head.numbers_from)  # Entrez' identifiers are numbers
    names = (["", *head.columns] if head.has_row_names else list(head.columns))[first:]
    annotation = next(
        (at for at, name in enumerate(names) if name.lower() not in _ANNOTATION), None
    )
    if annotation is None or first + annotation > _MOST_ANNOTATION:
        return None
    return first + annotation


def _matrix_samples(head: TableHead) -> list[str]:
    first = _first_number(head)
    if first is None:
        return []
    return sample_names(head.columns[first - head.has_row_names :])


def _matrix_rows(head: TableHead) -> list[Inspector]:
    first, samples = _first_number(head), _matrix_samples(head)
    sex = [SexGenes(samples, first, head.separator)] if first and samples else []
    return [*_numbers(head.numbers_from or 1)(head), *sex]


def _of_one(column: int, inspectors: Inspecting, named_in: int = 0) -> Inspecting:
    """A table of one sample that does not name it; which column has its numbers."""
    return lambda head: [*inspectors(head), SexGenes((), column, head.separator, named_in)]


def _numbers(first: int, until: int | None = None) -> Inspecting:
    return lambda head: [NumbersFrom(first, head.separator, until), Identifiers()]


def _gct_rows(head: TableHead) -> list[Inspector]:
    rows, _, extra = _gct_size(head)
    samples = _gct_samples(head)
    first = len(head.columns) - len(samples) + head.has_row_names
    return [RowsSaid(rows + extra), Identifiers(), SexGenes(samples, first, head.separator)]


def _is_gct(head: TableHead) -> bool:
    lines = head.comments
    return len(lines) > 1 and lines[0].strip() in ("#1.2", "#1.3") and _gct_size(head)[1] > 0


def _gct_samples(head: TableHead) -> list[str]:
    return list(head.columns[-_gct_size(head)[1] :])


def _gct_size(head: TableHead) -> tuple[int, int, int]:
    """Rows, samples, and in version 1.3 rows that annotate the samples; zeros if not said."""
    match = _GCT_SIZE.fullmatch(head.comments[1])
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)


def _counts_from(head: TableHead) -> int | None:
    """Where featureCounts' samples begin, if it was asked for attributes of genes before them."""
    first = head.numbers_from
    return first if first is not None and first > _USUAL_COLUMNS else None


def _counts_rows(head: TableHead) -> list[Inspector]:
    first = _counts_from(head) or _USUAL_COLUMNS
    sex = SexGenes(_counts_samples(head), first, head.separator)
    return [*_numbers(_counts_from(head) or _USUAL_COLUMNS - 1)(head), sex]


def _counts_samples(head: TableHead) -> list[str]:
    return sample_names(head.columns[_counts_from(head) or _USUAL_COLUMNS :])


def _taxonomy(head: TableHead) -> int | None:
    last = head.columns[-1].strip().lower()
    return len(head.columns) - 1 if last in ("taxonomy", "taxon") else None


def _otu_samples(head: TableHead) -> list[str]:
    return sample_names(head.columns[1 : _taxonomy(head)])


def _otu_rows(head: TableHead) -> list[Inspector]:
    return _numbers(1, _taxonomy(head))(head)


def _is_star(head: TableHead) -> bool:
    rows = (head.columns, *head.rows)
    return len(head.columns) == _STAR_COLUMNS and tuple(r[0] for r in rows[:4]) == _STAR


def _is_htseq(head: TableHead) -> bool:
    rows = (head.columns, *head.rows)
    return (
        all(len(row) == _HTSEQ_COLUMNS and _COUNTS.fullmatch(row[1]) for row in rows)
        and id_kind([row[0] for row in rows]) == "ensembl"
    )


def _ids(head: TableHead) -> dict[str, object]:
    kind = id_kind(_named_by(head))
    return {"ids": kind} if kind else {}


def _made_by(
    name: str, fits: Fits, inspectors: Inspecting, samples: Samples | None = None
) -> Dialect:
    return Dialect(name, fits, samples or (lambda _: ()), _ids, inspectors)


def _saved_by_people(name: str, fits: Fits, inspectors: Inspecting, samples: Samples) -> Dialect:
    return replace(_made_by(name, fits, inspectors, samples), ends_lines=False)


FORMAT = table_format(
    "expression_table",
    (
        "quant.sf",
        "quant.genes.sf",
        "readspergene.out.tab",
        ".gct",
        ".gct.gz",
        ".featurecounts.txt",
        ".genes.results",
        ".isoforms.results",
        "gene_counts.tsv",
        "gene_counts.tsv.gz",
        "gene_tpm.tsv",
    ),
    "transcriptomics",
    "matrix",
    _made_by(
        "featurecounts",
        begins("Geneid", "Chr", "Start", "End", "Strand", "Length"),
        _counts_rows,
        _counts_samples,
    ),
    _made_by(
        "salmon",
        begins("Name", "Length", "EffectiveLength", "TPM", "NumReads"),
        _of_one(4, _numbers(1)),
    ),
    _made_by(
        "kallisto", begins("target_id", "length", "eff_length", "est_counts", "tpm"), _numbers(1)
    ),
    _made_by(
        "rsem",
        lambda head: (
            begins("gene_id", "transcript_id(s)", "length")(head)
            or begins("transcript_id", "gene_id", "length", "effective_length", "expected_count")(
                head
            )
        ),
        _of_one(4, _numbers(2)),
    ),
    _made_by(
        "stringtie",
        has("Gene ID", "Gene Name", "Reference", "Strand", "Coverage", "FPKM", "TPM"),
        _of_one(8, _numbers(4), named_in=1),
    ),
    _saved_by_people(
        "mageck",
        lambda head: begins("sgRNA", "Gene")(head) and head.numbers_from is not None,
        _numbers(2),
        behind(2),
    ),
    _saved_by_people("otu", begins("#OTU ID"), _otu_rows, _otu_samples),
    _saved_by_people("gct", _is_gct, _gct_rows, _gct_samples),
    Dialect("star", _is_star, facts=_ids, inspectors=_of_one(1, _numbers(1)), has_header=False),
    Dialect("htseq", _is_htseq, facts=_ids, inspectors=_of_one(1, _numbers(1)), has_header=False),
    _saved_by_people("matrix", _is_matrix, _matrix_rows, _matrix_samples),
)
