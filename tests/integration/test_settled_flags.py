"""Flags of drugs from the courses to a dataset, in a warehouse: made, as of a moment, and traced."""

from datetime import datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from omics_orchestrator.dictionary import dataset
from omics_orchestrator.dictionary.settled_flags import FLAGS
from omics_orchestrator.exposure.tables import TABLES
from omics_orchestrator.harmonised.assembling import Assembling, Group
from omics_orchestrator.harmonised.described import find
from omics_orchestrator.harmonised.exposure import exposure_table, made
from omics_orchestrator.harmonised.past import rows_at
from omics_orchestrator.harmonised.tables import core_table, dataset_table
from omics_orchestrator.stewardship.cell import cell_of
from omics_orchestrator.stewardship.trace import Trace, trace
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.table import Table
from tests.unit.exposure.ward import day, dictionary, study, ward_tables

WARD = study()
BOOK = dictionary(WARD)
PARTS = {name: core_table(BOOK, WARD, name) for name in WARD.tables}
JOINED = day("2020-06-01")
PEOPLE = tuple(
    {"study_id": f"P-{n:02}", "joined": JOINED, "ada": n % 2 == 0, "ada_start": day("2020-01-01")}
    for n in range(40)
)
VISITS = tuple(
    {"study_id": f"P-{n:02}", "visit": visit, "seen": day(seen), "on_tnf": told}
    for n in range(40)
    for visit, seen, told in (("one", "2020-05-01", None), ("two", "2021-05-01", n % 3 == 0))
)
# One of the last participants names a drug that no other does.
LISTED = ({"study_id": "P-39", "slot": "1", "listed": "aza", "began": day("2020-02-01")},)


def put(connection: psycopg.Connection, table: Table, frame: pl.DataFrame) -> datetime:
    """Load a table; gives the moment at which the load was over."""
    merge(connection, table, frame.select(list(table.columns)), Load("run", "v1", {}, 0))
    last = last_load(connection, str(table.name))
    assert last is not None
    assert last.finished_at is not None
    return last.finished_at


@pytest.fixture
def loaded(connection: psycopg.Connection, tmp_path: Path) -> psycopg.Connection:
    for name, frame in ward_tables(PEOPLE, VISITS, LISTED).items():
        put(connection, PARTS[name], frame)
    follow(connection, tmp_path)
    return connection


def follow(connection: psycopg.Connection, folder: Path) -> None:
    """Make what is made of the conformed tables."""
    for name in ("status", "flag"):
        (frame,), _ = made(connection, BOOK, WARD, name, folder)
        put(connection, exposure_table(WARD, name), frame)
    (frame,), _ = assembling().run(connection, folder)
    put(connection, dataset_table(BOOK, WARD, "visits"), frame)


def assembling() -> Assembling:
    spec = WARD.datasets["visits"]
    parts = {name: PARTS[name] for name in dataset.parts_of(spec)}
    return Assembling(
        [Group({**parts, FLAGS: exposure_table(WARD, "flag")}, dataset.whole_by(WARD, spec))],
        lambda frames: dataset.assemble(BOOK, WARD, "visits", frames),
    )


def flag(connection: psycopg.Connection, person: str, visit: str) -> bool | None:
    rows = read(connection, dataset_table(BOOK, WARD, "visits"))
    found: bool | None = rows.filter(study_id=person, visit=visit)["on_tnf"].item()
    return found


def traced(connection: psycopg.Connection, key: str) -> Trace:
    cell = cell_of(BOOK, "datasets.ward__visits", key, "on_tnf")
    return trace(connection, BOOK, cell, show_value=True)


@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_on_drugs_in_slices_is_the_whole_table(
    loaded: psycopg.Connection, tmp_path: Path, name: str
) -> None:
    (whole,), rows = made(loaded, BOOK, WARD, name, tmp_path / "unused")
    slices, rows_of_slices = made(loaded, BOOK, WARD, name, tmp_path, cells_at_once=200)
    assert len(slices) > 3
    key = TABLES[name].key
    assert_frame_equal(pl.concat(slices).sort(key), whole.sort(key))
    assert rows == rows_of_slices == 121


def test_a_dataset_with_flags_in_slices_is_the_whole_dataset(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    (whole,), of_whole = assembling().run(loaded, tmp_path / "unused")
    slices, of_slices = assembling().run(loaded, tmp_path, cells_at_once=1_000)
    assert len(slices) > 3
    assert_frame_equal(pl.concat(slices), whole, check_row_order=False)
    assert_frame_equal(of_slices.rows, of_whole.rows)
    assert (
        "flags are known by the courses"
        in of_whole.rows.filter(pl.col("step") == "drug flags of visit")["reason"].item()
    )


def test_a_dataset_of_then_has_the_flags_of_then(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    assert flag(loaded, "P-00", "one") is True
    before = last_load(loaded, "datasets.ward__visits")
    assert before is not None
    assert before.finished_at is not None
    stopped = [{**each, "ada_stop": day("2020-02-01")} for each in PEOPLE]
    put(loaded, PARTS["participant"], ward_tables(tuple(stopped))["participant"])
    follow(loaded, tmp_path)
    assert flag(loaded, "P-00", "one") is not True
    then = rows_at(loaded, find(BOOK, "datasets.ward__visits"), before.finished_at)
    assert then.frame.filter(study_id="P-00", visit="one")["on_tnf"].item() is True
    assert then.notes == ()


def test_a_flag_is_traced_through_the_courses_that_decide_it(loaded: psycopg.Connection) -> None:
    found = traced(loaded, "P-00,one")
    assert [str(each.cell.table.name) for each in found.stations] == [
        "datasets.ward__visits", "exposure.ward__flag", "core.ward__visit",
    ]  # fmt: skip
    assert (found.value, str(found.state)) == (True, "known: by the courses of drugs")
    assert found.courses == ("participant/P-00/ada",)


def test_a_flag_that_was_recorded_and_one_that_nobody_knows_say_so(
    loaded: psycopg.Connection,
) -> None:
    assert str(traced(loaded, "P-00,two").state) == "known: as it was recorded"
    unknown = traced(loaded, "P-01,one")
    assert unknown.value is None
    assert unknown.state.name == "unknown"
