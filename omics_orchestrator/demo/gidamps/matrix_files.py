"""Small single-cell files: an AnnData h5ad of several samples, and a Cell Ranger matrix folder."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from anndata import AnnData
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.gene_symbols import SYMBOLS

_CELL_TYPES = (
    "Colonocyte",
    "Goblet",
    "T cell",
    "B cell",
    "Plasma cell",
    "Macrophage",
    "Fibroblast",
)
_CELLS_A_SAMPLE = 80
_TENX_CELLS = 150


def write_h5ad(path: Path, sample_ids: Sequence[str], chance: Chance) -> None:
    """Write counts of a few hundred cells by 500 genes; `obs` names each cell's sample."""
    owners = [sample_id for sample_id in sample_ids for _ in range(_CELLS_A_SAMPLE)]
    counts = _counts(len(owners), chance)
    AnnData(
        X=csr_matrix(counts.astype(np.float32)),
        obs={
            "obs_names": _barcodes(len(owners), chance),
            "sample_id": owners,
            "cell_type": chance.choices(_CELL_TYPES, k=len(owners)),
            "n_counts": counts.sum(axis=1),
        },
        var={"var_names": list(SYMBOLS)},
    ).write_h5ad(path, compression="gzip")


def write_tenx(folder: Path, chance: Chance) -> Iterator[Path]:
    """Write the three files of Cell Ranger 3 and later: features by barcodes.

    Feature ids are gene symbols too, as in custom references.
    """
    folder.mkdir(parents=True, exist_ok=True)
    features = [f"{symbol}\t{symbol}\tGene Expression" for symbol in SYMBOLS]
    yield _write_lines(folder / "features.tsv.gz", features)
    yield _write_lines(folder / "barcodes.tsv.gz", _barcodes(_TENX_CELLS, chance))
    yield _write_lines(folder / "matrix.mtx.gz", _market(_counts(_TENX_CELLS, chance)))


def _market(counts: NDArray[np.int64]) -> list[str]:
    """Turn cells by genes into Matrix Market's genes by cells, which counts from one."""
    cells, genes = np.nonzero(counts)
    entries = [
        f"{gene + 1} {cell + 1} {counts[cell, gene]}"
        for cell, gene in zip(cells, genes, strict=True)
    ]
    size = f"{counts.shape[1]} {counts.shape[0]} {len(entries)}"
    return ["%%MatrixMarket matrix coordinate integer general", size, *entries]


def _counts(cells: int, chance: Chance) -> NDArray[np.int64]:
    draw = np.random.default_rng(chance.getrandbits(64))
    means = draw.gamma(0.25, 1.6, size=len(SYMBOLS))
    return draw.poisson(means, size=(cells, len(SYMBOLS)))


def _barcodes(number: int, chance: Chance) -> list[str]:
    return [f"{''.join(chance.choices('ACGT', k=16))}-1" for _ in range(number)]


def _write_lines(path: Path, lines: Sequence[str]) -> Path:
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    return path
