"""When the dictionary changes a table that already has a past."""

import datetime as dt

import polars as pl
import pytest

from omics_orchestrator.errors import TransientError, WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import as_of, read
from omics_orchestrator.warehouse.table import Column, Table

NAME = TableName("core", "patient", "study")
SECRET = "ZZCANARY"


def table_of(frame: pl.DataFrame, *, history: bool = True, key: tuple[str, ...] = ("id",)) -> Table:
    columns = {name: Column(dtype, f"The {name}.") for name, dtype in frame.schema.items()}
    return Table(NAME, columns, key, history=history, comment="One row a patient.")


def load(connection, frame, patience=30, **options):
    table = table_of(frame, **options)
    load = Load("run", "v1", {}, frame.height)
    change = merge(connection, table, frame, load, patience=patience)
    assert read(connection, table).equals(frame.sort("id"))
    return change


def moment(connection) -> dt.datetime:
    return last_load(connection, str(NAME)).started_at


BEFORE = pl.DataFrame({"id": ["a", "b"], "age": ["40", "50"]})


@pytest.mark.parametrize("history", [True, False])
def test_a_new_variable_is_added(connection, history):
    load(connection, BEFORE, history=history)
    change = load(connection, BEFORE.with_columns(height=pl.Series([None, 180])), history=history)
    assert (change.updated, change.unchanged) == (1, 1)
    assert change.changed_columns == {"height": 1}


def test_a_removed_variable_keeps_its_past(connection):
    load(connection, BEFORE)
    then = moment(connection)
    load(connection, BEFORE.drop("age"))
    assert as_of(connection, table_of(BEFORE), then).equals(BEFORE)
    present = read(connection, table_of(BEFORE))
    assert present["age"].to_list() == [None, None]


def test_a_removed_variable_is_dropped_where_there_is_no_history(connection):
    load(connection, BEFORE, history=False)
    load(connection, BEFORE.drop("age"), history=False)
    columns = "select column_name from information_schema.columns where table_schema = 'core'"
    assert ("age",) not in connection.execute(columns).fetchall()


def test_a_variable_whose_past_survives_the_change_of_its_type_keeps_it(connection):
    load(connection, BEFORE)
    then = moment(connection)
    numbers = BEFORE.with_columns(pl.col("age").cast(pl.Int64))
    load(connection, numbers)
    assert as_of(connection, table_of(numbers), then).equals(numbers)


@pytest.mark.parametrize("ages", [["40", SECRET], ["40", "050"]])
def test_a_variable_whose_past_would_be_lost_needs_a_new_name(connection, ages):
    before = BEFORE.with_columns(age=pl.Series(ages))
    load(connection, before)
    with pytest.raises(WarehouseError, match="would not survive") as refused:
        load(connection, BEFORE.with_columns(pl.col("age").cast(pl.Int64)))
    assert refused.value.place["column"] == "age"
    assert SECRET not in str(refused.value)
    assert read(connection, table_of(before)).equals(before)


def test_digits_of_the_past_are_not_rounded_away(connection):
    before = BEFORE.with_columns(age=pl.Series(["40.125", "50"]).str.to_decimal(scale=3))
    load(connection, before.cast({"age": pl.Decimal(9, 3)}))
    with pytest.raises(WarehouseError, match="would not survive"):
        load(connection, before.cast({"age": pl.Decimal(9, 2)}))
    load(connection, before.cast({"age": pl.Decimal(12, 4)}))


def test_without_history_a_variable_changes_its_type_freely(connection):
    load(connection, BEFORE, history=False)
    load(connection, BEFORE.with_columns(age=pl.Series([True, None])), history=False)


def test_a_table_that_begins_to_keep_history_starts_from_what_it_holds(connection):
    load(connection, BEFORE, history=False)
    then = moment(connection)
    load(connection, BEFORE.with_columns(age=pl.lit("60")))
    assert as_of(connection, table_of(BEFORE), then).equals(BEFORE)


def test_a_table_never_loses_its_history_by_a_slip_in_its_definition(connection):
    load(connection, BEFORE)
    with pytest.raises(WarehouseError, match="keeps history"):
        load(connection, BEFORE, history=False)


def test_a_new_key_replaces_the_old_one(connection):
    load(connection, BEFORE)
    twice = pl.concat([BEFORE, BEFORE.with_columns(age=pl.lit("60"))])
    table = table_of(twice, key=("id", "age"))
    merge(connection, table, twice, Load("run", "v1", {}, 4))
    assert read(connection, table).height == 4


def test_grants_views_and_policies_survive_every_change_of_shape(connection):
    load(connection, BEFORE)
    connection.execute("""
        create role reader;
        grant usage on schema core to reader;
        grant select on core.study__patient to reader;
        create view core.ids as select id from core.study__patient where _valid_to is null;
        alter table core.study__patient enable row level security;
        create policy all_rows on core.study__patient using (true);
    """)
    load(connection, BEFORE.with_columns(height=pl.lit(180, pl.Int64), age=pl.lit("41")))
    connection.execute("set role reader")
    count = connection.execute("select count(*) from core.study__patient").fetchone()
    connection.execute("reset role")
    assert count == (4,)
    assert connection.execute("select id from core.ids order by id").fetchall() == [("a",), ("b",)]
    assert connection.execute("select count(*) from pg_policies").fetchone() == (1,)
    connection.execute("drop owned by reader; drop role reader")


def test_comments_stand_in_the_database_and_follow_the_dictionary(connection):
    described = "select col_description('core.study__patient'::regclass, 2)"
    load(connection, BEFORE)
    assert connection.execute(described).fetchone() == ("The age.",)
    columns = {"id": Column(pl.String()), "age": Column(pl.String(), "Age; at 'consent'.")}
    table = Table(NAME, columns, ("id",), history=True)
    merge(connection, table, BEFORE, Load("run 2", "v1", {}, 2))
    assert connection.execute(described).fetchone() == ("Age; at 'consent'.",)


def test_odd_names_are_columns_like_others(connection):
    frame = pl.DataFrame({"id": ["a"], 'q"; drop table x;--': [1], "select": [2], "%s {}": ["x"]})
    load(connection, frame)
    load(connection, frame.with_columns(pl.lit("y").alias("%s {}")))


def test_an_open_read_makes_a_changing_load_wait_only_for_a_while(warehouse, connection):
    load(connection, BEFORE)
    with connect(warehouse) as analyst, analyst.transaction():
        analyst.execute("select * from core.study__patient")
        load(connection, BEFORE.with_columns(age=pl.lit("41")))
        wider = BEFORE.with_columns(height=pl.lit(180, pl.Int64))
        with pytest.raises(TransientError, match="another session holds the table"):
            load(connection, wider, patience=0.2)
    load(connection, wider)
