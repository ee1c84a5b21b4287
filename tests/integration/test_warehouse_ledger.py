"""What the ledger says after a night."""

import polars as pl
import pytest

from omics_orchestrator.errors import SourceError, WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.ledger import (
    Snapshot,
    last_load,
    latest_snapshot,
    record_failure,
    record_snapshot,
    record_unchanged,
    totals,
)
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.table import Column, Table

TABLE = Table(
    TableName("core", "sample", "study"),
    {"id": Column(pl.Int64()), "note": Column(pl.String())},
    ("id",),
)
RELATION = str(TABLE.name)
FRAME = pl.DataFrame({"id": [1, 2], "note": ["a", None]})
CELLS = pl.DataFrame({
    "field": ["id", "note"], "cells": [3, 3], "conformed": [2, 1], "missing": [0, 1],
    "blank": [0, 0], "quarantined": [0, 1], "left_out": [1, 0],
}, schema_overrides={"cells": pl.UInt32})  # fmt: skip
ROWS = pl.DataFrame({
    "step": ["join visits", "exclude withdrawn"], "rows_in": [4, 3], "rows_out": [3, 2],
    "excluded": [0, 1], "quarantined": [1, 0], "reason": [None, "withdrew consent"],
})  # fmt: skip
QUARANTINE = pl.DataFrame({
    "field": ["note"], "rule": ["recode"], "reason": ["not among the codes"],
    "record_hash": ["ab12"], "value_hash": ["cd34"], "count": [1],
})  # fmt: skip


def load(connection, run_id, frame=FRAME, **accounts):
    said = Load(run_id, "v1", {"raw": "f00"}, rows_in=3, **accounts)
    return merge(connection, TABLE, frame, said)


def snapshot(content_hash, **differences):
    return Snapshot(**{
        "relation": "raw.study__redcap", "content_hash": content_hash, "object_key": "raw/x.parquet",
        "rows": 500, "columns": 12, "source": "redcap", "run_id": "night",
        "scope": {"forms": ["demographics"], "filter": None},
    } | differences)  # fmt: skip


def test_the_latest_snapshot_of_a_source_is_found(connection):
    assert latest_snapshot(connection, "raw.study__redcap") is None
    record_snapshot(connection, snapshot("one"))
    record_snapshot(connection, snapshot("two"))
    record_snapshot(connection, snapshot("other", relation="raw.other__redcap"))
    latest = latest_snapshot(connection, "raw.study__redcap")
    assert latest == snapshot("two", taken_at=latest.taken_at)
    assert latest.taken_at.utcoffset().total_seconds() == 0


def test_a_load_is_remembered_with_all_it_takes_to_skip_the_next_one(connection):
    assert last_load(connection, RELATION) is None
    change = load(connection, "night")
    last = last_load(connection, RELATION)
    assert (last.run_id, last.code_version, last.inputs) == ("night", "v1", {"raw": "f00"})
    assert (last.rows_in, last.rows_out, last.inserted) == (3, 2, 2)
    assert last.content_hash == change.content_hash
    assert last.started_at <= last.finished_at


def test_accounts_are_kept_for_every_load_and_quarantine_for_the_present_one(connection):
    load(connection, "first", cells=CELLS, rows=ROWS, quarantine=QUARANTINE)
    more = pl.concat([QUARANTINE, QUARANTINE.with_columns(field=pl.lit("id"))])
    load(connection, "second", cells=CELLS, rows=ROWS, quarantine=more)
    last = last_load(connection, RELATION).load_id
    kept = connection.execute("select load_id, relation, field from ops.quarantine").fetchall()
    assert kept == [(last, RELATION, "note"), (last, RELATION, "id")]
    assert connection.execute("select count(*) from ops.cell_account").fetchone() == (4,)
    steps = connection.execute(
        "select position, step, reason from ops.row_account where load_id = %s order by 1", (last,)
    ).fetchall()
    assert steps == [(0, "join visits", None), (1, "exclude withdrawn", "withdrew consent")]


def test_quarantine_of_other_tables_is_left_alone(connection):
    load(connection, "night", quarantine=QUARANTINE)
    other = Table(TableName("core", "visit", "study"), TABLE.columns, ("id",))
    merge(connection, other, FRAME, Load("night", "v1", {}, 2))
    assert connection.execute("select relation from ops.quarantine").fetchall() == [(RELATION,)]


@pytest.mark.parametrize(
    "accounts",
    [
        {"cells": CELLS.with_columns(conformed=pl.lit(9))},
        {"cells": pl.concat([CELLS, CELLS])},
        {"rows": ROWS.with_columns(rows_out=pl.lit(9))},
        {"rows": ROWS.with_columns(rows_out=pl.lit(-1), excluded=pl.lit(9))},
    ],
)
def test_an_account_that_does_not_add_up_stops_the_load(connection, accounts):
    with pytest.raises(WarehouseError):
        load(connection, "night", **accounts)
    assert last_load(connection, RELATION) is None


def test_an_unchanged_table_is_recorded_once_a_run(connection):
    load(connection, "monday")
    last = last_load(connection, RELATION)
    for _ in range(2):
        record_unchanged(connection, last, "tuesday")
    assert last_load(connection, RELATION) == last
    assert totals(connection, "tuesday")["status"].to_list() == ["unchanged"]
    assert totals(connection, "tuesday")["rows"].to_list() == [2]


def test_a_failure_is_recorded_by_its_class_alone(connection):
    record_failure(connection, RELATION, "night", SourceError)
    record_failure(connection, RELATION, "night", WarehouseError)
    kept = connection.execute("select status, error_class from ops.load").fetchall()
    assert kept == [("failed", "WarehouseError")]
    assert last_load(connection, RELATION) is None


def test_a_run_that_failed_first_and_then_succeeded_shows_its_last_outcome(connection):
    record_failure(connection, RELATION, "night", SourceError)
    load(connection, "night")
    assert totals(connection, "night")["status"].to_list() == ["ok"]


def test_the_report_of_a_run_sums_up_every_table_it_touched(connection):
    load(connection, "night", cells=CELLS)
    record_failure(connection, "core.study__visit", "night", SourceError)
    load(connection, "another night")
    report = totals(connection, "night")
    assert report.drop("seconds").rows(named=True) == [
        {"relation": RELATION, "status": "ok", "rows": 2, "conformed": 3, "missing": 1,
         "blank": 0, "quarantined": 1, "left_out": 1},
        {"relation": "core.study__visit", "status": "failed", "rows": None, "conformed": None,
         "missing": None, "blank": None, "quarantined": None, "left_out": None},
    ]  # fmt: skip
    assert report["seconds"].min() >= 0
    assert totals(connection, "no such run").is_empty()
