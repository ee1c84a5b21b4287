"""Decisions about quarantine in real Postgres: they outlive loads, and never hide what is new."""

from collections.abc import Iterable

import polars as pl
import psycopg
import pytest

from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import quarantine
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.ledger import Snapshot, record_snapshot
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.quarantine import Cause, Group
from omics_orchestrator.warehouse.table import Column, Table

TABLE = Table(TableName("core", "visit", "clinic"), {"id": Column(pl.Int64())}, ("id",))
SEX = ("sex", "recode", "unknown_code")
AGE = ("age", "integer", "out_of_range")
Held = tuple[str, str, str, str, str, int]


def held(*values: str, cause: tuple[str, str, str] = SEX, record: str = "r1") -> list[Held]:
    return [(*cause, record, value, 1) for value in values]


def load(connection: psycopg.Connection, run: str, entries: Iterable[Held]) -> None:
    """Load the table anew, with these entries in quarantine."""
    frame = pl.DataFrame(
        list(entries),
        schema=["field", "rule", "reason", "record_hash", "value_hash", "count"],
        orient="row",
    )
    said = Load(run, "v1", {"raw.clinic__visit": run}, rows_in=1, quarantine=frame)
    merge(connection, TABLE, pl.DataFrame({"id": [1]}), said)


def only(connection: psycopg.Connection) -> Group:
    (found,) = quarantine.groups(connection)
    return found


def decide(connection: psycopg.Connection, choice: quarantine.Choice, value: str = "") -> int:
    return quarantine.decide(
        connection, only(connection), choice, by="anna", why="because", value=value
    )


def test_groups_are_counted_by_cause_and_the_most_open_cells_come_first(
    connection: psycopg.Connection,
) -> None:
    load(
        connection,
        "one",
        [
            *held("a", "b"),
            *held("a", record="r2"),
            ("age", "integer", "out_of_range", "r1", "x", 7),
        ],
    )
    first, second = quarantine.groups(connection)
    assert (first.cause, first.cells) == (Cause("core.clinic__visit", *AGE), 7)
    assert (second.cells, second.values, second.records, second.open_cells) == (3, 2, 2, 3)
    assert second.state == "open"


def test_the_name_of_a_cause_is_the_same_after_a_reload(connection: psycopg.Connection) -> None:
    load(connection, "one", held("a"))
    before = only(connection).cause.id
    load(connection, "two", held("b", "c"))
    assert only(connection).cause.id == before


@pytest.mark.parametrize("choice", ["missing", "source", "leave"])
def test_a_decision_outlives_a_reload(
    connection: psycopg.Connection, choice: quarantine.Choice
) -> None:
    load(connection, "one", held("a", "b"))
    assert decide(connection, choice) == 2
    load(connection, "two", held("a", "b"))
    assert only(connection).open_cells == 0
    assert only(connection).state == f"{choice} (anna)"


def test_a_value_that_comes_after_a_decision_is_open(connection: psycopg.Connection) -> None:
    load(connection, "one", held("a"))
    decide(connection, "leave")
    load(connection, "two", held("a", "b"))
    assert (only(connection).cells, only(connection).open_cells) == (2, 1)
    assert only(connection).state == "1 open"
    told = quarantine.values(connection, only(connection).cause)
    assert told.select("value_hash", "decision", "is_open").rows() == [
        ("b", None, True),
        ("a", "leave", False),
    ]


def test_what_was_called_mended_waits_for_the_next_load_and_is_open_if_it_comes_back(
    connection: psycopg.Connection,
) -> None:
    load(connection, "one", held("a", "b"))
    decide(connection, "mended")
    assert only(connection).open_cells == 0
    load(connection, "two", held("b"))
    assert (only(connection).open_cells, only(connection).came_back) == (1, True)
    assert only(connection).state == "came back, mended (anna)"


def test_what_left_quarantine_is_remembered_with_its_decision(
    connection: psycopg.Connection,
) -> None:
    load(connection, "one", held("a"))
    decide(connection, "mended")
    load(connection, "two", [])
    assert (only(connection).cells, only(connection).load_id) == (0, None)
    assert only(connection).state == "gone, mended (anna)"


def test_the_latest_decision_counts_and_reopening_undoes_the_others(
    connection: psycopg.Connection,
) -> None:
    load(connection, "one", held("a"))
    decide(connection, "leave")
    decide(connection, "reopen")
    assert only(connection).open_cells == 1
    decide(connection, "source")
    assert only(connection).open_cells == 0
    made = quarantine.decisions(connection, only(connection).cause)
    assert [each.decision for each in made] == ["source", "reopen", "leave"]
    assert {(each.decided_by, each.why, each.cells) for each in made} == {("anna", "because", 1)}


def test_a_decision_about_one_value_leaves_the_others_open(connection: psycopg.Connection) -> None:
    load(connection, "one", held("aa", "bb"))
    assert decide(connection, "leave", value="a") == 1
    assert only(connection).open_cells == 1
    assert decide(connection, "leave", value="nothing") == 0


def test_a_decision_about_what_was_loaded_anew_meanwhile_is_not_recorded(
    connection: psycopg.Connection,
) -> None:
    load(connection, "one", held("a"))
    seen = only(connection)
    load(connection, "two", held("b"))
    assert quarantine.decide(connection, seen, "leave", by="anna", why="because") == 0
    assert quarantine.decisions(connection, seen.cause) == []


def test_a_showing_is_recorded_with_who_when_and_what_group(connection: psycopg.Connection) -> None:
    load(connection, "one", held("a", "b"))
    quarantine.record_showing(connection, only(connection), to="sofia", place="pages")
    (seen,) = quarantine.showings(connection, only(connection).cause)
    assert (seen.shown_to, seen.place, seen.shown_values) == ("sofia", "pages", 2)
    assert quarantine.showings(connection, Cause("core.clinic__visit", *AGE)) == []


@pytest.mark.parametrize("table", ["quarantine_decision", "quarantine_showing"])
@pytest.mark.parametrize("change", ["update {} set reason = ''", "delete from {}", "truncate {}"])
def test_what_was_decided_and_shown_is_never_changed(
    connection: psycopg.Connection, table: str, change: str
) -> None:
    load(connection, "one", held("a"))
    decide(connection, "leave")
    quarantine.record_showing(connection, only(connection), to="sofia", place="shell")
    with pytest.raises(psycopg.DatabaseError, match="are never changed"):
        connection.execute(change.format(f"ops.{table}").encode())


def test_the_snapshots_that_a_load_read_are_found(connection: psycopg.Connection) -> None:
    for content in ("one", "two"):
        record_snapshot(
            connection,
            Snapshot(
                "raw.clinic__visit", content, f"raw/{content}.parquet", 1, 1, "redcap", content
            ),
        )
    load(connection, "one", held("a"))
    load_id = only(connection).load_id
    assert load_id is not None
    assert [each.object_key for each in quarantine.read_by(connection, load_id)] == [
        "raw/one.parquet"
    ]
