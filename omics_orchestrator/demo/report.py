"""What a run did, for a person: tables and what became of every cell, files and whose they are."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import psycopg
from rich.console import Console

from omics_orchestrator.demo import environment
from omics_orchestrator.demo.laptop import Laptop
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.connect import connect

_COUNTS = ("rows", "conformed", "missing", "blank", "quarantined", "left_out")
_LONGEST_PLACE = 40
_FILES = """
    select coalesce(file.format, 'unknown'), file.status, count(*), count(linked.path)
    from omics.file
    left join (
        select distinct collection, path from omics.file_sample where _valid_to is null
    ) as linked using (collection, path)
    where file._valid_to is null
    group by 1, 2 order by 1, 2
"""


def show(console: Console, warehouse_url: str, run_id: str) -> None:
    """Show what is in the warehouse after a run."""
    with connect(warehouse_url) as connection:
        totals = ledger.totals(connection, run_id).sort("relation")
        files = _files(connection)
    console.print("\nTables, and what became of every cell that arrived")
    headings = ("table", *(name.replace("_", " ") for name in _COUNTS), "load")
    _show_columns(console, [headings, *_by_study(totals)])
    if files:
        console.print("Omic files")
        _show_columns(console, [("format", "status", "files", "with an owner"), *files])


def where_to_look(console: Console, laptop: Laptop, up: str, *, tables: str) -> None:
    """Say what a person does next.

    Args:
        console: where to say it.
        laptop: the machine.
        up: the command that serves Dagster's UI.
        tables: the schemas that people read.
    """
    server = laptop.environment["OMICS_WAREHOUSE_URL"].rpartition("@")[2]
    password = (laptop.home / environment.FILE).relative_to(laptop.repository)
    dictionary = Path(laptop.environment.get("OMICS_DICTIONARY") or "data_dictionary")
    lines = {
        up: f"the asset graph with its checks and lineage, at {laptop.interface}",
        tables: f"the tables, in Postgres at {server}; the password is in {password}",
        "studies/*.yaml": f"what is read, and by which rules: in {_near(dictionary, laptop)}",
        "ops.quarantine": "what fits no rule, by table, field and reason",
        "make down": "stops what was started; `make clean` deletes it",
    }
    width = max(len(place) for place in lines if len(place) <= _LONGEST_PLACE)
    console.print("Where to look next")
    for place, what in lines.items():
        console.print(f"  {place:<{width}}  {what}", soft_wrap=True, markup=False)


def _near(path: Path, laptop: Laptop) -> Path:
    here = laptop.repository
    return path.relative_to(here) if path.is_relative_to(here) else path


def _by_study(totals: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """A line for each layer and study, and below it one for each table: whole names are long."""
    place: tuple[str, ...] = ()
    for row in totals.iter_rows(named=True):
        *above, table = TableName.parse(row["relation"]).key
        if tuple(above) != place:
            place = tuple(above)
            yield (" / ".join(place),)
        yield (f"  {table}", *(_shown(row[name]) for name in _COUNTS), row["status"])


def _files(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    there = connection.execute("select to_regclass('omics.file_sample') is not null").fetchone()
    if there is None or not there[0]:
        return []
    return [tuple(map(str, row)) for row in connection.execute(_FILES)]


def _show_columns(console: Console, rows: Sequence[tuple[str, ...]]) -> None:
    """Show rows in columns: the first row is the headings, a row of one cell is a title.

    Not a table of rich's, which would cut numbers off in a narrow terminal or in a log.
    """
    widths = [max(map(len, column)) for column in zip(*filter(_has_cells, rows), strict=True)]
    for number, (name, *cells) in enumerate(rows):
        shown = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False)]
        line = "  ".join([name.ljust(widths[0]), *shown])
        style = "bold" if number == 0 else None
        console.print(f" {line}".rstrip(), style=style, markup=False, soft_wrap=True)
    console.print()


def _has_cells(row: tuple[str, ...]) -> bool:
    return len(row) > 1


def _shown(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
