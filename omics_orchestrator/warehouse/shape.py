"""Give a table in the database the shape of its definition, without losing its past.

A table is never dropped and built anew: that would lose its grants, policies and the views of
others. A column that leaves the definition is kept where there is history (NULL from then on) and
dropped where there is none. A column that changes its type is emptied and filled again where there
is no history; where there is, each stored value must survive the way to the new type and back.
"""

import psycopg
import xxhash
from psycopg import Connection, errors, sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.warehouse.star_views import give_way
from omics_orchestrator.warehouse.table import Table, names, postgres_type

_SYSTEM = {
    "_load_id": ("bigint not null", "The load that wrote the row, see ops.load."),
    "_loaded_at": ("timestamptz not null", "When the row was written."),
    "_row_hash": ("uuid not null", "Hash of the row's values."),
}
_HISTORY = {
    "_valid_from": ("timestamptz not null", "From when on the row was the present one."),
    "_valid_to": ("timestamptz", "Until when it was; empty while it is."),
}
_STORED = """
    select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
    from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
"""
_ABOUT = "select coalesce(obj_description(to_regclass(%s), 'pg_class'), '')"
_KEY_INDEXES = """
    select indexname from pg_indexes
    where schemaname = %s and tablename = %s and indexname like 'key\\_%%'
"""


def present(table: Table) -> sql.SQL:
    """Write the condition that a row is a present one."""
    return sql.SQL("_valid_to is null") if table.history else sql.SQL("true")


def stored_types(connection: Connection, table: Table) -> dict[str, str]:
    """Map each column in the database to its Postgres type; empty when there is no table."""
    return {name: kind for name, (kind, _) in _stored(connection, table).items()}


def fit(connection: Connection, table: Table) -> None:
    """Create the table, or alter it to its definition, comments included.

    Raises:
        WarehouseError: its past would be lost.
    """
    stored = _stored(connection, table)
    if stored:
        _alter(connection, table, {name: kind for name, (kind, _) in stored.items()})
        _drop_other_keys(connection, table)
    else:
        _create(connection, table)
    _comment(connection, table, {name: comment for name, (_, comment) in stored.items()})


def index_key(connection: Connection, table: Table) -> None:
    """See to it that Postgres itself refuses two present rows of one key.

    Called after the rows are in: an index on a new table is then built at once, by sorting.
    """
    connection.execute(
        sql.SQL("create unique index if not exists {} on {} ({}) where {}").format(
            sql.Identifier(_key_index(table)), table.identifier, names(table.key), present(table)
        )
    )


def _system(table: Table) -> dict[str, tuple[str, str]]:
    return _SYSTEM | _HISTORY if table.history else _SYSTEM


def _stored(connection: Connection, table: Table) -> dict[str, tuple[str, str | None]]:
    """Map each column in the database to its type and comment; empty when there is no table."""
    found = connection.execute(_STORED, (table.identifier.as_string(connection),))
    return {name: (kind, comment) for name, kind, comment in found}


def _create(connection: Connection, table: Table) -> None:
    ours = [_defined(table, name) for name in table.columns]
    system = [_declared(name, kind) for name, (kind, _) in _system(table).items()]
    connection.execute(
        sql.SQL("create table {} ({})").format(table.identifier, sql.SQL(", ").join(ours + system))
    )


def _alter(connection: Connection, table: Table, stored: dict[str, str]) -> None:
    _fit_history(connection, table, keeps_history="_valid_to" in stored)
    new = [name for name in table.columns if name not in stored]
    retyped = [
        name
        for name, column in table.columns.items()
        if name in stored and stored[name] != postgres_type(column.dtype)
    ]
    gone = sorted(stored.keys() - table.columns.keys() - _SYSTEM.keys())
    dropped = [] if table.history else gone
    changes: list[sql.Composable] = [
        *(sql.SQL("add {}").format(_defined(table, name)) for name in new),
        *(_retyped(connection, table, name, stored[name]) for name in retyped),
        *(sql.SQL("drop {}").format(sql.Identifier(name)) for name in dropped),
    ]
    if changes:
        give_way(connection, table, [*retyped, *dropped])
        _alter_table(connection, table, sql.SQL(", ").join(changes))


def _fit_history(connection: Connection, table: Table, *, keeps_history: bool) -> None:
    if keeps_history and not table.history:
        raise WarehouseError(
            "the table keeps history and its definition no longer does",
            mend="keep its history, or give the table a new name.",
            table=str(table.name),
        )
    if table.history and not keeps_history:
        added = sql.SQL("add _valid_from timestamptz, add _valid_to timestamptz")
        _alter_table(connection, table, added)
        connection.execute(
            sql.SQL("update {} set _valid_from = _loaded_at").format(table.identifier)
        )
        _alter_table(connection, table, sql.SQL("alter _valid_from set not null"))


def _retyped(connection: Connection, table: Table, name: str, before: str) -> sql.Composable:
    column, after = sql.Identifier(name), postgres_type(table.columns[name].dtype)
    if not table.history:
        return sql.SQL("drop {}, add {}").format(column, _defined(table, name))
    if not _survives(connection, table, name, before):
        raise WarehouseError(
            f"past values of the column would not survive its change from {before} to {after}",
            mend="give the variable a new name; its past stays under the old one.",
            table=str(table.name),
            column=name,
        )
    return sql.SQL("alter {0} type {1} using {0}::{1}").format(column, sql.SQL(after))


def _survives(connection: Connection, table: Table, name: str, before: str) -> bool:
    """Tell whether each stored value is the same after a cast to the new type and back."""
    there_and_back = sql.SQL(
        "select not exists (select from {0} where {1}::{2}::{3} is distinct from {1})"
    ).format(
        table.identifier,
        sql.Identifier(name),
        sql.SQL(postgres_type(table.columns[name].dtype)),
        sql.SQL(before),
    )
    try:
        with connection.transaction():
            return connection.execute(there_and_back).fetchone() == (True,)
    except (psycopg.DataError, errors.CannotCoerce):
        return False


def _drop_other_keys(connection: Connection, table: Table) -> None:
    found = connection.execute(_KEY_INDEXES, (table.name.layer, table.name.relation))
    for (index,) in found.fetchall():
        if index != _key_index(table):
            other = sql.Identifier(table.name.layer, index)
            connection.execute(sql.SQL("drop index {}").format(other))


def _key_index(table: Table) -> str:
    """Name the index after its definition, so that a changed key is another index."""
    definition = "\0".join((str(table.name), str(table.history), *table.key))
    return f"key_{xxhash.xxh3_64_hexdigest(definition.encode())}"


def _comment(connection: Connection, table: Table, stored: dict[str, str | None]) -> None:
    """Write what the definition says of the table and its columns, where it says something new."""
    system = {name: comment for name, (_, comment) in _system(table).items()}
    wanted = {name: column.comment for name, column in table.columns.items()} | system
    statements = [
        sql.SQL("comment on column {}.{} is {}").format(
            table.identifier, sql.Identifier(name), sql.Literal(comment)
        )
        for name, comment in wanted.items()
        if comment != (stored.get(name) or "")
    ]
    about = connection.execute(_ABOUT, (table.identifier.as_string(connection),)).fetchone()
    if about != (table.comment,):
        statement = sql.SQL("comment on table {} is {}")
        statements.append(statement.format(table.identifier, sql.Literal(table.comment)))
    if statements:
        connection.execute(sql.SQL("; ").join(statements))


def _alter_table(connection: Connection, table: Table, change: sql.Composable) -> None:
    connection.execute(sql.SQL("alter table {} {}").format(table.identifier, change))


def _defined(table: Table, name: str) -> sql.Composed:
    return _declared(name, postgres_type(table.columns[name].dtype) or "")


def _declared(name: str, kind: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
