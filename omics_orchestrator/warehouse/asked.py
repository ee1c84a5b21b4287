"""Ask for the rows of many keys at once, by a table of them that lives as long as a transaction."""

import polars as pl
from psycopg import Connection, sql

from omics_orchestrator.warehouse.copy import copy_in
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table, names


def among(connection: Connection, table: Table, keys: pl.DataFrame) -> sql.Composed:
    """Write the condition that a row is a present one of these keys; once in a transaction.

    Args:
        connection: in a transaction.
        table: whose rows; it is there.
        keys: frame with the columns of the table's key.
    """
    create = sql.SQL("create temp table asked on commit drop as select {} from {} with no data")
    connection.execute(create.format(names(table.key), table.identifier))
    copy_in(connection, sql.Identifier("asked"), keys.select(table.key))
    connection.execute("analyze asked")
    return sql.SQL("{} and ({}) in (select {} from asked)").format(
        present(table), names(table.key), names(table.key)
    )
