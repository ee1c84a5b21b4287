"""A SQL database, read as the study file names it and no further."""

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from omics_orchestrator.errors import SourceError, TransientError
from omics_orchestrator.sources import sql
from tests.unit.sources.asked import database, redcap

TABLE = """
create table sample (sample_id text, "Day" date, volume decimal(6, 2), whole real, is_left boolean,
                     picture blob, created_by text);
insert into sample values
    ('B', '2026-01-02', 12.5, 5.0, 1, x'00ff', 'SECRET@example.org'),
    ('A', '', 7, null, null, null, 'SECRET@example.org'),
    ('A', null, null, null, 0, null, 'SECRET@example.org');
"""
COLUMNS = ["sample_id", "Day", "volume", "whole", "is_left", "picture"]


def asking(*columns: str, table: str = "sample", order_by: str = "sample_id") -> sql.Request:
    return database({table: {"columns": columns or COLUMNS, "order_by": order_by}})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "samples.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(TABLE)
    connection.close()
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    yield engine
    engine.dispose()


def test_every_cell_is_text_null_where_blank_and_rows_come_in_one_order(engine: Engine) -> None:
    table = sql.read(engine, asking()).tables["sample"]
    assert table.schema == dict.fromkeys(COLUMNS, pl.String)
    assert table.rows() == [
        ("A", None, None, None, "0", None),
        ("A", None, "7", None, None, None),
        ("B", "2026-01-02", "12.5", "5", "1", "00ff"),
    ]


def test_a_column_that_is_not_listed_is_never_selected_and_is_named_as_withheld(
    engine: Engine,
) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    extract = sql.read(engine, asking("sample_id"))
    selects = [statement for statement in said if statement.startswith("SELECT sample")]
    assert len(selects) == 1
    assert "created_by" not in selects[0]
    assert "*" not in selects[0]
    assert extract.withheld["sample.created_by"] == "not listed in the study file"
    assert "SECRET" not in repr(extract)


def test_an_empty_table_keeps_its_columns(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from sample")
    table = sql.read(engine, asking()).tables["sample"]
    assert table.is_empty()
    assert table.columns == COLUMNS


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (asking(table="aliquot"), "table aliquot: the database has no such table"),
        (asking("sample_id", "Date"), "table sample: the table has no column Date"),
        (asking("sample_id", order_by="Nr"), "table sample: the table has no column Nr"),
        (asking('x"; drop table sample; --'), "the table has no column"),
    ],
)
def test_a_table_or_column_that_is_not_there_is_named(
    engine: Engine, asked: sql.Request, said: str
) -> None:
    # SQLite alone would give the text "Date" for a quoted column that is not there.
    with pytest.raises(SourceError) as refused:
        sql.read(engine, asked)
    assert str(refused.value).startswith("study clinic, source lab, ")
    assert said in str(refused.value)


def test_a_database_that_is_away_is_worth_another_try_and_its_password_is_not_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        engine = create_engine(f"postgresql+psycopg://lab:SECRET@{address}/lab", poolclass=NullPool)
        with pytest.raises(TransientError, match=r"study clinic, source lab: .*reached") as refused:
            sql.read(engine, asking())
    assert "SECRET" not in str(refused.value)


def test_a_database_that_cannot_be_opened_is_for_a_person_to_mend(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/absent/samples.sqlite", poolclass=NullPool)
    with pytest.raises(SourceError, match="refused this account, or there is no such database"):
        sql.read(engine, asking())


def test_a_query_that_fails_on_the_way_is_explained_without_the_drivers_words(
    engine: Engine,
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create view broken as select json_extract('SECRET', '$') as sample_id"
        )
    with pytest.raises((SourceError, TransientError)) as refused:
        sql.read(engine, asking("sample_id", table="broken"))
    assert "SECRET" not in str(refused.value)


def test_a_sql_reader_reads_nothing_else(engine: Engine) -> None:
    with pytest.raises(TypeError):
        sql.read(engine, redcap("base"))
