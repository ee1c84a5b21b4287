"""Traces through every kind of dataset and rule, in a warehouse that holds two made-up studies."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import psycopg
import pytest

from omics_orchestrator import snapshot
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.described import described
from omics_orchestrator.naming import TableName
from omics_orchestrator.stewardship.cell import cell_of
from omics_orchestrator.stewardship.rebuild import Rebuild
from omics_orchestrator.stewardship.trace import Trace, trace
from omics_orchestrator.stores import open_store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.load import merge
from tests.unit.stewardship.small_world import READINGS, book, dictionary

KNOWN = dictionary(book())
OF = {"visit": "clinic", "history": "clinic", "drugs": "clinic", "entry": "registry"}


@pytest.fixture
def loaded(connection: psycopg.Connection, tmp_path: Path) -> psycopg.Connection:
    """A warehouse with all tables of the made-up studies, as first loads made them."""
    inputs: dict[str, str] = {}
    for name, frame in READINGS.read.items():
        raw = TableName("raw", name, OF.get(name, "registry"))
        taken = snapshot.take(
            open_store(str(tmp_path)), raw, frame, source="redcap", scope={}, run_id="reading"
        )
        ledger.record_snapshot(connection, taken)
        inputs[taken.relation] = taken.content_hash
    rebuild = Rebuild(KNOWN, READINGS)
    for each in described(KNOWN).values():
        frame = rebuild.content(each.table.name).frame
        load = Load("loading", "v1", inputs, rows_in=frame.height)
        merge(connection, each.table, frame.select(list(each.table.columns)), load)
    return connection


def traced(connection: psycopg.Connection, table: str, key: str, variable: str) -> Trace:
    return trace(connection, KNOWN, cell_of(KNOWN, table, key, variable), show_value=True)


def stations(found: Trace) -> list[tuple[str, str, Mapping[str, str]]]:
    return [
        (str(each.cell.table.name), each.cell.column, dict(each.cell.key))
        for each in found.stations
    ]


def test_a_cell_of_several_studies_goes_through_the_dataset_of_its_own(
    loaded: psycopg.Connection,
) -> None:
    found = traced(loaded, "datasets.both", "registry,a/2", "age")
    key = {"study_id": "a", "instance": "2"}
    assert stations(found) == [
        ("datasets.both", "age", {"study": "registry", "row_key": "a/2"}),
        ("datasets.registry__main", "age", key),
        ("core.registry__entry", "age", key),
    ]
    assert (found.study.study, found.value) == ("registry", 31)
    assert [each.field for each in found.fields] == ["age_1", "age_2"]
    assert {str(each.raw) for each in found.fields} == {"raw.registry__entry"}
    assert {each.place for each in found.fields} == {"REDCap form entry (redcap)"}
    assert {each.snapshot.run_id for each in found.fields if each.snapshot} == {"reading"}


def test_what_stands_beside_by_its_key_is_traced_to_its_own_table(
    loaded: psycopg.Connection,
) -> None:
    found = traced(loaded, "datasets.registry__main", "a,1", "seen_on")
    assert stations(found)[-1] == ("core.registry__stay", "seen_on", {"study_id": "a"})
    assert (found.value, found.fields[0].field) == (date(2020, 2, 1), "day")


@pytest.mark.parametrize(
    ("column", "traced_to", "value"),
    [("value", "crp", 5.0), ("comparator", "crp_comparator", "<"), ("unit", "crp", "mg/L")],
)
def test_a_number_that_is_a_row_is_traced_to_its_column(
    loaded: psycopg.Connection, column: str, traced_to: str, value: object
) -> None:
    found = traced(loaded, "datasets.clinic__numbers", "P1,crp", column)
    assert stations(found)[-1] == ("core.clinic__visit", traced_to, {"study_id": "P1"})
    assert (found.variable, found.value) == ("crp", value)


def test_slots_are_traced_to_the_fields_of_all_of_them(loaded: psycopg.Connection) -> None:
    found = traced(loaded, "core.clinic__drugs", "P1,2", "drug")
    assert [each.field for each in found.fields] == ["drug_1", "drug_2", "drug_3"]
    assert found.value == "ada"


def test_a_value_of_another_row_is_traced_to_what_that_row_reads(
    loaded: psycopg.Connection,
) -> None:
    found = traced(loaded, "core.registry__entry", "b,3", "first_age")
    assert [each.variable for each in found.inputs] == [
        "first_age", "age", "study_id", "instance",
    ]  # fmt: skip
    assert {"age_1", "age_2"} <= {each.field for each in found.fields}


def test_a_form_that_feeds_a_table_beside_another_is_told_as_the_place(
    loaded: psycopg.Connection,
) -> None:
    found = traced(loaded, "core.clinic__visit", "P1", "ifx")
    assert [each.place for each in found.fields] == ["REDCap form history (redcap)"]


@pytest.mark.parametrize(
    ("table", "key", "variable", "state"),
    [
        ("core.clinic__visit", "17", "sex", "declared missing: not_recorded"),
        ("core.clinic__visit", "P1", "sex", "known"),
        (
            "core.clinic__visit",
            "92",
            "sex",
            "quarantined: what the source says fits no rule, see `omics quarantine`",
        ),
        ("core.registry__entry", "a,1", "anti_tnf", "not collected: the registry never asked"),
        (
            "core.clinic__visit",
            "92",
            "anti_tnf",
            "empty: something it is made of is not known, see below",
        ),
    ],
)
def test_the_state_of_a_cell_is_told_with_its_reason(
    loaded: psycopg.Connection, table: str, key: str, variable: str, state: str
) -> None:
    assert str(traced(loaded, table, key, variable).state) == state


def test_what_another_study_alone_has_is_told_to_be_absent(loaded: psycopg.Connection) -> None:
    with pytest.raises(ConfigurationError, match="the study registry has no places"):
        traced(loaded, "datasets.both", "registry,a/2", "places")


def test_how_much_of_a_key_is_there_is_told(loaded: psycopg.Connection) -> None:
    with pytest.raises(ConfigurationError) as refused:
        traced(loaded, "core.registry__entry", "a,7", "age")
    assert "no row of it has this study_id and instance; 2 have this study_id" in str(refused.value)


def test_a_row_is_traced_to_the_load_that_wrote_it_and_what_that_had_read(
    loaded: psycopg.Connection, tmp_path: Path
) -> None:
    before = traced(loaded, "core.registry__stay", "a", "stool")
    later = READINGS.read["stay"].with_columns(
        sex=pl.when(pl.col("id") == "d").then(pl.lit("m")).otherwise("sex")
    )
    raw = TableName("raw", "stay", "registry")
    store = open_store(str(tmp_path))
    taken = snapshot.take(store, raw, later, source="redcap", scope={}, run_id="second")
    ledger.record_snapshot(loaded, taken)
    each = described(KNOWN)["core.registry__stay"]
    frame = Rebuild(KNOWN, type(READINGS)({**READINGS.read, "stay": later}))
    rows = frame.content(each.table.name).frame.select(list(each.table.columns))
    merge(loaded, each.table, rows, Load("again", "v1", {str(raw): taken.content_hash}, 4))

    untouched = traced(loaded, "core.registry__stay", "a", "stool")
    changed = traced(loaded, "core.registry__stay", "d", "stool")
    assert untouched == before
    assert changed.stations[-1].load.run_id == "again"
    assert changed.fields[0].snapshot is not None
    assert changed.fields[0].snapshot.run_id == "second"
    assert changed.value == "male"
