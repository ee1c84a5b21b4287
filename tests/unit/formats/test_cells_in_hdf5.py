"""h5mu, loom and 10x files: what is wrong is named, and a person's data is noticed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import mudata
import numpy as np
import pytest

from omics_orchestrator.formats import Finding, formats, identify

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ANNDATA = "h5ad/ordinary_columns.h5ad"
MUDATA = "h5mu/rna_and_protein.h5mu"
LOOM = "loom/velocity.loom"
TENX = "tenx_h5/filtered_feature_bc_matrix.h5"
OLD_TENX = "tenx_h5/filtered_gene_bc_matrices_h5.h5"
MOLECULES = "tenx_molecules/molecule_info.h5"
Change = Callable[[Any], None]


def changed(sample: str, folder: Path, change: Change) -> Path:
    path = folder / Path(sample).name
    path.write_bytes((SAMPLES / sample).read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def validated(path: Path) -> Finding:
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        assert found is not None
        return found.validate(stream)


def put(name: str, value: Any) -> Change:
    def change(file: Any) -> None:
        if name in file:
            del file[name]
        file[name] = value

    return change


def drop(name: str) -> Change:
    return lambda file: file.__delitem__(name)


@pytest.mark.parametrize(
    ("sample", "change", "fault"),
    [
        (MUDATA, put("mod/rna/layers/log", np.zeros((5, 4))), "mod/rna: layers/log has 5 by 4"),
        (MUDATA, put("mod/prot/obs/sample_id/codes", np.zeros(5)), "mod/prot: obs/sample_id has"),
        (MUDATA, drop("mod/prot"), "it names a modality that it does not hold"),
        (MUDATA, put("obsmap/rna", np.zeros(5)), "obsmap/rna has 5 entries"),
        (MUDATA, drop("mod/rna/X"), None),
        (MUDATA, drop("mod/rna/var"), "var or its index is absent"),
        (LOOM, put("layers/spliced", np.zeros((3, 3))), "layers/spliced has not the matrix's"),
        (LOOM, put("col_attrs/CellID", np.zeros(3)), "col_attrs/CellID has not 4 entries"),
        (LOOM, put("row_attrs/Gene", np.zeros(4)), "row_attrs/Gene has not 3 entries"),
        (LOOM, drop("col_graphs/knn/w"), "col_graphs/knn is a graph whose parts"),
        (LOOM, put("matrix", np.zeros(4)), "its matrix is absent"),
        (TENX, put("matrix/barcodes", np.zeros(3, "S3")), "matrix has not the 4 barcodes"),
        (TENX, put("matrix/data", np.zeros(1)), "matrix is a sparse matrix whose parts"),
        (TENX, put("matrix/features/id", np.zeros(2, "S3")), "matrix/features/id has not 3"),
        (OLD_TENX, put("mm10/genes", np.zeros(2, "S3")), "mm10/genes has not 3 entries"),
        (OLD_TENX, drop("mm10/indices"), "mm10 lacks a part of its sparse matrix"),
        (MOLECULES, put("count", np.zeros(4)), "its columns of molecules are not of one length"),
        (MOLECULES, put("metrics_json", "{"), None),
    ],
)
def test_each_fault_is_named(
    tmp_path: Path, sample: str, change: Change, fault: str | None
) -> None:
    found = validated(changed(sample, tmp_path, change)).fault
    assert found is None if fault is None else (found or "").startswith(fault)


@pytest.mark.parametrize("place", [-1, 3])
def test_a_count_outside_a_10x_matrix_is_damage(tmp_path: Path, place: int) -> None:
    def misplace(file: Any) -> None:
        file["matrix/indices"][0] = place

    path = changed(TENX, tmp_path, misplace)
    assert validated(path).fault == "matrix has a count outside the matrix"


def test_a_modality_is_described_as_mudata_reads_it() -> None:
    with mudata.set_options(pull_on_update=False):
        both = mudata.read_h5mu(SAMPLES / MUDATA)
    with (SAMPLES / MUDATA).open("rb") as stream:
        told: Any = formats()["h5mu"].describe(stream)
    assert (told["n_obs"], told["n_vars"]) == both.shape
    assert {name: each["n_obs"] for name, each in told["modalities"].items()} == {
        name: each.n_obs for name, each in both.mod.items()
    }


def person(file: Any) -> None:
    frame = file["obs"]
    frame["patient_name"] = np.array([b"A", b"B", b"C"] * 2)
    frame.attrs["column-order"] = [*frame.attrs["column-order"], "patient_name"]


def blank(file: Any) -> None:
    frame = file["obs"]
    frame["nhs_number"] = np.array([b"removed", b"", b"NA"] * 2)
    frame.attrs["column-order"] = [*frame.attrs["column-order"], "nhs_number"]


def in_uns(file: Any) -> None:
    file["uns/clinic/contact_email"] = "someone"


@pytest.mark.parametrize(
    ("sample", "change", "places"),
    [
        (ANNDATA, person, ["obs column patient_name"]),
        (ANNDATA, blank, []),
        (ANNDATA, in_uns, ["uns/clinic key contact_email"]),
        (MUDATA, lambda file: person(file["mod/rna"]), ["mod/rna: obs column patient_name"]),
        (LOOM, put("col_attrs/date_of_birth", np.ones(4)), ["column attribute date_of_birth"]),
    ],
)
def test_a_persons_data_is_named_by_its_place(
    tmp_path: Path, sample: str, change: Change, places: list[str]
) -> None:
    path = changed(sample, tmp_path, put("spare", 1))
    with h5py.File(path, "r+") as file:
        if "patient_name" in file.get("obs", {}):  # the sample's is blank
            del file["obs/patient_name"]
            names = [name for name in file["obs"].attrs["column-order"] if name != "patient_name"]
            file["obs"].attrs["column-order"] = names
        change(file)
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        assert found is not None
        assert list(found.personal_fields(stream)) == places


def test_samples_are_told_from_a_categorical_column() -> None:
    with (SAMPLES / ANNDATA).open("rb") as stream:
        told = formats()["h5ad"].describe(stream)
    assert told["sample_column"] == "sample_id"
    assert told["samples"] == ["IBD-001", "IBD-002"]
