"""Cells come back as they went, and what a target has no place for is said."""

import hashlib
import json
from pathlib import Path
from typing import Any

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.conversion.files import convert
from omics_orchestrator.conversion.parts import Notes, compared, parts_of
from omics_orchestrator.conversion.r_stream import write_rds
from omics_orchestrator.conversion.r_values import (
    data_frame,
    instance,
    integers,
    logicals,
    members,
    strings,
    unnamed,
)
from omics_orchestrator.conversion.receipt import Fate, Receipt
from omics_orchestrator.conversion.seurat_read import read_seurat
from omics_orchestrator.conversion.seurat_write import write_seurat
from omics_orchestrator.errors import PermanentError
from omics_orchestrator.formats import DamagedFileError, formats

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEURAT = SAMPLES / "seurat" / "cells.seurat.rds"


def cells(n_obs: int = 12, n_vars: int = 7, seed: int = 1) -> anndata.AnnData:
    rng = np.random.default_rng(seed)
    counts = sp.random(n_obs, n_vars, density=0.4, format="csr", rng=rng)
    counts.data = np.ceil(counts.data * 9)
    found = anndata.AnnData(sp.csr_matrix(counts.log1p()))
    found.obs_names = [f"cell {number} é" for number in range(n_obs)]
    found.var_names = [f"GENE_{number}" for number in range(n_vars)]
    found.layers["counts"] = counts
    found.layers["spliced"] = counts * 2
    found.obs["type"] = pd.Categorical(["B", None, "T"] * (n_obs // 3), ["T", "B"], ordered=True)
    found.obs["n"] = np.arange(n_obs)
    found.obs["crp"] = np.where(np.arange(n_obs) == 1, np.nan, 1.5)
    found.obs["is_doublet"] = np.arange(n_obs) % 2 == 0
    found.obs["maybe"] = pd.array([True, None, False] * (n_obs // 3), "boolean")
    found.obs["text"] = [f"t{number}" for number in range(n_obs)]
    found.var["chromosome"] = ["chr1"] * n_vars
    found.obsm["X_pca"] = rng.normal(size=(n_obs, 3))
    found.obsm["spatial"] = rng.normal(size=(n_obs, 2))
    found.varm["PCs"] = rng.normal(size=(n_vars, 3))
    found.obsp["connectivities"] = sp.random(n_obs, n_obs, density=0.2, format="csr", rng=rng)
    found.uns["colors"] = np.array(["#fff", "#000"])
    found.uns["nested"] = {"method": "t", "n": 3, "matrix": np.eye(2)}
    return found


def fates(receipt: Receipt) -> dict[str, Fate]:
    return {line.slot: line.fate for line in receipt.lines}


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 8), st.integers(1, 9), st.integers(0, 99))
def test_every_part_goes_to_seurat_and_back(
    tmp_path_factory: pytest.TempPathFactory, thirds: int, n_vars: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("rds") / "cells.rds"
    before, notes = cells(3 * thirds, n_vars, seed), Notes()
    write_seurat(before, path, notes)
    with path.open("rb") as stream:
        after = read_seurat(stream)
        assert formats()["seurat"].validate(stream).fault is None
    lines = compared(parts_of(before), parts_of(after), notes)
    assert [line.slot for line in lines if line.fate is not Fate.KEPT] == []


def test_what_seurat_has_no_place_for_is_said(tmp_path: Path) -> None:
    before = cells()
    before.raw = before.copy()
    before.varp["corr"] = np.eye(7)
    before.uns["names"] = np.array([("a", 1.0)], dtype=[("x", "U1"), ("y", "f8")])
    before.write_h5ad(tmp_path / "cells.h5ad")
    receipt = convert(tmp_path / "cells.h5ad", tmp_path / "cells.rds")
    gone = {line.slot: line.reason for line in receipt.lines if line.fate is Fate.LOST}
    assert gone["raw/X"] == "Seurat has no second set of features"
    assert gone["varp/corr"] == "the target has no place for it"
    assert fates(receipt)["uns/names"] is Fate.CHANGED
    assert all(line.reason for line in receipt.lines if line.fate is not Fate.KEPT)
    assert all(line.largest_difference == 0 for line in receipt.lines if line.slot[0] == "X")


@pytest.mark.parametrize("suffix", [".h5ad", ".h5mu", ".rds"])
def test_a_seurat_object_of_two_assays_goes_into_each_format(tmp_path: Path, suffix: str) -> None:
    receipt = convert(SEURAT, tmp_path / f"cells{suffix}")
    found = fates(receipt)
    assert found["mod/RNA/X"] is Fate.KEPT
    assert found["mod/RNA/layers/counts"] is Fate.KEPT
    assert found["mod/RNA/obsm/X_umap"] is Fate.KEPT
    assert found["commands"] is Fate.LOST
    assert (found["mod/ADT/X"] is Fate.LOST) == (suffix == ".h5ad")


def test_a_modality_is_chosen(tmp_path: Path) -> None:
    receipt = convert(SEURAT, tmp_path / "adt.h5ad", modality="ADT")
    assert fates(receipt)["mod/ADT/X"] is Fate.KEPT
    assert anndata.read_h5ad(tmp_path / "adt.h5ad").n_vars == 3
    with pytest.raises(PermanentError, match="no such modality"):
        convert(SEURAT, tmp_path / "atac.h5ad", modality="ATAC")


def test_split_layers_are_joined_and_this_is_said(tmp_path: Path, shared: Path) -> None:
    source = shared / "fixtures" / "omics" / "seurat" / "gen_v5_splitlayers.rds"
    receipt = convert(source, tmp_path / "cells.h5ad")
    assert fates(receipt)["RNA: counts"] is Fate.CHANGED
    found = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert found.layers["counts"].sum(axis=1).A1.tolist() == found.obs["nCount_RNA"].tolist()
    assert set(found.obsm["scale.data"].columns) == set(found.uns["var.features"])


@pytest.mark.parametrize("name", ["gen_v4_sct_adt.rds", "scRep_example.rda", "COSG_pbmc_small.rda"])
def test_counts_of_real_objects_add_up(name: str, shared: Path) -> None:
    with (shared / "fixtures" / "omics" / "seurat" / name).open("rb") as stream:
        found: Any = read_seurat(stream)
    rna = found.mod["RNA"] if isinstance(found, mudata.MuData) else found
    sums = np.asarray(rna.layers["counts"].sum(axis=1)).ravel()
    np.testing.assert_allclose(sums, found.obs["nCount_RNA"].to_numpy())


def test_nothing_is_overwritten_and_nothing_half_written_stays(tmp_path: Path) -> None:
    (tmp_path / "there.h5ad").write_bytes(b"mine")
    with pytest.raises(PermanentError, match="there already"):
        convert(SEURAT, tmp_path / "there.h5ad")
    assert (tmp_path / "there.h5ad").read_bytes() == b"mine"
    (tmp_path / "cut.rds").write_bytes(SEURAT.read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        convert(tmp_path / "cut.rds", tmp_path / "new.h5ad")
    twice = cells()
    twice.var_names = ["same"] * 7
    twice.write_h5ad(tmp_path / "twice.h5ad")
    with pytest.raises(PermanentError, match="names of features stand twice"):
        convert(tmp_path / "twice.h5ad", tmp_path / "new.rds")
    assert {path.name for path in tmp_path.iterdir()} == {"there.h5ad", "cut.rds", "twice.h5ad"}


@pytest.mark.parametrize("names", [("a.loom", "b.h5ad"), ("a.h5ad", "b.loom"), ("a.h5ad", "b.rda")])
def test_other_endings_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(PermanentError, match="are converted"):
        convert(tmp_path / names[0], tmp_path / names[1])


def test_a_table_is_no_seurat_object(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no Seurat object"):
        convert(SAMPLES / "rds" / "table.rds", tmp_path / "x.h5ad")


def test_a_receipt_is_written_once_as_json(tmp_path: Path) -> None:
    receipt = convert(SEURAT, tmp_path / "cells.h5mu")
    receipt.write(tmp_path / "receipt.json")
    told = json.loads((tmp_path / "receipt.json").read_text())
    assert told["counts"]["lost"] == 1
    assert told["source_sha256"] == hashlib.sha256(SEURAT.read_bytes()).hexdigest()
    made = (tmp_path / "cells.h5mu").read_bytes()
    assert told["target_sha256"] == hashlib.sha256(made).hexdigest()
    assert {"slot", "fate", "reason", "largest_difference", "entries_equal"} == set(
        told["lines"][0]
    )
    with pytest.raises(FileExistsError):
        receipt.write(tmp_path / "receipt.json")


def test_a_difference_is_seen() -> None:
    before = cells()
    after = before.copy()
    after.X = after.X * 2
    after.obs["text"] = "x"
    del after.obsm["spatial"]
    found = {line.slot: line for line in compared(parts_of(before), parts_of(after), Notes())}
    assert found["X"].fate is Fate.CHANGED
    assert found["X"].largest_difference == pytest.approx(abs(before.X).max())
    assert found["X"].entries_equal
    assert found["obs/text"].fate is Fate.CHANGED
    assert found["obsm/spatial"].fate is Fate.LOST


def on_disk(path: Path) -> None:
    """Write an Assay5 whose only layer is a path, as BPCells leaves it."""
    place = {"dir": strings(["/elsewhere"]), "dim": integers([3, 2])}
    names = {
        "dim": integers([2, 1]),
        "dimnames": unnamed([strings(["a", "b"]), strings(["counts"])]),
    }
    maps = logicals([1, 1])
    maps.attributes = names
    assay = instance(
        "Assay5",
        "SeuratObject",
        {
            "layers": members({"counts": instance("MatrixDir", "BPCells", place)}),
            "cells": maps,
            "features": maps,
        },
    )
    obs = data_frame(pd.DataFrame({"n": [1, 2]}, index=["a", "b"]))
    slots = {"assays": members({"RNA": assay}), "meta.data": obs}
    write_rds(instance("Seurat", "SeuratObject", slots), path)


def test_layers_on_a_disk_are_named_and_not_invented(tmp_path: Path) -> None:
    on_disk(tmp_path / "cells.rds")
    with (tmp_path / "cells.rds").open("rb") as stream:
        told: Any = formats()["seurat"].validate(stream).facts
    assert told["assays"]["RNA"]["layers_on_disk"] == ["counts"]
    receipt = convert(tmp_path / "cells.rds", tmp_path / "cells.h5ad")
    gone = {line.slot: line.reason for line in receipt.lines if line.fate is Fate.LOST}
    assert gone == {"RNA: layers": "their numbers lie in another file (BPCells, HDF5)"}
