"""`omics quarantine`: what is held and why, its values for stewards, decisions, and replay."""

import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from typing import Annotated

import polars as pl
import typer

from omics_orchestrator import settings
from omics_orchestrator.cli import desk
from omics_orchestrator.cli.output import console
from omics_orchestrator.quarantine.cells import BETWEEN_KEYS
from omics_orchestrator.quarantine.desk import Desk, find
from omics_orchestrator.quarantine.finding import Finding, short
from omics_orchestrator.quarantine.replayed import moved, tables
from omics_orchestrator.settings import REPOSITORY
from omics_orchestrator.warehouse import quarantine
from omics_orchestrator.warehouse.quarantine import MEANINGS, Choice, Group

app = typer.Typer(no_args_is_help=True)

_MOST_RECORDS = 5
_EXPLAINED = "; ".join(f"{choice}: {meaning}" for choice, meaning in MEANINGS.items())
_HEADINGS = ("group", "table", "field", "reason", "cells", "values", "records", "state")

Name = Annotated[
    str,
    typer.Argument(
        metavar="GROUP", help="As `list` names it, e.g. 3f9a2c01; its beginning is enough"
    ),
]
By = Annotated[str, typer.Option(help="Who you are, where the account of this machine is shared")]
Study = Annotated[str, typer.Option(help="Only of this study")]


@app.callback()
def group() -> None:
    """Look after the values that fit no rule."""


@app.command(name="list")
def list_(
    study: Study = "",
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was decided, and what left quarantine")
    ] = False,
) -> None:
    """List what is held, the most open cells first, each with what would mend it; no values."""
    with desk.prepared() as opened, console.status("Looking into quarantine"):
        every = [each for each in quarantine.groups(opened.connection) if _is_of(each, study)]
        chosen = [each for each in every if everything or each.open_cells]
        found = [opened.look(each) for each in chosen]
    cells, held = sum(each.cells for each in every), sum(each.cells > 0 for each in every)
    open_ones = sum(each.open_cells > 0 for each in every)
    console.print(f"{cells:,} cells are held, in {held} groups; {open_ones} groups are open.")
    if found:
        _tell_groups(found)
        console.print("`omics quarantine show GROUP` tells more of one.")


def _is_of(each: Group, study: str) -> bool:
    return not study or each.cause.table.domain == study


def _tell_groups(found: Sequence[Finding]) -> None:
    rows = [_HEADINGS, *(_cells_of(each.group) for each in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        _say("  ".join(_aligned(row, widths)), bold=number == 0)
        if number:
            for line in _mended_by(found[number - 1], most=1):
                _say(f"          {line}")


def _cells_of(each: Group) -> tuple[str, ...]:
    counts = (f"{count:,}" for count in (each.cells, each.values, each.records))
    return (each.cause.id, each.relation, each.field, each.reason, *counts, each.state)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for cell, width, heading in zip(row, widths, _HEADINGS, strict=True):
        is_count = heading in ("cells", "values", "records")
        yield cell.rjust(width) if is_count else cell.ljust(width)


def _mended_by(found: Finding, most: int, *, with_values: bool = False) -> Iterator[str]:
    """Say what would mend a group, a line each, and what to know beside it."""
    name_of = None if with_values else found.name_of
    for mend in found.mends[:most]:
        line = mend.line(name_of)
        said = f"{mend.place}: {line}" if line else ""
        hint = mend.hint and f"({mend.hint})" if said else f"{mend.place}: {mend.hint}"
        yield "  ".join(filter(None, (said, f"mends {mend.cells:,}", hint)))
    if found.note:
        yield found.note


@app.command()
def show(
    name: Name,
    *,
    with_values: Annotated[
        bool, typer.Option("--values", help="Show the values and whose they are; it is recorded")
    ] = False,
    by: By = "",
) -> None:
    """Show one group: what would mend it, its values by their hashes, what was decided."""
    with desk.prepared() as opened:
        chosen = find(quarantine.groups(opened.connection), name)
        texts = opened.show(chosen, to=by or desk.account(), place="shell") if with_values else None
        _tell_group(opened, chosen, opened.look(chosen), texts)


def _tell_group(opened: Desk, chosen: Group, found: Finding, texts: pl.DataFrame | None) -> None:
    where = f"{chosen.relation}, field {chosen.field}, rule {chosen.rule}: {chosen.reason}"
    _say(where, bold=True)
    _say(
        f"{chosen.cells:,} cells of {chosen.values:,} different values in {chosen.records:,} "
        f"records; {chosen.open_cells:,} cells are open."
    )
    for line in _mended_by(found, most=len(found.mends), with_values=texts is not None):
        _say(f"  {line}")
    counted = quarantine.values(opened.connection, chosen.cause)
    if not counted.is_empty():
        _say("value       cells  records  state", bold=True)
    for row in counted.iter_rows(named=True):
        state = "open" if row["is_open"] else f"{row['decision']} ({row['decided_by']})"
        counts = f"{row['cells']:>6,}  {row['records']:>7,}"
        told = f"  {_told(texts, row['value_hash'])}" if texts is not None else ""
        _say(f"{short(row['value_hash']):<9}  {counts}  {state}{told}")
    _tell_history(opened, chosen)
    _say(f"`omics quarantine resolve {chosen.cause.id} DECISION --why …` records what you decide.")


def _told(texts: pl.DataFrame, value_hash: str) -> str:
    """A value and the records that hold it."""
    rows = texts.filter(pl.col("value_hash") == value_hash)
    if rows.is_empty():
        return "(not in the snapshot)"
    records = [
        " / ".join(filter(None, record.split(BETWEEN_KEYS)))
        for record in rows["record"].drop_nulls()
    ]
    named = [ascii(record)[1:-1] for record in records[:_MOST_RECORDS]]
    more = f" and {len(records) - _MOST_RECORDS} more" if len(records) > _MOST_RECORDS else ""
    return f"{rows['value'][0]!r} of {', '.join(named)}{more}"


def _tell_history(opened: Desk, chosen: Group) -> None:
    for each in quarantine.decisions(opened.connection, chosen.cause):
        _say(
            f"{each.decided_at:%Y-%m-%d %H:%M}  {each.decided_by}: {MEANINGS[each.decision]} "
            f"({each.cells:,} cells): {each.why}"
        )
    for seen in quarantine.showings(opened.connection, chosen.cause):
        _say(
            f"{seen.shown_at:%Y-%m-%d %H:%M}  {seen.shown_to} was shown {seen.shown_values:,} "
            f"values ({seen.place})"
        )


@app.command()
def resolve(
    name: Name,
    decision: Annotated[Choice, typer.Argument(help=_EXPLAINED)],
    why: Annotated[str, typer.Option(help="The reason, in words without a value")],
    value: Annotated[str, typer.Option(help="Only about this value, by its hash")] = "",
    by: By = "",
) -> None:
    """Record a decision about a group, or about one value of it: who, when and why."""
    with desk.prepared() as opened:
        chosen = find(quarantine.groups(opened.connection), name)
        cells = opened.decide(chosen, decision, by=by or desk.account(), why=why, value=value)
    _say(f"Recorded for {cells:,} cells: {MEANINGS[decision]}.")
    if decision == "mended":
        _say(f"`omics quarantine replay {chosen.cause.id}` conforms the table again.")


@app.command()
def replay(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="GROUP", help="Groups; all of them without any"),
    ] = None,
    study: Study = "",
) -> None:
    """Conform tables again from the kept snapshots, and say what left quarantine."""
    with desk.prepared() as opened:
        before = quarantine.groups(opened.connection)
        chosen = [find(before, name) for name in names or ()] or before
        wanted = tables([each for each in chosen if _is_of(each, study)], opened.dictionary)
        if not wanted:
            _say("No table of a study file has cells in quarantine: nothing to replay.")
            return
        console.print(f"Conforming again, from the snapshots: {', '.join(map(str, wanted))}")
        keys = ["/".join(each.key) for each in wanted]
        ended = subprocess.run(
            [sys.executable, "-m", "omics_orchestrator.run", str(uuid.uuid4()), *keys],
            env=settings.environment(),
            cwd=REPOSITORY,
            check=False,
        )
        _tell_moved(before, quarantine.groups(opened.connection))
    sys.exit(ended.returncode)


def _tell_moved(before: Sequence[Group], after: Sequence[Group]) -> None:
    changed = [each for each in moved(before, after) if each.left]
    for each in changed:
        _say(
            f"{each.cause.id}  {each.cause.relation}, {each.cause.field}, {each.cause.reason}: "
            f"{each.before:,} cells before, {each.after:,} now"
        )
    if not changed:
        _say("Nothing left quarantine: no rule of these tables was changed, or none that helps.")


def _say(text: str, *, bold: bool = False) -> None:
    console.print(text, style="bold" if bold else None, markup=False, soft_wrap=True)
