"""Put new rows of a table in the place of those that no longer hold, and tell what changed."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl
from psycopg import Connection, sql

from omics_orchestrator.warehouse.copy import copy_in
from omics_orchestrator.warehouse.shape import index_key
from omics_orchestrator.warehouse.table import Table, names

# Values are literals, not parameters: beside parameters, a `%` in a column's name would be one too.
_CLOSE = """
    with retired as (
        update {table} set _valid_to = {moment}
        where _valid_to is null and _row_hash in (select unnest({hashes}::uuid[]))
        returning {columns}
    )
    insert into replaced select * from retired
"""
_DELETE = """
    with retired as (
        delete from {table} where _row_hash in (select unnest({hashes}::uuid[]))
        returning {columns}
    )
    insert into replaced select * from retired
"""
_COMPARE = """
    select count(*), {differences}
    from replaced old join {table} new using ({key})
    where new._load_id = {load_id}
"""


def replace(
    connection: Connection,
    table: Table,
    vanished: pl.Series,
    fresh: Iterable[pl.DataFrame],
    stamp: tuple[int, datetime],
) -> tuple[int, dict[str, int]]:
    """Retire the present rows with the hashes `vanished`, and append the rows `fresh`.

    Args:
        connection: in the transaction of the load.
        table: whose rows.
        vanished: row hashes, Binary.
        fresh: frames of the table's columns and `_row_hash`.
        stamp: id of the load, and the moment from which its rows are valid.

    Returns:
        How many fresh rows replaced one of the same key, and column → in how many of them its
        value changed.
    """
    load_id, moment = stamp
    if not vanished.is_empty():
        _retire(connection, table, vanished, moment)
    for rows in fresh:
        if not rows.is_empty():
            copy_in(connection, table.identifier, _stamped(table, rows, load_id, moment))
    index_key(connection, table)
    return (0, {}) if vanished.is_empty() else _compare(connection, table, load_id)


def _retire(connection: Connection, table: Table, hashes: pl.Series, moment: datetime) -> None:
    """Close (with history) or delete the rows of these hashes; `replaced` keeps what they said."""
    create = sql.SQL("create temp table replaced as select {} from {} with no data")
    connection.execute(create.format(names(table.columns), table.identifier))
    given = "{" + ",".join(hashes.bin.encode("hex")) + "}"
    connection.execute(
        sql.SQL(_CLOSE if table.history else _DELETE).format(
            table=table.identifier,
            columns=names(table.columns),
            moment=sql.Literal(moment),
            hashes=sql.Literal(given),
        )
    )


def _stamped(table: Table, rows: pl.DataFrame, load_id: int, moment: datetime) -> pl.DataFrame:
    since = pl.lit(moment, pl.Datetime("us", "UTC"))
    stamped = rows.with_columns(_load_id=pl.lit(load_id, pl.Int64()), _loaded_at=since)
    return stamped.with_columns(_valid_from=since) if table.history else stamped


def _compare(connection: Connection, table: Table, load_id: int) -> tuple[int, dict[str, int]]:
    differs = sql.SQL("count(*) filter (where old.{0} is distinct from new.{0})")
    statement = sql.SQL(_COMPARE).format(
        differences=sql.SQL(", ").join(differs.format(sql.Identifier(c)) for c in table.columns),
        table=table.identifier,
        key=names(table.key),
        load_id=sql.Literal(load_id),
    )
    # The statistics know nothing of rows just written: a nested loop looks cheap and takes minutes.
    connection.execute("set local enable_nestloop = off")
    updated, *counts = connection.execute(statement).fetchall()[0]
    connection.execute("drop table replaced")
    return updated, {c: count for c, count in zip(table.columns, counts, strict=True) if count}
