"""The laboratories' sheets, read by another library than the one that wrote them."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from omics_orchestrator.demo.gidamps.laboratory_sheets import (
    ASSAYS,
    UNKNOWN_SAMPLE,
    write_olink,
    write_qpcr,
)
from omics_orchestrator.demo.gidamps.samples_database import Sample, registered
from omics_orchestrator.demo.gidamps.study import generate


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return list(registered(generate(120, 5).rows, 5))


@pytest.fixture(scope="module")
def sheet(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> list[list[object]]:
    path = tmp_path_factory.mktemp("olink") / "plate.xlsx"
    write_olink(path, samples, 5)
    return [list(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]


@pytest.fixture(scope="module")
def qpcr(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("qpcr") / "run.csv"
    write_qpcr(path, samples, 5)
    return path


@pytest.mark.parametrize("write", [write_olink, write_qpcr])
def test_a_seed_always_gives_the_same_bytes(
    write: object, samples: list[Sample], tmp_path: Path
) -> None:
    assert callable(write)
    once, again, other = (tmp_path / name for name in ("once", "again", "other"))
    for path, seed in ((once, 1), (again, 1), (other, 2)):
        write(path, samples, seed)
    assert once.read_bytes() == again.read_bytes() != other.read_bytes()


def test_a_title_two_headers_and_units_stand_above_the_values(sheet: list[list[object]]) -> None:
    title, assays, proteins, units = sheet[:4]
    assert str(title[0]).startswith("NPX data")
    assert assays == ["SampleID", "PlateID", "QC_Warning", *ASSAYS]
    assert proteins[3:] == list(ASSAYS.values())
    assert units[3:] == ["NPX"] * len(ASSAYS)


def test_a_comment_stands_below_the_values(sheet: list[list[object]]) -> None:
    assert str(sheet[-1][0]).startswith("QC_Warning:")
    assert set(sheet[-1][1:]) == {""}


def test_every_sample_but_one_is_registered_plasma(
    sheet: list[list[object]], samples: list[Sample]
) -> None:
    plasma = {sample.sample_id for sample in samples if sample.sample_type == "edta_plasma"}
    measured = [row[0] for row in sheet[4:-1]]
    assert set(measured) - plasma == {UNKNOWN_SAMPLE}
    assert len(set(measured)) == len(measured) > 100


def test_values_are_numbers_with_all_the_usual_exceptions(sheet: list[list[object]]) -> None:
    values = [value for row in sheet[4:-1] for value in row[3:]]
    texts = {str(value) for value in values if not isinstance(value, float)}
    assert {"<LOD", "", "NA"} <= texts
    assert values.count("NA") == 1
    assert any(re.fullmatch(r"-?\d+,\d+", text) for text in texts)
    assert sum(isinstance(value, float) for value in values) > 0.9 * len(values)
    assert {row[2] for row in sheet[4:-1]} == {"Pass", "Warning"}


def test_qpcr_is_written_as_a_european_excel_saves_it(qpcr: Path) -> None:
    content = qpcr.read_bytes()
    assert content.startswith("\N{ZERO WIDTH NO-BREAK SPACE}sample_id;target;cq;".encode())
    assert content.endswith(b"\r\n")


def test_qpcr_has_undetermined_reactions_without_a_quantity(
    qpcr: Path, samples: list[Sample]
) -> None:
    extracted = {sample.sample_id for sample in samples if sample.sample_type == "cfdna_extracted"}
    with qpcr.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    assert {row["sample_id"] for row in rows} <= extracted
    undetermined = [row for row in rows if row["cq"] == "Undetermined"]
    assert 0 < len(undetermined) < len(rows) / 4
    assert {row["quantity"] for row in undetermined} == {""}
    for row in rows:
        day, month, year = map(int, row["run_date"].split("/"))
        assert date(year, month, day).year == 2026
