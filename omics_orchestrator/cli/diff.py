"""`omics dictionary diff`: what a change of the dictionary does before it is released."""

from typing import Annotated

import typer

from omics_orchestrator.cli.columns import say, show
from omics_orchestrator.cli.doors import main_store
from omics_orchestrator.cli.output import console
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.settings import Settings
from omics_orchestrator.stewardship.comparison import TableChange, VariableChange
from omics_orchestrator.stewardship.difference import Difference, difference
from omics_orchestrator.stewardship.readings import LastReadings
from omics_orchestrator.stewardship.rebuild import Rebuild
from omics_orchestrator.stewardship.revision import dictionary_at
from omics_orchestrator.warehouse.connect import connect

_HEADINGS = ("", "changed", "added", "removed", "other reason", "quarantined")


def diff(
    revision: Annotated[str, typer.Argument(help="A revision of git, e.g. HEAD or v1.2")] = "HEAD",
) -> None:
    """Tell what the dictionary as it stands does to the tables, compared with a revision.

    Nothing is loaded: both dictionaries are tried on what was read of the sources last.
    """
    given = Settings.from_environment()
    before, after = dictionary_at(given.dictionary, revision), load(given.dictionary)
    with (
        connect(given.need("warehouse_url")) as connection,
        console.status("Making the tables that differ, with both dictionaries"),
    ):
        readings = LastReadings(connection, main_store())
        found = difference(Rebuild(before, readings), Rebuild(after, readings))
    _tell(found, revision)


def _tell(found: Difference, revision: str) -> None:
    if not found.tables and not found.untold:
        say(f"Nothing changes: all tables are what they are with {revision}.")
        return
    say(
        f"Compared with {revision}: {found.values:,} values in {found.variables:,} variables of "
        f"{found.studies:,} studies."
    )
    rows = [row for name, change in found.tables.items() for row in _rows(str(name), change)]
    if rows:
        say()
        show(_HEADINGS, rows)
    for name, why in found.untold.items():
        say(f"Nothing can be told of {name}: {why}.")


def _rows(name: str, change: TableChange) -> list[tuple[str, ...]]:
    rows = f"{change.rows_added:+,} rows, {-change.rows_removed:,} rows"
    shown = rows if change.rows_added or change.rows_removed else ""
    lines = [(f"  {variable}", *_counts(each)) for variable, each in change.variables.items()]
    return [(f"{name}  {shown}".rstrip(), *[""] * (len(_HEADINGS) - 1)), *lines]


def _counts(each: VariableChange) -> tuple[str, ...]:
    counts = (each.changed, each.added, each.removed, each.reasons)
    held = f"{each.quarantined:+,}" if each.quarantined else ""
    return (*(f"{count:,}" if count else "" for count in counts), held)
