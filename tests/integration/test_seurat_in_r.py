"""What we write, Seurat opens and works with; what we read is what Seurat reads."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
import scipy.sparse as sp

from omics_orchestrator.conversion.files import convert
from omics_orchestrator.conversion.seurat_read import read_seurat
from omics_orchestrator.conversion.seurat_write import write_seurat

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CHECK = """
suppressMessages(library(Seurat))
numbers <- function(x) as.numeric(x)
told <- function(file) {
  o <- readRDS(file)
  invisible(validObject(o))
  for (a in Assays(o)) { validObject(o[[a]]); validObject(GetAssayData(o[[a]], "data")) }
  for (name in c(Reductions(o), Graphs(o))) validObject(o[[name]])
  p <- NormalizeData(o, verbose = FALSE)
  p <- ScaleData(p, features = rownames(p), verbose = FALSE)
  p <- suppressWarnings(RunPCA(p, features = rownames(p), npcs = 3, approx = FALSE, verbose = FALSE))
  list(
    dim = dim(o), assays = Assays(o), reductions = Reductions(o), columns = colnames(o[[]]),
    cells = colnames(o), features = rownames(o), levels = levels(o[[]]$type),
    sums = numbers(Matrix::colSums(GetAssayData(o, "data"))),
    counts = numbers(Matrix::colSums(GetAssayData(o, "counts"))),
    first = numbers(Embeddings(o, Reductions(o)[1])[, 1]),
    pca = dim(Embeddings(p, "pca")))
}
cat(jsonlite::toJSON(lapply(commandArgs(TRUE), told), digits = NA))
"""
INSTALLED = 'q(status = !all(c("Seurat", "jsonlite") %in% rownames(installed.packages())))'


@pytest.fixture(scope="module")
def r_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ask = ["Rscript", "-e", INSTALLED]
    if shutil.which("Rscript") is None or subprocess.run(ask, check=False).returncode:
        pytest.skip("R with Seurat is not installed (Debian: r-cran-seurat)")
    path = tmp_path_factory.mktemp("r") / "check.R"
    path.write_text(CHECK)
    return path


def told_by_r(script: Path, *files: Path) -> list[Any]:
    done = subprocess.run(
        ["Rscript", str(script), *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def test_seurat_opens_what_we_write(r_script: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    cells = anndata.AnnData(sp.csr_matrix(rng.poisson(1.0, (40, 25)).astype("f4")))
    cells.obs_names = [f"cell{number}" for number in range(40)]
    cells.var_names = [f"GENE{number}" for number in range(25)]
    cells.obs["type"] = ["B", "T"] * 20
    cells.obs["crp"] = rng.normal(size=40)
    cells.obsm["X_umap"] = rng.normal(size=(40, 2))
    cells.layers["spliced"] = cells.X.copy()
    cells.obsp["nn"] = sp.identity(40, format="csr")
    cells.strings_to_categoricals()
    write_seurat(cells, tmp_path / "cells.rds")
    (told,) = told_by_r(r_script, tmp_path / "cells.rds")
    assert told["dim"] == [25, 40]
    assert told["assays"] == ["RNA", "spliced"]
    assert told["columns"] == ["type", "crp"]
    assert told["levels"] == ["B", "T"]
    assert told["cells"] == list(cells.obs_names)
    assert told["features"] == list(cells.var_names)
    np.testing.assert_allclose(told["sums"], np.asarray(cells.X.sum(axis=1)).ravel())
    np.testing.assert_allclose(told["counts"], told["sums"])
    np.testing.assert_allclose(told["first"], cells.obsm["X_umap"][:, 0])
    assert told["pca"] == [40, 3]


def test_what_we_read_is_what_seurat_reads(r_script: Path, tmp_path: Path, shared: Path) -> None:
    source = shared / "fixtures" / "omics" / "seurat" / "gen_v4_sct_adt.rds"
    convert(source, tmp_path / "again.rds")
    before, after = told_by_r(r_script, source, tmp_path / "again.rds")
    with source.open("rb") as stream:
        found: Any = read_seurat(stream)
    active = found.mod[found.uns["active.assay"]]
    np.testing.assert_allclose(np.asarray(active.X.sum(axis=1)).ravel(), before["sums"])
    assert list(active.var_names) == before["features"]
    for what in ("sums", "counts", "first"):
        np.testing.assert_allclose(after.pop(what), before.pop(what))
    assert after == before
