"""A bounded sample of the cells of a matrix, however large it is and however it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._anndata import kind_of
from omics_orchestrator.formats._hdf5 import member
from omics_orchestrator.pictures._answer import NotDrawnError

_BLOCKS, _CELLS_A_BLOCK = 40, 50
_MOST_CELLS, _MOST_TOGETHER, _MOST_BY_GENE = 20_000_000, 4_000_000, 40_000_000
Numbers = npt.NDArray[np.number]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """What the sampled cells are like, one number each; no `mitochondrial` without symbols."""

    totals: Numbers
    genes: Numbers
    mitochondrial: Numbers | None


def sampled(matrix: Any, n_cells: int, mitochondrial: Flags) -> Cells | None:
    """Count the cells of a sample; None where the matrix holds no counts.

    Args:
        matrix: dense, or a group of a sparse matrix, cells by genes.
        n_cells: its rows.
        mitochondrial: which of its genes are; of no length where that is not known.
    """
    if not 0 < n_cells <= _MOST_CELLS:
        raise NotDrawnError("it has no cells, or absurdly many")
    kind = kind_of(matrix) or ""
    if kind.startswith("csc"):
        parts = iter([_by_gene(matrix, n_cells)])
    elif kind.startswith("csr"):
        parts = _by_cell(matrix, n_cells)
    else:
        parts = _dense(matrix, n_cells)
    found: list[Cells] = []
    for values, cells, genes, count in parts:
        if values.dtype.kind not in "iuf" or (values < 0).any() or (values % 1 != 0).any():
            return None
        found.append(_counted(values, cells, genes, count, mitochondrial))
    return _together(found)


Part = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], int]
"""Values, the cell and the gene of each, and how many cells there are."""


def _starts(n_cells: int) -> list[int]:
    if n_cells <= _BLOCKS * _CELLS_A_BLOCK:
        return list(range(0, n_cells, _CELLS_A_BLOCK))
    return [number * n_cells // _BLOCKS for number in range(_BLOCKS)]


def _by_cell(matrix: Any, n_cells: int) -> Iterator[Part]:
    data, indices, pointers = (member(matrix, name) for name in ("data", "indices", "indptr"))
    for start in _starts(n_cells):
        ends = pointers[start : min(start + _CELLS_A_BLOCK, n_cells) + 1].astype(np.int64)
        _refuse(int(ends[-1] - ends[0]))
        part = slice(int(ends[0]), int(ends[-1]))
        cells = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        yield data[part], cells, indices[part], len(ends) - 1


def _by_gene(matrix: Any, n_cells: int) -> Part:
    data, indices, pointers = (member(matrix, name) for name in ("data", "indices", "indptr"))
    if len(data) > _MOST_BY_GENE or len(pointers) > _MOST_BY_GENE:
        raise NotDrawnError("it is written gene by gene, and too large to be read for a picture")
    genes = np.repeat(np.arange(len(pointers) - 1), np.diff(pointers[:].astype(np.int64)))
    return data[:], indices[:].astype(np.int64), genes, n_cells


def _dense(matrix: Any, n_cells: int) -> Iterator[Part]:
    if not isinstance(matrix, h5py.Dataset) or len(matrix.shape) != 2:  # noqa: PLR2004 (cells, genes)
        raise NotDrawnError("its matrix is written in a way that is not drawn")
    rows = min(_CELLS_A_BLOCK, _MOST_TOGETHER // max(matrix.shape[1], 1))
    _refuse(0 if rows else _MOST_TOGETHER + 1)
    for start in _starts(n_cells):
        values = matrix[start : start + rows]
        cells, genes = np.nonzero(values)
        yield values[cells, genes], cells, genes, len(values)


def _refuse(together: int) -> None:
    if not 0 <= together <= _MOST_TOGETHER:
        raise NotDrawnError("its cells have absurdly many values")


def _counted(values: Any, cells: Any, genes: Any, count: int, mitochondrial: Flags) -> Cells:
    marked = mitochondrial[genes] if mitochondrial.size else None
    of_mitochondria = None if marked is None else np.bincount(cells, values * marked, count)
    seen = np.bincount(cells, values > 0, count)
    return Cells(np.bincount(cells, values, count), seen, of_mitochondria)


def _together(found: list[Cells]) -> Cells:
    marked = [each.mitochondrial for each in found if each.mitochondrial is not None]
    return Cells(
        np.concatenate([each.totals for each in found]),
        np.concatenate([each.genes for each in found]),
        np.concatenate(marked) if marked else None,
    )
