"""Every source keeps the promise of `sources.Read`, whatever its rows come from.

Each kind brings the same small table: a row with a leading zero and a blank cell, a row with a note
in Gaelic, and a column that nobody asked for. A new kind of source is a builder here.
"""

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from omics_orchestrator import sources
from omics_orchestrator.demo.redcap.project import ProjectDefinition, create, read_dictionary
from omics_orchestrator.errors import PermanentError, SourceError
from omics_orchestrator.registry import offers
from omics_orchestrator.sources import Extract, Request, redcap
from tests.integration.redcap_service import TOKEN, Server, running
from tests.unit.sources import asked

COLUMNS = ("sample", "value", "note")
ROWS = [("001", "5", None), ("B", "<2", "fuil sa ghlùn")]
SECRET = "ZZCANARY-name"
READERS = offers(sources, "read")
Build = Callable[[Path, list[tuple[str | None, ...]], ExitStack], Callable[[], Any]]


@dataclass(frozen=True)
class Kind:
    """A kind of source: its request, how a source with rows is made, and what is held back."""

    request: Request
    build: Build
    withheld: str


def _delimited(_: Path, rows: list[tuple[str | None, ...]], __: ExitStack) -> Callable[[], Any]:
    lines = [",".join((*COLUMNS, "person")), *(",".join(map(_or_blank, row)) for row in rows)]
    return lambda: asked.files(a__csv="\n".join(lines))


def _excel(_: Path, rows: list[tuple[str | None, ...]], __: ExitStack) -> Callable[[], Any]:
    workbook, content = Workbook(), io.BytesIO()
    for row in ((*COLUMNS, "person"), *rows):
        workbook.worksheets[0].append(row)
    workbook.save(content)
    return lambda: asked.files(a__xlsx=content.getvalue())


def _sql(folder: Path, rows: list[tuple[str | None, ...]], opened: ExitStack) -> Callable[[], Any]:
    path = folder / "lab.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table result (sample, value, note, person)")
        connection.executemany("insert into result values (?, ?, ?, ?)", rows)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    opened.callback(engine.dispose)
    return lambda: engine


def _redcap(
    folder: Path, rows: list[tuple[str | None, ...]], opened: ExitStack
) -> Callable[[], Any]:
    dictionary = folder / "dictionary.csv"
    lines = [
        f"{name},result,text,{'y' if name == 'person' else ''}" for name in (*COLUMNS, "person")
    ]
    dictionary.write_text("\n".join(["field_name,form_name,field_type,identifier", *lines]))
    names = (*COLUMNS, "person")
    filled = [
        {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
        for row in rows
    ]
    server = Server(folder / "redcap.db")
    create(server.database, TOKEN, ProjectDefinition("Lab", read_dictionary(dictionary)), filled)
    opened.enter_context(running(server))
    return lambda: redcap.connect(server.url, TOKEN, **asked.PLACE, first_wait=0)


def _or_blank(cell: str | None) -> str:
    return cell or ""


KINDS = {
    "delimited": Kind(asked.sheets(columns=COLUMNS), _delimited, "person"),
    "excel": Kind(asked.sheets(kind="excel", files="*.xlsx", columns=COLUMNS), _excel, "person"),
    "sql": Kind(
        asked.database({"result": {"columns": COLUMNS, "order_by": "sample"}}),
        _sql,
        "result.person",
    ),
    "redcap": Kind(asked.redcap("result", released=frozenset(COLUMNS)), _redcap, "person"),
}


@dataclass(frozen=True)
class Source:
    """A source of one kind, open, and its reader."""

    kind: Kind
    read: sources.Read
    client: Callable[[], Any]
    empty: Callable[[], Any]

    def extract(self) -> Extract:
        return self.read(self.client(), self.kind.request)

    @property
    def table(self) -> pl.DataFrame:
        return self.extract().tables["result"].select(COLUMNS)


@pytest.fixture(params=sorted(READERS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    kind = KINDS[request.param]
    (tmp_path / "empty").mkdir()
    with ExitStack() as opened:
        client = kind.build(tmp_path, [(*row, SECRET) for row in ROWS], opened)
        empty = kind.build(tmp_path / "empty", [], opened)
        yield Source(kind, READERS[request.param], client, empty)


def test_every_kind_of_source_is_held_to_the_promise() -> None:
    assert set(READERS) == set(KINDS)


def test_every_cell_is_text_as_it_was_and_a_blank_one_is_null(source: Source) -> None:
    assert source.table.rows() == ROWS
    assert set(source.table.dtypes) == {pl.String()}


def test_the_tables_are_those_of_the_study_file(source: Source) -> None:
    assert set(source.extract().tables) == set(source.kind.request.source.tables)


def test_two_reads_of_one_state_are_equal(source: Source) -> None:
    one, other = source.extract(), source.extract()
    assert one.tables["result"].equals(other.tables["result"])
    assert (one.withheld, one.scope) == (other.withheld, other.scope)


def test_what_was_not_asked_for_is_named_and_does_not_come(source: Source) -> None:
    extract = source.extract()
    assert source.kind.withheld in extract.withheld
    assert all(rule for rule in extract.withheld.values())
    assert "person" not in extract.tables["result"].columns
    assert SECRET not in repr([table.rows() for table in extract.tables.values()])


def test_a_source_without_rows_gives_empty_tables_with_the_same_columns(source: Source) -> None:
    empty = source.read(source.empty(), source.kind.request).tables["result"]
    assert empty.is_empty()
    assert empty.schema == source.extract().tables["result"].schema


def test_the_scope_says_what_was_read_and_never_a_value(source: Source) -> None:
    scope = source.extract().scope
    assert scope
    assert all(isinstance(value, str | int) for value in scope.values())
    assert not any(
        cell and cell in str(scope) for row in ROWS for cell in row if len(cell or "") > 1
    )


def test_a_field_that_is_not_there_is_refused_with_its_name_and_its_place(source: Source) -> None:
    asked_for = source.kind.request.source
    changes: dict[str, dict[str, Any]] = {
        "redcap": {"instruments": ("absent",)},
        "sql": {"select": {"result": {"columns": ("absent",), "order_by": "sample"}}},
    }
    change = changes.get(asked_for.kind, {"columns": ("absent",)})
    changed = type(asked_for).model_validate(asked_for.model_dump() | change)
    request = Request("clinic", "lab", changed, frozenset())
    with pytest.raises(SourceError, match=r"study clinic, source lab.*absent") as refused:
        source.read(source.client(), request)
    assert isinstance(refused.value, PermanentError)
    assert refused.value.mend


def test_a_reader_refuses_a_description_of_another_kind(source: Source) -> None:
    other = "sql" if source.kind.request.source.kind != "sql" else "redcap"
    with pytest.raises(TypeError):
        source.read(source.client(), KINDS[other].request)
