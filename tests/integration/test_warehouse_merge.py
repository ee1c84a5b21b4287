"""Merging on a real Postgres: what a table holds after any sequence of loads."""

import datetime as dt
import itertools
from decimal import Decimal

import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import copy
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import as_of, parts, read, repeated_keys
from omics_orchestrator.warehouse.table import Column, Table

few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
number = itertools.count()
SCHEMA = {
    "participant": pl.String(),
    "visit": pl.Int64(),
    "note": pl.String(),
    "count": pl.Int64(),
    "score": pl.Float64(),
    "dose": pl.Decimal(12, 3),
    "active": pl.Boolean(),
    "seen": pl.Date(),
    "measured": pl.Datetime("us"),
    "received": pl.Datetime("us", "UTC"),
    "ticked": pl.List(pl.String()),
    "doses": pl.List(pl.Int64()),
}
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
texts |= st.sampled_from(["", "\\N", "\\.", "NULL", 'a"b,c\r\nd\te', "\\", "{}", "NaN", "\ufeff"])
whole = st.integers(-(2**63), 2**63 - 1)
times = st.datetimes()
cells = {
    "note": texts,
    "count": whole,
    "score": st.floats(),
    "dose": st.decimals(Decimal(-(10**8)), Decimal(10**8), places=3),
    "active": st.booleans(),
    "seen": st.dates(),
    "measured": times,
    "received": times,
    "ticked": st.lists(st.none() | texts, max_size=3),
    "doses": st.lists(st.none() | whole, max_size=3),
}
keys = st.tuples(st.sampled_from(["P-1", "P-2", "é", "\\"]), st.integers(1, 3))
rows = st.fixed_dictionaries({name: st.none() | values for name, values in cells.items()})


def frame_of(content: dict[tuple[str, int], dict[str, object]]) -> pl.DataFrame:
    records = [
        {"participant": participant, "visit": visit} | row
        for (participant, visit), row in content.items()
    ]
    return pl.DataFrame(records, schema=SCHEMA).sort("participant", "visit")


frames = st.dictionaries(keys, rows, max_size=8).map(frame_of)


def new_table(*, history: bool) -> Table:
    columns = {name: Column(dtype, f"The {name}.") for name, dtype in SCHEMA.items()}
    name = TableName("core", f"t{next(number)}", "study")
    return Table(name, columns, ("participant", "visit"), history=history)


def load_of(run_id: str | None = None) -> Load:
    return Load(run_id or f"run-{next(number)}", "v1", {"raw": "abc"}, rows_in=0)


@few
@given(st.lists(frames, min_size=1, max_size=4), st.booleans())
def test_the_present_rows_are_exactly_those_of_the_last_frame(connection, sequence, history):
    table = new_table(history=history)
    before = 0
    for frame in sequence:
        change = merge(connection, table, frame, load_of(), allow_shrink=1)
        assert read(connection, table).equals(frame)
        assert change.inserted + change.updated + change.unchanged == frame.height
        assert before + change.inserted - change.deleted == frame.height
        before = frame.height


@few
@given(st.lists(frames, min_size=1, max_size=4))
def test_each_past_moment_reads_as_it_was_then(connection, sequence):
    table = new_table(history=True)
    states = []
    for frame in sequence:
        merge(connection, table, frame, load_of(), allow_shrink=1)
        states.append((last_load(connection, str(table.name)).started_at, frame))
    for (moment, frame), (end, _) in itertools.pairwise([*states, (dt.datetime.now(dt.UTC), None)]):
        assert as_of(connection, table, moment).equals(frame)
        assert as_of(connection, table, end - dt.timedelta(microseconds=1)).equals(frame)
    first = states[0][0]
    assert as_of(connection, table, first - dt.timedelta(microseconds=1)).is_empty()


@few
@given(frames, st.booleans(), st.randoms())
def test_merging_the_same_rows_again_in_any_order_writes_nothing(
    connection, frame, history, random
):
    table = new_table(history=history)
    first = merge(connection, table, frame, load_of(), allow_shrink=1)
    versions = sql.SQL("select ctid::text, xmin::text from {} order by ctid")
    physical = versions.format(table.identifier)
    written = connection.execute(physical).fetchall()
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    second = merge(connection, table, shuffled, load_of())
    assert second.unchanged == frame.height
    assert second.content_hash == first.content_hash
    assert connection.execute(physical).fetchall() == written


@few
@given(frames, frames, st.integers(1, 3))
def test_rows_in_several_frames_are_merged_as_in_one(connection, before, after, size):
    cut, whole = new_table(history=True), new_table(history=True)
    changes = []
    for frame in (before, after):
        slices = [*frame.iter_slices(size), frame.clear()]
        changes.append(merge(connection, cut, slices, load_of(), allow_shrink=1))
        assert changes[-1] == merge(connection, whole, frame, load_of(), allow_shrink=1)
    assert read(connection, cut).equals(after)


def test_a_key_in_two_frames_is_refused_and_the_old_rows_stay(connection):
    table = simple()
    merge(connection, table, patients(a=1), load_of())
    with pytest.raises(WarehouseError, match="two rows share a key"):
        merge(connection, table, [patients(a=2), patients(b=1, a=3)], load_of())
    assert read(connection, table).equals(patients(a=1))


def test_a_table_is_read_in_parts_that_together_are_the_table(connection, monkeypatch):
    monkeypatch.setattr(copy, "_PART_BYTES", 40)
    frame = frame_of(
        {
            (f"P-{n}", n): dict.fromkeys(cells) | {"note": 'a\n"b",c', "ticked": ["x\ny"]}
            for n in range(20)
        }
    )
    table = new_table(history=False)
    merge(connection, table, frame, load_of())
    found = list(parts(connection, table))
    assert len(found) > 5
    assert pl.concat(found).sort(table.key).equals(frame)
    assert repeated_keys(connection, table) == 0


def simple(*, history: bool = True) -> Table:
    columns = {"id": Column(pl.String()), "age": Column(pl.Int64()), "note": Column(pl.String())}
    return Table(TableName("core", "patient", "study"), columns, ("id",), history=history)


def patients(**ages: int) -> pl.DataFrame:
    schema = {"id": pl.String, "age": pl.Int64, "note": pl.String}
    return pl.DataFrame([(name, age, "calm") for name, age in ages.items()], schema, orient="row")


def test_a_change_says_what_happened_to_rows_and_columns(connection):
    merge(connection, simple(), patients(a=1, b=2, c=3), load_of())
    change = merge(connection, simple(), patients(a=1, b=20, d=4), load_of())
    assert (change.inserted, change.updated, change.deleted, change.unchanged) == (1, 1, 1, 1)
    assert change.changed_columns == {"age": 1}


def test_without_history_a_past_version_leaves_no_trace(connection):
    table = simple(history=False)
    merge(connection, table, patients(a=1, b=2), load_of())
    merge(connection, table, patients(a=10, b=2), load_of())
    assert connection.execute("select count(*) from core.study__patient").fetchone() == (2,)
    with pytest.raises(WarehouseError, match="keeps no history"):
        as_of(connection, table, dt.datetime.now(dt.UTC))


def test_a_value_that_comes_back_begins_a_new_version(connection):
    table = simple()
    for age in (1, 2, 1):
        merge(connection, table, patients(a=age), load_of())
    versions = connection.execute(
        "select age, _valid_to is null from core.study__patient order by _valid_from"
    ).fetchall()
    assert versions == [(1, False), (2, False), (1, True)]


@pytest.mark.parametrize(("before", "after"), [(100, 89), (300, 280), (3, 0)])
def test_a_short_export_never_replaces_a_table(connection, before, after):
    everyone = patients(**{f"p{number:03}": number for number in range(before)})
    merge(connection, simple(), everyone, load_of())
    with pytest.raises(WarehouseError, match=f"{before - after} of {before} rows would vanish"):
        merge(connection, simple(), everyone.head(after), load_of())
    assert read(connection, simple()).equals(everyone)
    allowed = merge(connection, simple(), everyone.head(after), load_of(), allow_shrink=1)
    assert allowed.deleted == before - after
    recorded = "select allowed_shrink from ops.load order by load_id"
    assert connection.execute(recorded).fetchall() == [(0.05,), (1,)]


def test_a_small_table_may_lose_a_few_rows(connection):
    merge(connection, simple(), patients(a=1, b=2, c=3), load_of())
    assert merge(connection, simple(), patients(a=1), load_of()).deleted == 2


def test_postgres_itself_refuses_two_present_rows_of_one_key(connection):
    merge(connection, simple(), patients(a=1), load_of())
    again = "insert into core.study__patient select * from core.study__patient"
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(again)


def test_a_run_tried_again_after_its_commit_is_recorded_once(connection):
    first = merge(connection, simple(), patients(a=1, b=2), load_of("night"))
    second = merge(connection, simple(), patients(a=1, b=2), load_of("night"))
    assert second == first
    assert second.inserted == 2
    assert connection.execute("select count(*) from ops.load").fetchone() == (1,)


def test_a_date_before_our_era_comes_back_as_it_went(connection):
    frame = pl.DataFrame({"id": ["a"], "on": [-800_000]}).cast({"on": pl.Date})
    columns = {name: Column(dtype) for name, dtype in frame.schema.items()}
    table = Table(TableName("raw", "find", "study"), columns, ("id",))
    merge(connection, table, frame, load_of())
    assert read(connection, table).equals(frame)


def test_a_date_beyond_what_postgres_knows_is_refused_without_being_shown(connection):
    frame = (
        pl.DataFrame({"id": ["a"], "on": [2**31 - 1]}).cast({"on": pl.Int32}).cast({"on": pl.Date})
    )
    columns = {name: Column(dtype) for name, dtype in frame.schema.items()}
    table = Table(TableName("raw", "find", "study"), columns, ("id",))
    with pytest.raises(WarehouseError, match="does not fit"):
        merge(connection, table, frame, load_of())


def test_a_change_of_the_default_time_zone_does_not_move_a_time(connection):
    frame = pl.DataFrame({"id": ["a"], "at": [dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)]})
    columns = {name: Column(dtype) for name, dtype in frame.schema.items()}
    table = Table(TableName("raw", "visit", "study"), columns, ("id",))
    connection.execute("set timezone = 'Europe/London'")
    merge(connection, table, frame, load_of())
    assert read(connection, table).equals(frame)
