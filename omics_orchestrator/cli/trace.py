"""`omics trace`: from a harmonised cell to its field, rule, snapshot and load."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from omics_orchestrator import settings
from omics_orchestrator.cli.columns import say
from omics_orchestrator.settings import Settings
from omics_orchestrator.stewardship.cell import cell_of
from omics_orchestrator.stewardship.source_fields import FieldOrigin
from omics_orchestrator.stewardship.trace import Station, Trace
from omics_orchestrator.stewardship.trace import trace as follow
from omics_orchestrator.stewardship.written import written
from omics_orchestrator.warehouse.connect import connect

_ACCOUNT = ("cells", "conformed", "missing", "blank", "quarantined", "left_out")
_HASH_SHOWN = 12


def trace(
    table: Annotated[str, typer.Argument(help="As in Postgres, e.g. datasets.gidamps__sampling")],
    key: Annotated[str, typer.Argument(help="study_id=GID-1,sampling_instance=2, or GID-1,2")],
    variable: Annotated[str, typer.Argument(help="A variable of the table")],
    *,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show the value too: it is a participant's")
    ] = False,
) -> None:
    """Tell where a cell comes from: study, form, field, rule, snapshot and load."""
    known = settings.dictionary()
    cell = cell_of(known, table, key, variable)
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        found = follow(connection, known, cell, show_value=show_values)
    for line in _lines(found, show_values=show_values):
        say(line)


def _lines(found: Trace, *, show_values: bool) -> Iterator[str]:
    first = found.stations[0].cell
    yield f"{first.column} of {first.table.name}, study {found.study.study}: {found.state}"
    if show_values:
        yield f"  value       {found.value!r}  (a participant's: keep it where it may be kept)"
    for station in found.stations:
        yield from _station(station)
    for row in found.courses:
        yield f"Decided by the course {row}"
    yield "Rules, as the dictionary has them now"
    for each in found.inputs:
        state = f"  ({each.state})" if each.state and len(found.inputs) > 1 else ""
        yield f"  {each.variable}: {written(each.rule)}{state}"
    for field in found.fields:
        yield from _field(field)
    if not found.fields:
        yield "No field of the source is read."


def _station(station: Station) -> Iterator[str]:
    load = station.load
    yield f"{station.cell.table.name}.{station.cell.column}"
    yield f"  row since   {_time(load.started_at)}"
    yield f"  load        {load.load_id}, run {load.run_id}, code version {load.code_version}"


def _field(field: FieldOrigin) -> Iterator[str]:
    yield f"Field {field.field}: {field.place}"
    if field.snapshot is not None:
        taken = field.snapshot
        yield f"  raw table   {field.raw}"
        yield f"  snapshot    {taken.object_key}"
        yield (
            f"  read        {_time(taken.taken_at)}, run {taken.run_id}, {taken.rows:,} rows, "
            f"content {taken.content_hash[:_HASH_SHOWN]}"
        )
    counts = [f"{field.account[name]:,} {name}" for name in _ACCOUNT if name in field.account]
    yield f"  account     {', '.join(counts).replace('left_out', 'left out') or 'none'}"
    for rule, reason, count in field.held:
        yield f"  quarantine  {count:,} {reason} by the rule {rule}"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "unknown"
