"""Where a row came from, by the ledger: the load that wrote it, and what that load had read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
from psycopg import Connection, sql
from psycopg.rows import class_row, dict_row

from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import LoadRecord, Snapshot
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table, names, postgres_type

_LOAD = """
    select load_id, relation, run_id, code_version, inputs, rows_in, rows_out, inserted, updated,
           deleted, unchanged, changed_columns, content_hash, started_at, finished_at
    from ops.load where load_id = %s
"""
_SNAPSHOT = """
    select relation, content_hash, object_key, rows, columns, source, run_id, scope, taken_at
    from ops.snapshot where relation = %s and content_hash = %s and taken_at <= %s
    order by snapshot_id desc limit 1
"""
_HELD = """
    select field, rule, reason, sum(count)::bigint
    from ops.quarantine where relation = %s and field = any(%s)
    group by field, rule, reason order by 4 desc, field, rule, reason
"""
_HELD_SCHEMA = {
    "field": pl.String(),
    "rule": pl.String(),
    "reason": pl.String(),
    "count": pl.Int64(),
}


def row(
    connection: Connection, table: Table, key: Mapping[str, str], columns: Sequence[str]
) -> dict[str, Any] | None:
    """Read some columns of the present row with a key, and `_load_id`; None where there is none.

    Args:
        connection: a session on the warehouse.
        table: the table.
        key: its value in each column of the table's key, as text that fits the column.
        columns: which columns.
    """
    wanted = names(tuple(dict.fromkeys([*columns, "_load_id"])))
    statement = sql.SQL("select {} from {} where {}")
    with refusals(str(table.name)), connection.cursor(row_factory=dict_row) as cursor:
        found = statement.format(wanted, table.identifier, _is(table, key))
        return cursor.execute(found).fetchone()


def nearest(
    connection: Connection,
    table: Table,
    person: Mapping[str, str],
    *,
    dated: str,
    day: date | None,
    within_days: int,
) -> dict[str, str] | None:
    """Find the key of a participant's row that is nearest to a day; None where none is near enough.

    Of two that are equally near, the earlier one, then the one whose key comes first.
    """
    own = tuple(name for name in table.key if name not in person)
    statement = sql.SQL(
        "select {own} from {table} where {person} and abs({dated} - {day}) <= {days}"
        " order by abs({dated} - {day}), {dated}, {own} limit 1"
    )
    with refusals(str(table.name)):
        query = statement.format(
            own=names(own),
            table=table.identifier,
            person=_is(table, person),
            dated=sql.Identifier(dated),
            day=sql.SQL("{}::date").format(sql.Literal(day)),
            days=sql.Literal(within_days),
        )
        found = connection.execute(query).fetchone()
    return None if found is None else {**person, **dict(zip(own, map(str, found), strict=True))}


def rows_with(connection: Connection, table: Table, key: Mapping[str, str]) -> int:
    """Count the present rows with some parts of a key."""
    statement = sql.SQL("select count(*) from {} where {}")
    with refusals(str(table.name)):
        query = statement.format(table.identifier, _is(table, key))
        count: int = connection.execute(query).fetchall()[0][0]
    return count


def _is(table: Table, key: Mapping[str, str]) -> sql.Composable:
    # Of the column's own type, so that the index of the key is used.
    parts = [
        sql.SQL("{} = {}::{}").format(
            sql.Identifier(name),
            sql.Literal(value),
            sql.SQL(postgres_type(table.columns[name].dtype)),
        )
        for name, value in key.items()
    ]
    return sql.SQL(" and ").join([present(table), *parts])


def load(connection: Connection, load_id: int) -> LoadRecord:
    """Find a load that succeeded by its id, as rows carry it."""
    with refusals("ops.load"), connection.cursor(row_factory=class_row(LoadRecord)) as cursor:
        return cursor.execute(_LOAD, (load_id,)).fetchall()[0]


def snapshot_of(
    connection: Connection, relation: str, content_hash: str, before: datetime
) -> Snapshot | None:
    """Find the last reading of a source with this content that is not later than `before`."""
    with refusals(relation), connection.cursor(row_factory=class_row(Snapshot)) as cursor:
        return cursor.execute(_SNAPSHOT, (relation, content_hash, before)).fetchone()


def held(connection: Connection, relation: str, fields: Sequence[str]) -> pl.DataFrame:
    """Count what is in quarantine of some fields of a table: field, rule, reason, count."""
    with refusals(relation):
        rows = connection.execute(_HELD, (relation, list(fields))).fetchall()
    return pl.DataFrame(rows, schema=_HELD_SCHEMA, orient="row")
