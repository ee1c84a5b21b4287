"""What goes wrong on the way to Postgres, and what stands afterwards (F1-F4, F8, F45-F49)."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import polars as pl
import pytest
from psycopg.conninfo import make_conninfo

from omics_orchestrator.errors import ConfigurationError, TransientError, WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import embedded
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.table import Column, Table

TABLE = Table(
    TableName("core", "sample", "study"),
    {"id": Column(pl.Int64()), "note": Column(pl.String())},
    ("id",),
    history=True,
)
OLD = pl.DataFrame({"id": range(1000), "note": "old"})
NEW = OLD.with_columns(note=pl.lit("new"))
LOADER = """
import sys
import polars as pl
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.table import Column, Table

columns = {"id": Column(pl.Int64()), "note": Column(pl.String())}
table = Table(TableName("core", "sample", "study"), columns, ("id",), history=True)
frame = pl.DataFrame({"id": range(1000), "note": "new"})
merge(connect(sys.stdin.read()), table, frame, Load("killed", "v1", {}, 1000))
"""
BLOCKED = """
    select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
"""


def load(connection, frame, run_id="night", **options):
    return merge(connection, TABLE, frame, Load(run_id, "v1", {}, frame.height), **options)


def wait_until_one_waits_for_a_lock(session):
    deadline = time.monotonic() + 30
    while session.execute(BLOCKED).fetchone() == (0,):
        assert time.monotonic() < deadline, "nobody came to the lock"
        time.sleep(0.02)


@contextmanager
def a_load_killed_before_its_commit(warehouse, connection):
    with connect(warehouse) as gate, gate.transaction():
        # The ledger is written last: whoever waits here has closed and copied all its rows.
        gate.execute("lock table ops.quarantine in share mode")
        loader = subprocess.Popen([sys.executable, "-c", LOADER], stdin=subprocess.PIPE, text=True)
        loader.stdin.write(warehouse)
        loader.stdin.close()
        wait_until_one_waits_for_a_lock(connection)
        loader.send_signal(signal.SIGKILL)
        assert loader.wait() == -signal.SIGKILL
        yield


def test_a_killed_load_leaves_the_old_rows_whole_and_no_lock(warehouse, connection):
    load(connection, OLD)
    with a_load_killed_before_its_commit(warehouse, connection):
        assert read(connection, TABLE).equals(OLD)
    assert read(connection, TABLE).equals(OLD)
    assert load(connection, NEW, "next", patience=10).updated == 1000
    runs = connection.execute("select run_id, status from ops.load order by load_id").fetchall()
    assert runs == [("night", "ok"), ("next", "ok")]
    leftovers = "select count(*) from pg_class where relname = 'replaced'"
    assert connection.execute(leftovers).fetchone() == (0,)


def test_a_killed_load_frees_its_lock_even_while_it_waits_for_another(warehouse, connection):
    load(connection, OLD)
    held = "select count(*) from pg_locks where locktype = 'advisory'"
    with a_load_killed_before_its_commit(warehouse, connection):
        deadline = time.monotonic() + 15
        while connection.execute(held).fetchone() != (0,):
            assert time.monotonic() < deadline, "the dead loader's lock is still held"
            time.sleep(0.1)


def test_two_loads_of_one_table_follow_each_other(warehouse, connection):
    def one(number):
        frame = OLD.with_columns(note=pl.lit(f"load {number}"))
        with connect(warehouse) as session:
            load(session, frame, f"run {number}")
        return frame

    load(connection, OLD)
    with ThreadPoolExecutor() as pool:
        written = list(pool.map(one, range(4)))
    assert any(read(connection, TABLE).equals(frame) for frame in written)
    assert connection.execute("select count(*) from core.study__sample").fetchone() == (5000,)
    overlaps = """
        select count(*) from ops.load a join ops.load b on a.load_id < b.load_id
        where a.started_at >= b.started_at
    """
    assert connection.execute(overlaps).fetchone() == (0,)


def test_a_second_load_does_not_wait_for_ever(warehouse, connection):
    load(connection, OLD)
    with connect(warehouse) as gate, connect(warehouse) as other, ThreadPoolExecutor() as pool:
        with gate.transaction():
            gate.execute("lock table ops.quarantine in share mode")
            first = pool.submit(load, other, NEW)
            wait_until_one_waits_for_a_lock(connection)
            with pytest.raises(TransientError, match="another session"):
                load(connection, OLD, "late", patience=0.2)
        assert first.result().updated == 1000
    assert read(connection, TABLE).equals(NEW)


def test_a_load_that_was_overtaken_is_refused(connection):
    load(connection, OLD, "first")
    began_after = last_load(connection, str(TABLE.name)).load_id
    load(connection, NEW, "quicker")
    slow = Load("slow", "v1", {}, 1000, after_load=began_after)
    with pytest.raises(TransientError, match="another run"):
        merge(connection, TABLE, OLD, slow)
    assert read(connection, TABLE).equals(NEW)


def test_a_failed_load_leaves_no_trace(connection):
    load(connection, OLD)
    cells = pl.DataFrame({
        "field": ["note"], "cells": [1000], "conformed": [999], "missing": [0], "blank": [0],
        "quarantined": [0], "left_out": [0],
    })  # fmt: skip
    with pytest.raises(WarehouseError, match="do not add up") as refused:
        merge(connection, TABLE, NEW, Load("short by one", "v1", {}, 1000, cells=cells))
    assert refused.value.place["constraint"] == "every_cell_ends_once"
    assert read(connection, TABLE).equals(OLD)
    assert connection.execute("select count(*) from ops.load").fetchone() == (1,)


def test_a_table_that_was_never_loaded_is_named(connection):
    with pytest.raises(WarehouseError, match=r"core\.study__sample.*not in the database"):
        read(connection, TABLE)


def test_a_database_that_was_never_prepared_says_so(postgres_url):
    with connect(postgres_url) as session, pytest.raises(WarehouseError, match="prepare"):
        load(session, OLD)


def test_a_wrong_password_is_not_tried_again_and_not_shown(warehouse):
    began = time.monotonic()
    with pytest.raises(ConfigurationError, match="rejects") as refused:
        connect(make_conninfo(warehouse, password="ZZCANARY-password"))
    assert time.monotonic() - began < 5
    assert "ZZCANARY" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:ZZCANARY@h/d", "ZZCANARY", "postgresql://u:ZZ CANARY@h/d"]
)
def test_what_is_no_url_is_not_shown(url):
    with pytest.raises(ConfigurationError, match="cannot be read") as refused:
        connect(url)
    assert "CANARY" not in str(refused.value)


def test_a_database_that_is_not_there_is_a_wrong_setting(warehouse):
    with pytest.raises(ConfigurationError, match="dbname absent"):
        connect(make_conninfo(warehouse, dbname="absent"))


def test_a_server_that_is_down_is_waited_for_within_bounds(port):
    began = time.monotonic()
    with pytest.raises(TransientError, match="cannot be reached") as refused:
        connect(f"postgresql://omics:ZZCANARY@127.0.0.1:{port}/omics", patience=1)
    assert 0.5 < time.monotonic() - began < 10
    assert "ZZCANARY" not in str(refused.value)


def test_a_server_that_comes_up_late_is_met(tmp_path, port):
    embedded.start(tmp_path, port=port, password="secret")
    embedded.stop(tmp_path)
    starter = threading.Timer(1, embedded.start, [tmp_path], {"port": port, "password": "secret"})
    starter.start()
    try:
        with connect(f"postgresql://omics:secret@127.0.0.1:{port}/omics") as session:
            assert session.execute("select 1").fetchone() == (1,)
    finally:
        starter.join()
        embedded.remove(tmp_path)


def test_a_session_the_server_ended_keeps_the_old_rows(warehouse, connection):
    load(connection, OLD)
    with connect(warehouse) as gate, ThreadPoolExecutor() as pool, gate.transaction():
        gate.execute("lock table ops.quarantine in share mode")
        other = connect(warehouse)
        cut = pool.submit(load, other, NEW)
        wait_until_one_waits_for_a_lock(connection)
        connection.execute("select pg_terminate_backend(%s)", (other.info.backend_pid,))
        with pytest.raises(TransientError, match=r"ended the session|lost"):
            cut.result()
        other.close()
    assert read(connection, TABLE).equals(OLD)
    assert load(connection, NEW).updated == 1000


def test_a_server_without_a_free_connection_is_tried_again_later(tmp_path, port):
    url = f"postgresql://crowd:secret@127.0.0.1:{port}/omics"
    embedded.start(tmp_path, port=port, password="secret")
    try:
        with connect(make_conninfo(url, user="omics")) as session:
            session.execute("create role crowd login password 'secret' connection limit 1")
            session.execute("grant connect on database omics to crowd")
        with connect(url), pytest.raises(TransientError, match="cannot be reached"):
            connect(url, patience=1)
    finally:
        embedded.remove(tmp_path)
