"""Read a table: its present rows, or those of any moment since it keeps history."""

from datetime import datetime

import polars as pl
from psycopg import Connection, sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.warehouse.copy import copy_out
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table

_AT = "_valid_from <= {moment} and (_valid_to is null or _valid_to > {moment})"


def read(connection: Connection, table: Table) -> pl.DataFrame:
    """Read the present rows, ordered by key, with the table's columns and types."""
    return _rows(connection, table, present(table))


def as_of(connection: Connection, table: Table, moment: datetime) -> pl.DataFrame:
    """Read the rows as they were at `moment`, ordered by key; none before the first load.

    The columns are those of `table`: a variable that has left the dictionary is read by giving the
    definition of then.

    Args:
        connection: a session on the warehouse.
        table: a table that keeps history.
        moment: with its time zone.

    Raises:
        WarehouseError: the table keeps no history.
    """
    if not table.history:
        raise WarehouseError(
            "the table keeps no history",
            mend="set `history` in its definition; its past begins with the next load.",
            table=str(table.name),
        )
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return _rows(connection, table, sql.SQL(_AT).format(moment=sql.Literal(moment)))


def _rows(connection: Connection, table: Table, where: sql.Composable) -> pl.DataFrame:
    with refusals(str(table.name)):
        frame = copy_out(connection, table.identifier, table.schema, where)
    return frame.sort(table.key)
