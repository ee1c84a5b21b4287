"""The reads of a Kraken report added up: a clade has its own reads and those of the clades in it.

In a cut report the clades that were finished add up, and those still open at its end fall short.
That is told from a report somebody filtered, in which finished clades fall short too.
"""

from dataclasses import dataclass

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._table_rows import Rows

_UNCLASSIFIED = b"U"


@dataclass
class _Clade:
    depth: int
    reads: float
    found: float  # its own and those of the clades in it

    @property
    def falls_short(self) -> bool:
        # Bracken rounds each clade.
        return self.found < self.reads - max(1.0, 1e-3 * self.reads)


def _number(cell: bytes) -> float:
    try:
        return float(cell)
    except ValueError:
        raise DamagedFileError("it has something else than a number of reads") from None


class Clades:
    """Adds up the reads of a report's clades; a report of 6 columns, or 8 with minimizers."""

    def __init__(self) -> None:
        self._open: list[_Clade] = []
        self._finished_fall_short = False
        self._classified = 0.0
        self._unclassified = 0.0

    def take(self, rows: Rows) -> None:
        """Follow the tree through some rows."""
        last = rows.cuts.shape[1]
        columns = (rows.cells(column).tolist() for column in (1, 2, last - 2, last))
        for reads, own, rank, name in zip(*columns, strict=True):
            depth = len(name) - len(name.lstrip(b" "))
            clade = _Clade(depth, _number(reads), _number(own))
            if rank == _UNCLASSIFIED and not depth:
                self._unclassified += clade.reads
            else:
                self._enter(clade)

    def facts(self) -> dict[str, object]:
        """Give the reads with and without a taxon."""
        still_open = [clade for clade in self._open if clade.falls_short]
        if still_open and not self._finished_fall_short:
            raise DamagedFileError("its clades hold fewer reads than it says, so it is cut")
        found = {"classified_reads": self._classified, "unclassified_reads": self._unclassified}
        return {name: int(reads) for name, reads in found.items()}

    def _enter(self, clade: _Clade) -> None:
        while self._open and self._open[-1].depth >= clade.depth:
            self._finished_fall_short |= self._open.pop().falls_short
        if self._open:
            self._open[-1].found += clade.reads
        else:
            self._classified += clade.reads
        self._open.append(clade)
