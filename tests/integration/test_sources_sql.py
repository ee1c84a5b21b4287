"""A real Postgres as a source: its own types as text, and its refusals as errors of ours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from omics_orchestrator.errors import SourceError, TransientError
from omics_orchestrator.sources import sql
from tests.unit.sources.asked import database

CELLS = {
    "day": ("date", "'2026-01-02'", "2026-01-02"),
    "old_day": ("date", "'0850-03-01'", "0850-03-01"),
    "moment": ("timestamp", "'2026-01-02 03:04:05.25'", "2026-01-02 03:04:05.250000"),
    "dose": ("numeric(8, 2)", "12.5", "12.50"),
    "whole": ("double precision", "5", "5"),
    "huge": ("bigint", "9007199254740993", "9007199254740993"),
    "is_left": ("boolean", "true", "true"),
    "picture": ("bytea", r"'\x00ff'", "00ff"),
    "mark": (
        *("uuid", "'00000000-0000-0000-0000-000000000001'"),
        "00000000-0000-0000-0000-000000000001",
    ),
    "nested": ("jsonb", """'{"a": [1, null]}'""", '{"a": [1, null]}'),
    "many": ("integer[]", "array[1, 2]", "[1, 2]"),
    "lasts": ("interval", "'1 day 6 hours'", "1 day, 6:00:00"),
    "nothing": ("text", "''", None),
    "name": ("text", "'naïve'", "naïve"),
}
ASKED = database({"sample": {"columns": list(CELLS), "order_by": "day"}})


@pytest.fixture
def engine(warehouse: str) -> Iterator[Engine]:
    described = ", ".join(f"{name} {kind}" for name, (kind, _, _) in CELLS.items())
    values = ", ".join(value for _, value, _ in CELLS.values())
    with psycopg.connect(warehouse, autocommit=True) as session:
        session.execute(f"create table public.sample ({described}, created_by text)".encode())
        session.execute(f"insert into public.sample select {values}, 'SECRET'".encode())
    engine = _engine(warehouse)
    yield engine
    engine.dispose()


def _engine(url: str) -> Engine:
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(address, poolclass=NullPool)


def test_each_type_becomes_the_text_a_person_would_write(engine: Engine) -> None:
    extract = sql.read(engine, ASKED)
    assert extract.tables["sample"].row(0, named=True) == {
        name: text for name, (_, _, text) in CELLS.items()
    }
    assert extract.withheld == {"sample.created_by": "not listed in the study file"}


def test_a_moment_with_a_time_zone_keeps_it(engine: Engine, warehouse: str) -> None:
    with psycopg.connect(warehouse, autocommit=True) as session:
        session.execute("create table seen (at timestamptz)")
        session.execute("insert into seen values ('2026-01-02 03:04:05+00')")
    asked = database({"seen": {"columns": ["at"], "order_by": "at"}})
    (text,) = sql.read(engine, asked).tables["seen"]["at"]
    assert datetime.fromisoformat(text) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.usefixtures("engine")
def test_a_table_that_the_account_may_not_read_is_for_a_person_to_mend(warehouse: str) -> None:
    stranger = _engine(f"postgresql://stranger:SECRET@{warehouse.partition('@')[2]}")
    with psycopg.connect(warehouse, autocommit=True) as session:
        session.execute("create role stranger login password 'SECRET'")
        try:
            with pytest.raises(SourceError, match="this account may not see it"):
                sql.read(stranger, ASKED)
            session.execute("grant usage on schema public to stranger")
            with pytest.raises(SourceError, match="the database refused a query") as refused:
                sql.read(stranger, ASKED)
        finally:
            session.execute("drop owned by stranger")
            session.execute("drop role stranger")
    assert "SECRET" not in str(refused.value)


def test_a_wrong_password_or_database_stops_every_retry(warehouse: str) -> None:
    address = warehouse.partition("@")[2]
    for url in (f"postgresql://nobody:SECRET@{address}", f"{warehouse}_absent"):
        with pytest.raises(SourceError, match="no such database") as refused:
            sql.read(_engine(url), ASKED)
        assert "SECRET" not in str(refused.value)


def test_a_database_that_is_away_is_worth_another_try(port: int) -> None:
    engine = _engine(f"postgresql://lab:SECRET@127.0.0.1:{port}/lab")
    with pytest.raises(TransientError, match="cannot be reached") as refused:
        sql.read(engine, ASKED)
    assert "SECRET" not in str(refused.value)
