"""The rows of a table as they are, or as they were at a moment.

Conformed tables keep their history. Datasets keep none and need none: as of a moment they are put
together anew from the conformed tables of then. Rules and columns are those of the dictionary that
is given, values are those of then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
from psycopg import Connection

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.harmonised.described import Described
from omics_orchestrator.warehouse.ledger import first_loaded
from omics_orchestrator.warehouse.read import as_of, read
from omics_orchestrator.warehouse.shape import stored_types
from omics_orchestrator.warehouse.table import Table, postgres_type


@dataclass(frozen=True)
class Rows:
    """The rows of a table, ordered by its key, and what a reader should know of them."""

    frame: pl.DataFrame
    notes: tuple[str, ...]


def present_rows(connection: Connection, described: Described) -> Rows:
    """Read the rows as they are.

    Raises:
        WarehouseError: the table was not loaded, or with another type of a column.
    """
    table = described.table
    _check_loaded(connection, (table,), None)
    reading = _Reading(connection, None)
    return Rows(reading.rows_of(table), tuple(reading.notes))


def rows_at(connection: Connection, described: Described, moment: datetime) -> Rows:
    """Read or assemble the rows as they were at `moment`, which has its time zone.

    What stands beside the leading table may have come later: it is empty, and a note says so.

    Raises:
        WarehouseError: there were no rows yet, a column has another type since, or the table
            keeps no history.
    """
    if not described.has_past:
        raise WarehouseError(
            "it keeps no history, only its present rows",
            mend="leave `--as-of` out, or read the tables of `core` that it is made of.",
            table=str(described.table.name),
        )
    _check_loaded(connection, described.leading, moment)
    reading = _Reading(connection, moment)
    frame = described.assemble(reading.rows_of)
    return Rows(frame.sort(described.table.key), tuple(reading.notes))


def _check_loaded(connection: Connection, tables: Iterable[Table], moment: datetime | None) -> None:
    known = {str(table.name): first_loaded(connection, str(table.name)) for table in tables}
    since = min((each for each in known.values() if each is not None), default=None)
    place = {"table": ", ".join(known)}
    if since is None:
        raise WarehouseError("it has not been loaded yet", mend="materialise it first.", **place)
    if moment is not None and since > moment:
        raise WarehouseError(
            f"it was first loaded at {since:%Y-%m-%d %H:%M:%S} UTC, and has no past before that",
            mend="name a later moment.",
            **place,
        )


class _Reading:
    """Reads tables as the database has them, and notes what it does not have."""

    def __init__(self, connection: Connection, moment: datetime | None) -> None:
        self.connection = connection
        self.moment = moment
        self.notes: list[str] = []

    def rows_of(self, table: Table) -> pl.DataFrame:
        """The rows with all columns that are described; what is not stored is null."""
        stored = stored_types(self.connection, table)
        if not stored:
            self.notes.append(f"{table.name} has not been loaded yet: nothing of it is here")
            return pl.DataFrame(schema=table.schema)
        _check_fits(table, stored)
        absent = [name for name in table.columns if name not in stored]
        if absent:
            self.notes.append(
                f"{table.name} was not loaded since these came into the dictionary, and they are "
                f"empty: {', '.join(absent)}"
            )
        frame = self._read(_without(table, absent))
        nothing = (pl.lit(None, table.schema[name]).alias(name) for name in absent)
        return frame.with_columns(nothing).select(list(table.columns))

    def _read(self, table: Table) -> pl.DataFrame:
        if self.moment is None:
            return read(self.connection, table)
        since = first_loaded(self.connection, str(table.name))
        if since is not None and since > self.moment:
            first = f"{since:%Y-%m-%d %H:%M}"
            self.notes.append(
                f"{table.name} was first loaded at {first} UTC: nothing of it is here"
            )
        return as_of(self.connection, table, self.moment)


def _without(table: Table, absent: list[str]) -> Table:
    kept = {name: column for name, column in table.columns.items() if name not in absent}
    return replace(table, columns=kept)


def _check_fits(table: Table, stored: dict[str, str]) -> None:
    """Refuse a table whose rows would be read as what they are not."""
    place = {"table": str(table.name)}
    mend = "materialise the table, or read it with the dictionary it was loaded with."
    if lost := [name for name in table.key if name not in stored]:
        what = f"{', '.join(lost)} is of the key in the dictionary, and not in the warehouse"
        raise WarehouseError(what, mend=mend, **place)
    for name, dtype in table.schema.items():
        wanted = postgres_type(dtype)
        if stored.get(name, wanted) != wanted:
            what = f"the column is {stored[name]} in the warehouse and {wanted} in the dictionary"
            raise WarehouseError(what, mend=mend, column=name, **place)
