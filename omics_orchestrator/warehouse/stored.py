"""Tables and views as the warehouse itself tells of them, where no definition is at hand."""

from collections.abc import Sequence

import polars as pl
from psycopg import Connection

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.table import Column, Table, polars_type

_HISTORY = "_valid_to"
_TABLES = """
    select format('%%s.%%s', relnamespace::regnamespace, relname), obj_description(oid, 'pg_class')
    from pg_class
    where relkind in ('r', 'v') and relnamespace::regnamespace::text = any(%s)
    order by 1
"""
_COLUMNS = """
    select attname, format_type(atttypid, atttypmod),
           coalesce(col_description(attrelid, attnum), '')
    from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
    order by attnum
"""
_KEY = """
    select attname from pg_index
    cross join unnest(indkey) with ordinality as part (number, position)
    join pg_attribute on attrelid = indrelid and attnum = part.number
    where indrelid = to_regclass(%s) and indisunique
    order by indexrelid, position
"""


def stored_tables(connection: Connection, layers: Sequence[str]) -> dict[str, str]:
    """Every table and view of these layers by its name, with what a row is."""
    with refusals(", ".join(layers)):
        found = connection.execute(_TABLES, (list(layers),)).fetchall()
    return {name: comment or "" for name, comment in found}


def stored_table(connection: Connection, name: TableName) -> Table:
    """A table or view that is there, without the columns of the system.

    A view has no key: all that can be put in order stands for one.

    Raises:
        WarehouseError: a column is of a type that no table of ours has.
    """
    with refusals(str(name)):
        told = connection.execute(_COLUMNS, (str(name),)).fetchall()
        key = tuple(column for (column,) in connection.execute(_KEY, (str(name),)))
        comment = stored_tables(connection, [name.layer])[str(name)]
    columns = {
        column: Column(_type(name, column, kind), meaning)
        for column, kind, meaning in told
        if not column.startswith("_")
    }
    ordered = tuple(column for column, each in columns.items() if not each.dtype.is_nested())
    history = any(column == _HISTORY for column, _, _ in told)
    return Table(name, columns, key or ordered, history=history, comment=comment)


def _type(name: TableName, column: str, kind: str) -> pl.DataType:
    try:
        return polars_type(kind)
    except KeyError:
        raise WarehouseError(
            f"the column is of type {kind}, which no table of the platform has",
            mend="read it with psql, or cast it in the view.",
            table=str(name),
            column=column,
        ) from None
