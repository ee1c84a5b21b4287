"""`omics table`: the rows of any table that people read, as they are or as they were.

Rows of participants go into a file, and to the terminal only for who writes `--out -`: a screen is
seen, logged and copied.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from omics_orchestrator import settings
from omics_orchestrator.cli.output import console
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.harmonised import file
from omics_orchestrator.harmonised.described import OTHER_LAYERS, described, find_stored
from omics_orchestrator.harmonised.moment import moment_of
from omics_orchestrator.harmonised.past import Rows, present_rows, rows_at
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.stored import stored_tables

_TO_TERMINAL = Path("-")


def table(
    name: Annotated[
        str, typer.Argument(help="As in Postgres, e.g. datasets.ibd_adult; none lists all")
    ] = "",
    as_of: Annotated[
        str, typer.Option(help="A date, to its end, or a time: 2026-10-01T14:30; in UTC")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="A new file, .csv or .parquet; - writes CSV here")
    ] = None,
) -> None:
    """Write the rows of a table as they are, or as they were at a moment."""
    known = settings.dictionary()
    if not name:
        _list(known)
        return
    moment = moment_of(as_of, now=datetime.now(UTC)) if as_of else None
    if out not in (None, _TO_TERMINAL):
        file.check_target(out)
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        chosen = find_stored(connection, known, name)
        rows = rows_at(connection, chosen, moment) if moment else present_rows(connection, chosen)
    _deliver(rows.frame, out)
    _tell(name, moment, rows, out)


def _list(known: Dictionary) -> None:
    """Name every table that is described, and those that are there without being described."""
    told = {name: each.table.comment for name, each in described(known).items()}
    url = Settings.from_environment().warehouse_url.get_secret_value()
    if url:
        with connect(url) as connection:
            told |= stored_tables(connection, OTHER_LAYERS)
    width = max(map(len, told), default=0)
    for name, comment in sorted(told.items()):
        sentence, point, _ = comment.partition(". ")
        line = f"{name:<{width}}  {sentence}{point.strip()}"
        console.print(line, markup=False, soft_wrap=True)


def _deliver(frame: pl.DataFrame, out: Path | None) -> None:
    if out == _TO_TERMINAL:
        file.write_csv(frame, sys.stdout.buffer)
    elif out is not None:
        file.write(frame, out)


def _tell(name: str, moment: datetime | None, rows: Rows, out: Path | None) -> None:
    """Say what was read, where no line of CSV is expected."""
    console = Console(stderr=True, highlight=False)
    when = f" as of {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    lines = [f"{name}{when}: rows {rows.frame.height:,}, columns {rows.frame.width}."]
    lines += [f"Note: {note}." for note in rows.notes]
    if out is None:
        lines.append("`--out FILE.csv` or `--out FILE.parquet` writes them.")
    elif out == _TO_TERMINAL or out.suffix == ".csv":
        count = file.formulas(rows.frame)
        if count:
            lines.append(
                f"Note: {count:,} cells of text begin as a formula does; each has an apostrophe "
                "before it. Parquet has them as they are."
            )
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
