"""The database itself: prepared once, closed to strangers, and explained in its own comments."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from psycopg import sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import LAYERS
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.schema import prepare

WITHOUT_COMMENT = """
    select format('schema %%s', nspname) from pg_namespace
    where nspname = any(%(layers)s) and obj_description(oid, 'pg_namespace') is null
    union all
    select format('table %%s', oid::regclass) from pg_class
    where relnamespace::regnamespace::text = any(%(layers)s) and relkind = 'r'
      and obj_description(oid, 'pg_class') is null
    union all
    select format('column %%s.%%s', attrelid::regclass, attname)
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace::regnamespace::text = any(%(layers)s) and relkind = 'r' and attnum > 0
      and col_description(attrelid, attnum) is null
"""
TABLES = """
    select format('%%s.%%s', schemaname, tablename) from pg_tables
    where schemaname = any(%s) order by 1
"""
STRANGER = """
    create role stranger;
    create function core.answer() returns int return 42;
"""
OPEN = """
    select 'database' where has_database_privilege('stranger', current_database(), 'connect')
    union all
    select 'temporary' where has_database_privilege('stranger', current_database(), 'temporary')
    union all
    select nspname from pg_namespace
    where nspname = any(%(layers)s || array['public'])
      and (has_schema_privilege('stranger', oid, 'usage')
           or has_schema_privilege('stranger', oid, 'create'))
    union all
    select 'function' where has_function_privilege('stranger', 'core.answer()', 'execute')
    union all
    select oid::regclass::text from pg_class
    where relnamespace::regnamespace::text = any(%(layers)s) and relkind = 'r'
      and has_table_privilege('stranger', oid, 'select')
"""


@contextmanager
def new_database(postgres_url, name):
    """A database that was just created, for what a copy of a prepared one cannot show."""
    with connect(postgres_url) as session:
        session.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with connect(postgres_url.removesuffix("postgres") + name) as own:
            yield own
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_preparing_again_changes_nothing(connection):
    before = connection.execute("select * from ops.preparation").fetchall()
    prepare(connection)
    assert connection.execute("select * from ops.preparation").fetchall() == before


def test_two_releases_that_start_at_once_prepare_once(postgres_url):
    def one(_):
        with connect(postgres_url.removesuffix("postgres") + "raced") as own:
            prepare(own)

    with new_database(postgres_url, "raced") as session, ThreadPoolExecutor() as pool:
        list(pool.map(one, range(4)))
        assert session.execute("select max(step) = count(*) from ops.preparation").fetchone()[0]


def test_every_layer_has_its_schema_and_everything_in_it_is_explained(connection):
    layers = {"layers": list(LAYERS)}
    found = connection.execute("select nspname from pg_namespace").fetchall()
    assert set(LAYERS) <= {name for (name,) in found}
    assert connection.execute(WITHOUT_COMMENT, layers).fetchall() == []


def test_the_ledger_has_the_tables_people_are_told_of(connection):
    tables = [name for (name,) in connection.execute(TABLES, (["ops"],))]
    assert tables == [
        "ops.cell_account",
        "ops.file_download",
        "ops.file_examination",
        "ops.load",
        "ops.preparation",
        "ops.quarantine",
        "ops.quarantine_decision",
        "ops.quarantine_showing",
        "ops.request_pace",
        "ops.row_account",
        "ops.snapshot",
    ]


def test_a_stranger_may_do_nothing(postgres_url):
    with new_database(postgres_url, "closed") as session:
        prepare(session)
        session.execute(STRANGER)
        assert session.execute(OPEN, {"layers": list(LAYERS)}).fetchall() == []
        session.execute("drop role stranger")


def test_an_older_release_leaves_a_newer_database_alone(connection):
    connection.execute("insert into ops.preparation (step, name) values (999, '999_future.sql')")
    with pytest.raises(WarehouseError, match="newer release"):
        prepare(connection)


def test_a_failed_step_leaves_no_half_prepared_database(postgres_url):
    with new_database(postgres_url, "half") as session:
        session.execute("create schema vault")
        with pytest.raises(WarehouseError):
            prepare(session)
        assert session.execute("select to_regnamespace('raw')").fetchone() == (None,)
