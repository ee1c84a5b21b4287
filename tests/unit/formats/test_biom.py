"""BIOM in both its forms, as several programs write it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from omics_orchestrator.formats import Finding, formats, identify

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "biom"
JSON = json.loads((SAMPLES / "feature-table.json.biom").read_bytes())
BIOM = formats()["biom"]


def changed(**parts: object) -> bytes:
    return json.dumps({**JSON, **parts}).encode()


def validated(content: bytes) -> Finding:
    return BIOM.validate(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (changed(shape=[7, 3]), "it has not as many rows and columns as its shape says"),
        (changed(data=[[0, 3, 1]]), "an entry lies outside the matrix"),
        (changed(data=[[0, 1]]), "an entry lies outside the matrix"),
        (changed(data=None), "its shape, rows, columns or data are absent"),
        (changed(columns=JSON["columns"][:1] * 3), "an identifier of its columns stands twice"),
        (changed(rows=list(range(6))), "its rows or columns are not described as BIOM's are"),
        (changed()[:-1], "its JSON is cut or broken"),
        (changed() + b"{}", "its JSON is cut or broken"),
        (b"[1]", "its JSON is no table"),
        (changed(matrix_type="dense", data=[[1, 2, 3]] * 5), "an entry lies outside the matrix"),
    ],
)
def test_each_fault_of_json_is_named(content: bytes, fault: str) -> None:
    assert validated(content).fault == fault


def test_a_dense_table_is_read() -> None:
    dense = changed(matrix_type="dense", data=[[1, 2, 3]] * 6)
    assert validated(dense).facts == {"container": "plain", "n_observations": 6, "n_samples": 3}


def test_the_order_of_keys_is_free() -> None:
    content = json.dumps(dict(reversed(JSON.items()))).encode()
    assert identify("x", io.BytesIO(content)) is BIOM
    assert BIOM.describe(io.BytesIO(content)) == BIOM.describe(io.BytesIO(changed()))


def test_a_large_table_is_described_by_its_first_words() -> None:
    rows = [
        {"id": f"OTU{n}", "metadata": {"taxonomy": ["k__Bacteria"] * 20}} for n in range(60_000)
    ]
    first = {key: JSON[key] for key in ("id", "format", "type", "generated_by", "shape")}
    content = json.dumps(first | {"rows": rows}).encode()
    described = BIOM.describe(io.BytesIO(content))
    assert (described["n_observations"], described["n_samples"]) == (6, 3)
    assert (described["version"], described["type"]) == ("1.0.0", "OTU table")


def hdf5(path: Path, change: Callable[[Any], None]) -> Finding:
    target = path / "x.biom"
    target.write_bytes((SAMPLES / "feature-table.biom").read_bytes())
    with h5py.File(target, "r+") as file:
        change(file)
    return validated(target.read_bytes())


def other_shape(file: Any) -> None:
    file.attrs["shape"] = [6, 4]


def no_shape(file: Any) -> None:
    del file.attrs["shape"]


def no_matrix(file: Any) -> None:
    del file["sample/matrix"]


def short_data(file: Any) -> None:
    data = file["observation/matrix/data"][:-1]
    del file["observation/matrix/data"]
    file["observation/matrix/data"] = data


def out_of_order(file: Any) -> None:
    file["sample/matrix/indptr"][1] = 1000


def outside(file: Any) -> None:
    for axis in ("observation", "sample"):
        file[f"{axis}/matrix/indices"][0] = 1000


def twice(file: Any) -> None:
    file["sample/ids"][1] = file["sample/ids"][0]


def short_metadata(file: Any) -> None:
    del file["sample/metadata/body_site"]
    file["sample/metadata/body_site"] = ["stool"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (other_shape, "it does not name as many samples as its shape says"),
        (no_shape, "its shape is absent"),
        (no_matrix, "its matrix by sample is absent"),
        (short_data, "the parts of its matrix by observation do not fit each other"),
        (out_of_order, "its matrix by sample is out of order"),
        (outside, "its matrix points outside its shape"),
        (twice, "it names a sample twice"),
        (short_metadata, "its metadata of samples is of another number of them"),
    ],
)
def test_each_fault_of_hdf5_is_named(
    tmp_path: Path, change: Callable[[Any], None], fault: str
) -> None:
    assert hdf5(tmp_path, change).fault == fault


def test_a_file_without_metadata_is_read(tmp_path: Path) -> None:
    def without(file: Any) -> None:
        del file["sample/metadata"]
        del file["observation/metadata"]
        del file.attrs["type"]

    assert hdf5(tmp_path, without).fault is None


def test_metadata_that_names_a_person_is_named(tmp_path: Path) -> None:
    columns = [
        {"id": name, "metadata": {"patient_name": "Anna", "sample_name": "S1"}} for name in "abc"
    ]
    content = changed(columns=columns)
    assert BIOM.personal_fields(io.BytesIO(content)) == ["sample metadata patient_name"]
    target = tmp_path / "x.biom"
    target.write_bytes((SAMPLES / "feature-table.biom").read_bytes())
    with h5py.File(target, "r+") as file:
        file["sample/metadata/nhs_number"] = ["1", "2", "3"]
    with target.open("rb") as stream:
        assert BIOM.personal_fields(stream) == ["sample metadata nhs_number"]
