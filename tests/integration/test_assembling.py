"""A dataset that is put together in slices is the dataset put together as a whole."""

from pathlib import Path

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from omics_orchestrator.dictionary import combined, dataset
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.harmonised.assembling import Assembling, Group
from omics_orchestrator.harmonised.tables import core_table, dataset_table
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.load import merge
from tests.unit.dictionary.made_up import dictionary

KNOWN = dictionary(
    {"timepoint": "string", "crp": "number", "height": "number"},
    {
        "visit": {
            "rows": ["redcap.visit"],
            "grain": ["study_id", "timepoint"],
            "variables": {"study_id": "id", "timepoint": "t", "crp": "crp"},
        },
        "person": {
            "rows": ["redcap.history"],
            "variables": {"study_id": "id", "height": "height"},
        },
    },
    datasets={
        "main": {"description": "x", "rows": "visit", "beside": ["person"], "where": "crp > 1"},
        "labs": {"description": "x", "long": "visit"},
    },
)
CLINIC = KNOWN.studies["clinic"]
BOTH = Combined(
    dataset="both", description="x", owners=("a@b.org",), rows=("clinic.main", "clinic.labs")
)
number = pl.int_range(400, eager=True)
RAW = {
    "visit": pl.DataFrame({
        "id": "P-" + (number // 4).cast(pl.String),
        "t": (number % 4).cast(pl.String),
        "crp": (number % 9).cast(pl.String),
    }),
    "history": pl.DataFrame({
        "id": "P-" + pl.int_range(50, 150, eager=True).cast(pl.String),
        "height": pl.int_range(150, 250, eager=True).cast(pl.String),
    }),
}  # fmt: skip


@pytest.fixture
def loaded(connection: psycopg.Connection) -> psycopg.Connection:
    for name in CLINIC.tables:
        made = conform(KNOWN, CLINIC, name, RAW, hash_key=b"key")
        merge(connection, core_table(KNOWN, CLINIC, name), made.frame, Load("run", "v1", {}, 0))
    return connection


def of_study(name: str) -> Assembling:
    asked = CLINIC.datasets[name]
    tables = {part: core_table(KNOWN, CLINIC, part) for part in dataset.parts_of(asked)}
    return Assembling(
        [Group(tables, dataset.whole_by(CLINIC, asked))],
        lambda frames: dataset.assemble(KNOWN, CLINIC, name, frames),
    )


def compared(connection: psycopg.Connection, asked: Assembling, folder: Path, cells: int) -> int:
    """Put it together whole and in slices, and count the slices."""
    (whole,), of_whole = asked.run(connection, folder / "unused")
    slices, of_slices = asked.run(connection, folder, cells_at_once=cells)
    together = pl.concat(slices)
    assert_frame_equal(together, whole, check_row_order=False)
    assert_frame_equal(of_slices.rows, of_whole.rows)
    assert together.height > 100
    return len(slices)


@pytest.mark.parametrize("name", ["main", "labs"])
def test_a_dataset_in_slices_is_the_whole_dataset(
    loaded: psycopg.Connection, tmp_path: Path, name: str
) -> None:
    assert compared(loaded, of_study(name), tmp_path, 200) > 4


def test_what_was_not_found_beside_is_counted_over_all_slices(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    _, account = of_study("main").run(loaded, tmp_path, cells_at_once=200)
    # 100 people came to visits, those from 50 on have a height, and 50 of these never came.
    told = account.rows.filter(step="beside person")["reason"].item()
    assert told.endswith("; 50 of its rows beside none")


def test_a_combined_dataset_is_read_study_by_study(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    members = combined.members(KNOWN, BOTH)
    for rows, (study, name) in members.items():
        (frame,), _ = of_study(name).run(loaded, tmp_path / rows)
        merge(loaded, dataset_table(KNOWN, study, name), frame, Load("run", "v1", {}, 0))
    groups = [
        Group({rows: dataset_table(KNOWN, study, name)}, {rows: "study_id"})
        for rows, (study, name) in members.items()
    ]
    asked = Assembling(groups, lambda frames: combined.combine(KNOWN, BOTH, frames))
    assert compared(loaded, asked, tmp_path, 500) > 4
