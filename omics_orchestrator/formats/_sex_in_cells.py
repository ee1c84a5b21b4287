"""Evidence of sex in a matrix of cells by genes in HDF5: XIST and genes of Y, summed a sample.

The matrix is read here once, and not again when the file is read through. What has a shape that is
not understood is left to those who judge whether the file is whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._anndata import columns_of, index_of, kind_of, shape_of, text_of
from omics_orchestrator.formats._hdf5 import member
from omics_orchestrator.formats._sample_columns import MOST, sample_columns
from omics_orchestrator.formats._sex_genes import OTHER, evidence_of, kinds_of

_TOGETHER, _LARGEST = 256 << 10, 16 << 20
_PARTS = ("indptr", "indices", "data")
_GENE_COLUMNS = ("gene_ids", "gene_symbols", "gene_names", "gene_name")
_OF_TENX = ("features/id", "genes", "features/name")
# Counts, where there are any: what was scaled has lost them.
_PLACES = (("layers/counts", "var"), ("raw/X", "raw/var"), ("X", "var"))
Kinds = npt.NDArray[np.intp]
Sums = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SexInCells:
    """What was found in a file.

    Attributes:
        facts: the evidence, or nothing.
        datasets: what was read for it, from the first to the last byte.
    """

    facts: dict[str, object] = field(default_factory=dict)
    datasets: Sequence[Any] = ()


NOTHING = SexInCells()


@dataclass(frozen=True)
class _Cells:
    """Which sample each cell is of: a number, or -1 for none; of a file without, all of one."""

    sample: Kinds
    samples: Sequence[str | None]

    def add(self, sums: Sums, cells: Any, kinds: Any, amounts: npt.NDArray[Any]) -> None:
        """Add amounts of genes, by their kinds, to the samples of their cells."""
        samples = self.sample[cells]
        known = samples >= 0
        # What is below zero is no amount, and must not vanish in a sum.
        is_amount = not (amounts < 0).any()
        np.add.at(sums, (samples[known], kinds[known]), amounts[known] if is_amount else np.nan)

    def evidence(self, sums: Sums) -> dict[str, object]:
        """Give what was summed up, with the number of each sample's cells."""
        counted = np.bincount(self.sample[self.sample >= 0], minlength=len(self.samples))
        return evidence_of(sums, self.samples, counted.tolist())


def in_anndata(group: Any) -> SexInCells:
    """Look at an AnnData whose parts fit each other."""
    place, genes = next(each for each in _PLACES if each[0] == "X" or member(group, each[0]))
    matrix, kinds = member(group, place), _genes(member(group, genes))
    stored = kind_of(matrix) or ""
    if not kinds.size or not stored.startswith(("csr", "csc", "dense")):
        return NOTHING
    cells = _cells(group)
    if stored == "dense":
        return _dense(matrix, kinds, cells)
    parts = [member(matrix, part) for part in _PARTS]
    is_by_cell = stored.startswith("csr")
    if not _is_sound(parts, cells.sample.size if is_by_cell else kinds.size):
        return NOTHING
    return _by_cell(parts, kinds, cells) if is_by_cell else _by_gene(parts, kinds, cells)


def in_tenx(group: Any) -> SexInCells:
    """Look at a 10x matrix whose parts fit each other: a column a cell, all of one sample."""
    found = (_kinds(member(group, place)) for place in _OF_TENX)
    kinds = next((each for each in found if each.size), None)
    parts = [member(group, part) for part in _PARTS]
    cells = _of_one(parts[0].size - 1)
    if kinds is None or not _is_sound(parts, cells.sample.size):
        return NOTHING
    return _by_cell(parts, kinds, cells)


def _is_sound(parts: Sequence[Any], length: int) -> bool:
    pointers, indices, values = parts
    if not (_holds(pointers, "iu") and _holds(indices, "iu") and _holds(values, "iuf")):
        return False
    if pointers.shape != (length + 1,) or indices.shape != values.shape:
        return False
    steps = pointers[:]
    return bool(steps[0] == 0 and steps[-1] == indices.size and (np.diff(steps) >= 0).all())


def _holds(found: Any, kinds: str) -> bool:
    return isinstance(found, h5py.Dataset) and found.ndim == 1 and found.dtype.kind in kinds


def _by_cell(parts: Sequence[Any], kinds: Kinds, cells: _Cells) -> SexInCells:
    pointers, indices, values = parts[0][:], parts[1], parts[2]
    chunk = indices.chunks[0] if indices.chunks else 1
    step = max(1, _TOGETHER // chunk) * chunk
    sums, is_looked_for = np.zeros((len(cells.samples), 3)), kinds != OTHER
    for start in range(0, indices.size, step):
        genes, amounts = indices[start : start + step], values[start : start + step]
        # Clipped, not checked, which is twice as fast; those few that count are checked below.
        at = np.flatnonzero(is_looked_for.take(genes, mode="clip"))
        found = genes[at]
        if (found < 0).any() or (found >= kinds.size).any():
            return NOTHING
        of_cell = np.searchsorted(pointers, at + start, side="right") - 1
        cells.add(sums, of_cell, kinds[found], amounts[at])
    return SexInCells(cells.evidence(sums), (indices, values))


def _by_gene(parts: Sequence[Any], kinds: Kinds, cells: _Cells) -> SexInCells:
    pointers, indices, values = parts
    sums = np.zeros((len(cells.samples), 3))
    for gene in np.flatnonzero(kinds).tolist():
        part = slice(int(pointers[gene]), int(pointers[gene + 1]))
        of_cell, amounts = indices[part], values[part]
        if of_cell.max(initial=0) >= cells.sample.size or of_cell.min(initial=0) < 0:
            return NOTHING
        cells.add(sums, of_cell, np.full(of_cell.size, kinds[gene]), amounts)
    return SexInCells(cells.evidence(sums))


def _dense(matrix: Any, kinds: Kinds, cells: _Cells) -> SexInCells:
    if matrix.shape != (cells.sample.size, kinds.size) or matrix.dtype.kind not in "iuf":
        return NOTHING
    row_bytes = kinds.size * matrix.dtype.itemsize
    chunk = matrix.chunks[0] if matrix.chunks else 1
    if row_bytes * chunk > _LARGEST:
        return NOTHING
    sums, genes = np.zeros((len(cells.samples), 3)), np.flatnonzero(kinds)
    for start, block in _blocks(matrix, max(1, _LARGEST // (row_bytes * chunk)) * chunk):
        for gene in genes:
            of_cell = np.arange(start, start + len(block))
            cells.add(sums, of_cell, np.full(len(block), kinds[gene]), block[:, gene])
    return SexInCells(cells.evidence(sums), (matrix,))


def _blocks(matrix: Any, rows: int) -> Iterator[tuple[int, Any]]:
    for start in range(0, matrix.shape[0], rows):
        yield start, matrix[start : start + rows]


def _cells(group: Any) -> _Cells:
    frame, (number, _) = member(group, "obs"), shape_of(group)
    names = sample_columns(columns_of(group, "obs")) if isinstance(frame, h5py.Group) else []
    for name in names:
        categories, codes = (member(frame, f"{name}/{part}") for part in ("categories", "codes"))
        if _holds(categories, "OS") and _holds(codes, "i") and codes.shape == (number,):
            samples = [text_of(value) or "" for value in categories[:MOST]]
            sample = codes[:].astype(np.intp)
            if sample.max(initial=-1) < len(samples):
                return _Cells(sample, samples)
    return _of_one(number)


def _of_one(cells: int) -> _Cells:
    return _Cells(np.zeros(cells, np.intp), (None,))


def _genes(frame: Any) -> Kinds:
    names = (index_of(frame), *_GENE_COLUMNS) if isinstance(frame, h5py.Group) else ()
    found = (_kinds(member(frame, name)) for name in names)
    return next((each for each in found if each.size), np.empty(0, np.intp))


def _kinds(names: Any) -> Kinds:
    return kinds_of(map(bytes, names[:])) if _holds(names, "OS") else np.empty(0, np.intp)
