"""`omics table`: the rows of a conformed table or dataset, as they are or as they were.

Rows of participants go into a file, and to the terminal only for who writes `--out -`: a screen is
seen, logged and copied.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from omics_orchestrator import settings
from omics_orchestrator.cli.output import console
from omics_orchestrator.harmonised import file
from omics_orchestrator.harmonised.described import Described, described, find
from omics_orchestrator.harmonised.moment import moment_of
from omics_orchestrator.harmonised.past import Rows, present_rows, rows_at
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse.connect import connect

_TO_TERMINAL = Path("-")


def table(
    name: Annotated[
        str, typer.Argument(help="As in Postgres, e.g. datasets.ibd_adult; without one, all names")
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
        _list(described(known))
        return
    chosen = find(known, name)
    moment = moment_of(as_of, now=datetime.now(UTC)) if as_of else None
    if out not in (None, _TO_TERMINAL):
        file.check_target(out)
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        rows = rows_at(connection, chosen, moment) if moment else present_rows(connection, chosen)
    _deliver(rows.frame, out)
    _tell(name, moment, rows, out)


def _list(known: Mapping[str, Described]) -> None:
    width = max(map(len, known), default=0)
    for name, each in sorted(known.items()):
        console.print(f"{name:<{width}}  {each.table.comment}", markup=False, soft_wrap=True)


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
