"""Read a table: its present rows, or those of any moment since it keeps history."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import polars as pl
from psycopg import Connection, sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.warehouse.asked import among
from omics_orchestrator.warehouse.copy import copy_out
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table, names

_AT = "_valid_from <= {moment} and (_valid_to is null or _valid_to > {moment})"


def read(connection: Connection, table: Table) -> pl.DataFrame:
    """Read the present rows, ordered by key, with the table's columns and types."""
    return _rows(connection, table, present(table))


def some_columns(
    connection: Connection, table: Table, columns: Collection[str], equal: Mapping[str, str]
) -> pl.DataFrame:
    """Read some columns of the present rows in which others have these values, in no order."""
    where = [sql.SQL("{}").format(present(table))]
    for name, value in equal.items():
        where.append(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)))
    schema = {name: table.schema[name] for name in columns}
    with refusals(str(table.name)):
        condition = sql.SQL(" and ").join(where)
        return pl.concat(copy_out(connection, table.identifier, schema, condition))


def of_keys(connection: Connection, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    """Read the present rows of these keys, ordered by key; `keys` has the key's columns."""
    with refusals(str(table.name)), connection.transaction():
        return _rows(connection, table, among(connection, table, keys))


def parts(connection: Connection, table: Table) -> Iterator[pl.DataFrame]:
    """Read the present rows in no order, part by part, each of some tens of megabytes."""
    with refusals(str(table.name)):
        yield from copy_out(connection, table.identifier, table.schema, present(table))


def cuts(connection: Connection, table: Table, column: str, rows: int) -> list[object]:
    """Values of a column that cut the present rows into parts of about so many rows, in order."""
    statement = sql.SQL(
        "select distinct on (cut) cut from (select {0} as cut, row_number() over (order by {0}) "
        "as number from {1} where {2}) as numbered where number % {3} = 0 order by cut"
    ).format(sql.Identifier(column), table.identifier, present(table), sql.Literal(rows))
    with refusals(str(table.name)):
        return [cut for (cut,) in connection.execute(statement)]


def between(
    connection: Connection, table: Table, column: str, after: object, upto: object
) -> pl.DataFrame:
    """Read the present rows whose `column` is more than `after` and not more than `upto`.

    None stands for no bound.
    """
    where = [sql.SQL("{}").format(present(table))]
    for sign, bound in ((sql.SQL(">"), after), (sql.SQL("<="), upto)):
        if bound is not None:
            column_is = sql.SQL("{} {} {}")
            where.append(column_is.format(sql.Identifier(column), sign, sql.Literal(bound)))
    return _rows(connection, table, sql.SQL(" and ").join(where))


def repeated_keys(connection: Connection, table: Table) -> int:
    """Count the present rows whose key another present row has."""
    statement = sql.SQL(
        "select coalesce(sum(rows - 1), 0)::bigint from "
        "(select count(*) as rows from {} where {} group by {} having count(*) > 1) as repeated"
    )
    with refusals(str(table.name)):
        rows = connection.execute(
            statement.format(table.identifier, present(table), names(table.key))
        )
        return int(rows.fetchall()[0][0])


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
        frames = list(copy_out(connection, table.identifier, table.schema, where))
    return pl.concat(frames).sort(table.key)
