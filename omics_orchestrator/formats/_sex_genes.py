"""Evidence of sex in expression: XIST, which only cells with two X transcribe, and genes of Y.

The genes of Y are those outside the shared ends that most tissues express. Only their sums are
kept, a few numbers a sample; what follows from them is judged elsewhere.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._sex_chromosomes import EVIDENCE
from omics_orchestrator.formats._table_rows import Rows

OTHER, XIST, OF_Y = range(3)
_LEAST_GENES_OF_Y = 2
_GENES_OF_Y = {
    "RPS4Y1": "ENSG00000129824",
    "DDX3Y": "ENSG00000067048",
    "KDM5D": "ENSG00000012817",
    "UTY": "ENSG00000183878",
    "EIF1AY": "ENSG00000198692",
    "USP9Y": "ENSG00000114374",
    "ZFY": "ENSG00000067646",
}
_XIST = "ENSG00000229807"
_ENSEMBL = frozenset(each.encode() for each in (_XIST, *_GENES_OF_Y.values()))
_ENSEMBL_LETTERS = len(_XIST)
# Bare, quoted, with a genome before it (GRCh38_XIST), a version or a symbol behind it.
_NAMED = re.compile(
    rb'"?(?:(?:GRCh3[78]|hg19|hg38)_+)?'
    + f"(?:(?P<xist>XIST|{_XIST})|{'|'.join([*_GENES_OF_Y, *_GENES_OF_Y.values()])})".encode()
    + rb"(?![A-Za-z0-9-])"
)


def kind_of(gene: bytes) -> int:
    """Tell by a gene's symbol or Ensembl identifier whether it is XIST, one of Y, or another."""
    if gene.startswith(b"ENSG") and gene[:_ENSEMBL_LETTERS] not in _ENSEMBL:
        return OTHER  # most of a table's rows
    found = _NAMED.match(gene)
    return OTHER if found is None else XIST if found["xist"] else OF_Y


def kinds_of(genes: Iterable[bytes]) -> npt.NDArray[np.intp]:
    """Give the kind of each gene; none when XIST is not among them, or hardly one of Y."""
    kinds = np.fromiter(map(kind_of, genes), np.intp)
    is_enough = (kinds == XIST).any() and (kinds == OF_Y).sum() >= _LEAST_GENES_OF_Y
    return kinds if is_enough else kinds[:0]


def evidence_of(
    sums: npt.NDArray[np.float64],
    samples: Sequence[str | None] = (None,),
    cells: Sequence[int] = (),
) -> dict[str, object]:
    """Give as a fact what was summed up, a line of `sums` a sample, by kinds of genes.

    Nothing for sums that are no measurements of how much there is: below zero, or no numbers.
    """
    if not np.isfinite(sums).all() or (sums < 0).any():
        return {}
    return {
        EVIDENCE: [
            {
                **({"sample": sample} if sample is not None else {}),
                "xist": round(float(line[XIST]), 3),
                "y_genes": round(float(line[OF_Y]), 3),
                **({"cells": cells[at]} if cells else {}),
            }
            for at, (sample, line) in enumerate(zip(samples, sums, strict=True))
        ]
    }


class SexGenes:
    """Sums the genes of a table, a row a gene and a column a sample.

    Args:
        samples: the samples' names; none in a table of one sample that does not name it.
        first: the column of the first sample.
        separator: what parts the cells.
        column: which column has the genes' names.
    """

    def __init__(self, samples: Sequence[str], first: int, separator: str, column: int = 0) -> None:
        self._samples: Sequence[str | None] = samples or (None,)
        self._columns = slice(first, first + len(self._samples))
        self._separator = separator.encode()
        self._column = column
        self._sums = np.zeros((len(self._samples), 3))
        self._kinds: list[int] = []

    def take(self, rows: Rows) -> None:
        """Add the rows of the genes that are looked for."""
        for row, gene in enumerate(rows.cells(self._column).tolist()):
            kind = kind_of(gene)
            if kind != OTHER:
                self._kinds.append(kind)
                self._sums[:, kind] += self._numbers(rows.text[rows.starts[row] : rows.ends[row]])

    def facts(self) -> dict[str, object]:
        """Give the sums of each sample, where XIST and genes of Y were both measured."""
        is_enough = XIST in self._kinds and self._kinds.count(OF_Y) >= _LEAST_GENES_OF_Y
        return evidence_of(self._sums, self._samples) if is_enough else {}

    def _numbers(self, row: bytes) -> npt.NDArray[np.float64]:
        cells = row.split(self._separator)[self._columns]
        if len(cells) != len(self._samples):  # a separator inside of quotes
            return np.full(len(self._samples), np.nan)
        return np.array([_number(cell.strip(b'" \r')) for cell in cells])


def _number(cell: bytes) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
