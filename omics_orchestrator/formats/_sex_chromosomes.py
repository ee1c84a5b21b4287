"""Evidence of sex in DNA: reads on X, Y and the autosomes, and genotypes on X and Y.

Only counts are kept, a few numbers a sample; what follows from them is judged elsewhere. Of X and Y
only what recombines with nothing is looked at: the ends that both share, and the part of X that was
copied to Y, tell nothing of sex. Places are given with room for all assemblies of the human genome.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

EVIDENCE = "sex_evidence"
_OTHER, _AUTOSOME, _X, _Y = range(4)
_KINDS = (
    (_AUTOSOME, re.compile(r"(?:chr)?(?:[1-9]|1\d|2[0-2])|NC_0000(?:0[1-9]|1\d|2[0-2])\.\d+")),
    (_X, re.compile(r"(?:chr)?X|NC_000023\.\d+")),
    (_Y, re.compile(r"(?:chr)?Y|NC_000024\.\d+")),
)
# Unmapped, secondary, failed, duplicate, supplementary: none is a read of its own.
_NO_READ = 0x4 | 0x100 | 0x200 | 0x400 | 0x800
_LEAST_QUALITY = 30  # others may as well lie on the other sex chromosome
_X_PARTS = ((2_800_000, 87_000_000), (94_000_000, 153_900_000))
_Y_PARTS = ((6_600_000, 26_600_000),)
_MOST_GENOTYPES, _MOST_SAMPLES = 1_000_000, 2_000
_BASES = frozenset((b"A", b"C", b"G", b"T"))
_PASSED = frozenset((b"PASS", b"."))
_HETEROZYGOUS = frozenset((b"0/1", b"1/0", b"0|1", b"1|0"))
_ALTERNATE = frozenset((b"1/1", b"1|1", b"1", *_HETEROZYGOUS))
# The first three letters of most: enough to see that they carry no other base.
_REFERENCE = frozenset((b"0/0", b"0|0", b"./.", b".|."))
_UNCALLED = b"."


def kind_of(sequence: str) -> int:
    """Tell a sequence of the human genome by its name: an autosome, X, Y or another."""
    return next((kind for kind, names in _KINDS if names.fullmatch(sequence)), _OTHER)


class ReadsOnChromosomes:
    """Counts the reads that lie for certain on autosomes, X and Y.

    Args:
        sequences: the name and length of each sequence, in the order of the header's list.
    """

    def __init__(self, sequences: Sequence[tuple[str, int]]) -> None:
        self._kinds = np.array([kind_of(name) for name, _ in sequences], np.intp)
        self._bases = np.bincount(self._kinds, [length for _, length in sequences], minlength=4)
        self._reads = np.zeros(4, np.int64)

    def take(self, records: npt.NDArray[Any]) -> None:
        """Count records, of which `reference`, `flags` and `quality` are looked at."""
        reference = records["reference"]
        sure = (records["flags"] & _NO_READ == 0) & (records["quality"] >= _LEAST_QUALITY)
        kinds = self._kinds[reference[sure & (reference >= 0)]]
        self._reads += np.bincount(kinds, minlength=4)

    def facts(self) -> dict[str, object]:
        """Give the reads, and the depth of X where the autosomes' is 1; nothing without either."""
        if not (self._reads[_AUTOSOME] and self._bases[_X] and self._bases[_Y]):
            return {}
        depth = self._reads[_X] / self._bases[_X] * self._bases[_AUTOSOME] / self._reads[_AUTOSOME]
        counts = {
            "autosome_reads": int(self._reads[_AUTOSOME]),
            "x_reads": int(self._reads[_X]),
            "y_reads": int(self._reads[_Y]),
            "x_depth": round(float(depth), 3),
        }
        return {EVIDENCE: [counts]}


class GenotypesOnChromosomes:
    """Counts genotypes of single bases on X and Y, of the first sites that there is time for."""

    def __init__(self, contigs: Sequence[str], samples: Sequence[str]) -> None:
        self._samples = samples if len(samples) <= _MOST_SAMPLES else ()
        self._left = {_X: _MOST_GENOTYPES, _Y: _MOST_GENOTYPES // 4}
        self._x_alternate = [0] * len(self._samples)
        self._x_heterozygous = [0] * len(self._samples)
        self._y_called = [0] * len(self._samples)
        self._y_sites = 0
        self.readers = self._readers(contigs) if self._samples else {}

    def facts(self) -> dict[str, object]:
        """Give the counts of each sample; nothing where no site was looked at."""
        if not (any(self._x_alternate) or self._y_sites):
            return {}
        return {
            EVIDENCE: [
                {
                    "sample": sample,
                    "x_alternate": self._x_alternate[at],
                    "x_heterozygous": self._x_heterozygous[at],
                    "y_sites": self._y_sites,
                    "y_called": self._y_called[at],
                }
                for at, sample in enumerate(self._samples)
            ]
        }

    def _readers(self, contigs: Sequence[str]) -> dict[bytes, Callable[[int, bytes], None]]:
        """Who reads the rows of a sequence, for those that are X or Y, declared or not."""
        names = {*contigs, "X", "Y", "chrX", "chrY"}
        on = {_X: self._on_x, _Y: self._on_y}
        kinds = {name.encode(): kind_of(name) for name in names}
        return {name: on[kind] for name, kind in kinds.items() if kind in on}

    def _on_x(self, place: int, row: bytes) -> None:
        for at, cell in enumerate(self._cells(_X, _X_PARTS, place, row)):
            if cell[:3] in _REFERENCE:
                continue
            genotype = cell.partition(b":")[0]
            if genotype in _ALTERNATE:
                self._x_alternate[at] += 1
                self._x_heterozygous[at] += genotype in _HETEROZYGOUS

    def _on_y(self, place: int, row: bytes) -> None:
        cells = self._cells(_Y, _Y_PARTS, place, row)
        self._y_sites += bool(cells)
        for at, cell in enumerate(cells):
            self._y_called[at] += not cell.startswith(_UNCALLED)

    def _cells(
        self, kind: int, parts: Sequence[tuple[int, int]], place: int, row: bytes
    ) -> list[bytes]:
        """Give the samples' cells of a row that counts: a single base that passed, with room."""
        if self._left[kind] <= 0 or not any(first <= place < end for first, end in parts):
            return []
        _, _, _, reference, alternate, _, passed, _, spelt, *cells = row.split(b"\t")
        is_single = reference in _BASES and alternate in _BASES and passed in _PASSED
        if not is_single or not spelt.startswith(b"GT"):
            return []
        self._left[kind] -= len(cells)
        return cells
