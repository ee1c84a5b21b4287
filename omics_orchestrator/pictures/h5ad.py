"""Plots of cells: counts and genes of each, and the share of mitochondrial counts."""

from typing import Any, BinaryIO

import h5py
import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats._anndata import index_of, shape_of, text_of
from omics_orchestrator.formats._hdf5 import member, opened
from omics_orchestrator.pictures import Drawer
from omics_orchestrator.pictures._answer import Drawn, NotDrawnError, answers
from omics_orchestrator.pictures._cells import Cells, sampled
from omics_orchestrator.pictures._plot import Chart, draw

_BARS, _FEW = 30, 100
_MOST_GENES = 500_000
_PLACES = ("layers/counts", "layers/raw_counts", "raw/X", "X")
_SYMBOLS = ("feature_name", "gene_symbols", "gene_symbol", "gene_name", "gene_names", "symbol")
_MITOCHONDRIAL = "MT-"
Numbers = npt.NDArray[np.number]


@answers
def cells_of(stream: BinaryIO) -> Drawn:
    """Draw a sample of the cells, from whichever matrix holds counts."""
    with opened(stream) as file:
        n_cells, _ = shape_of(file)
        place, cells = _counts(file, n_cells)
        seen = len(cells.totals)
        which = f"all {seen:,} cells" if seen == n_cells else f"{seen:,} of {n_cells:,} cells"
        shows = f"counts and genes of {which}, from {place}"
        return Drawn(draw(shows, _charts(cells)), shows)


def _counts(file: Any, n_cells: int) -> tuple[str, Cells]:
    """The first matrix that holds whole numbers, sampled."""
    for place in _PLACES:
        matrix = member(file, place)
        if matrix is None:
            continue
        genes = member(file, "raw/var" if place.startswith("raw/") else "var")
        cells = sampled(matrix, n_cells, _mitochondrial(genes))
        if cells is not None:
            return place, cells
    raise NotDrawnError("it holds no counts: no matrix of whole numbers")


def _mitochondrial(frame: Any) -> npt.NDArray[np.bool_]:
    """Which genes are mitochondrial by their symbols; none where there are no symbols."""
    if not isinstance(frame, h5py.Group):
        return np.zeros(0, np.bool_)
    for name in (index_of(frame), *_SYMBOLS):
        symbols = _texts(member(frame, name))
        found = np.array([text.upper().startswith(_MITOCHONDRIAL) for text in symbols], np.bool_)
        if found.any():
            return found
    return np.zeros(0, np.bool_)


def _texts(column: Any) -> list[str]:
    if isinstance(column, h5py.Group):
        names = _texts(member(column, "categories"))
        codes = member(column, "codes")
        is_read = isinstance(codes, h5py.Dataset) and len(codes) <= _MOST_GENES
        return [names[code] if code >= 0 else "" for code in codes[:]] if is_read else []
    is_text = isinstance(column, h5py.Dataset) and column.dtype.kind in "OS" and column.ndim == 1
    return [text_of(each) or "" for each in column[:_MOST_GENES]] if is_text else []


def _charts(cells: Cells) -> list[Chart]:
    charts = [_histogram("counts of a cell", cells.totals), _histogram("genes", cells.genes)]
    if cells.mitochondrial is not None:
        share = 100 * cells.mitochondrial / np.maximum(cells.totals, 1)
        charts.append(_histogram("mitochondrial counts, %", share))
    return charts


def _histogram(title: str, values: Numbers) -> Chart:
    """How many cells have which value; the highest hundredth stands in the last bar."""
    low, high = float(values.min()), float(np.percentile(values, 99))
    if high <= low:
        high = max(float(values.max()), low + 1)
    counts = np.histogram(values.clip(low, high), _BARS, (low, high))[0]
    first, last, median = (f"{each:,.3g}" if each < _FEW else f"{each:,.0f}"
                           for each in (low, high, float(np.median(values))))  # fmt: skip
    last = last if high >= values.max() else f"{last} and more"
    return Chart(title, counts.tolist(), first, last, f"median {median}")


DRAWER = Drawer(formats=("h5ad",), kind="plot", suffix="svg", version=1, draw=cells_of)
