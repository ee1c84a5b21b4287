"""What the manifest of the real files says of cells, in our words."""

import ast
from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

UNCHECKED = (".tsv",)


def expect_cells(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, layers, n_columns = ast.literal_eval(expected["value"])
    assert (told["n_obs"], told["n_vars"]) == shape
    assert told["layers"] == layers
    assert len(told["obs_columns"]) == n_columns


def expect_modalities(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, modalities = ast.literal_eval(expected["value"])
    assert (told["n_obs"], told["n_vars"]) == shape
    found = {name: (each["n_obs"], each["n_vars"]) for name, each in told["modalities"].items()}
    assert found == modalities


def expect_tenx(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert [told["layout"]] == ast.literal_eval(expected["value"])
    assert told["n_obs"] > 0
    assert sum(told["feature_types"].values()) == told["n_vars"]


def expect_store(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    members, shape = ast.literal_eval(expected["value"])
    assert told["members"][: len(members)] == members
    assert shape is None or (told["n_obs"], told["n_vars"]) == shape


def expect_r_object(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    if "cls" in expected:  # said in one line
        (name, assay), *_ = told["assays"].items()
        said = f"{name} {assay['class']} {'x'.join(map(str, assay['layers']['counts']))}"
        assert (told["class"], told["seurat_version"], told["n_cells"]) == (
            expected["cls"],
            expected["version"],
            expected["n_cells"],
        )
        assert said == expected["assay"]
        return
    assert told["class"] == expected["class"]
    if expected["class"] == "Seurat":
        expect_seurat(told, expected)
    elif isinstance(expected["dim"], list):
        assert told["dim"] == expected["dim"]
        assert told["assays"] == expected["assays"]
    elif expected["dim"]:
        assert "x".join(map(str, told["dim"])) == expected["dim"]


def expect_seurat(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["seurat_version"] == expected["version"]
    assert told["n_cells"] == expected["n_cells"]
    assert told["active_assay"] == expected["active_assay"]
    assert told["metadata_columns"] == expected["meta_cols"]
    shapes = {name: "x".join(map(str, shape)) for name, shape in told["reductions"].items()}
    assert [f"{name}:{shape}" for name, shape in shapes.items()] == expected["reductions"]
    for name, assay in expected["assays"].items():
        found = told["assays"][name]
        assert {"class": found["class"], **found["layers"]} == assay


EXPERIMENTS = dict.fromkeys(("SingleCellExperiment", "RangedSummarizedExperiment"), "sce")
OTHERS = dict.fromkeys(("list", "data.frame", "matrix"), "rds")
EXPECTED = {
    "seurat": Expectation("seurat", expect_r_object, EXPERIMENTS | OTHERS),
    "sce": Expectation("sce", expect_r_object),
    "rds_other": Expectation("rds", expect_r_object),
    "h5ad": Expectation("h5ad", expect_cells),
    "h5mu": Expectation("h5mu", expect_modalities),
    "10x_h5": Expectation("tenx_h5", expect_tenx),
    "zarr": Expectation("zarr_zip", expect_store),
}
