"""Make the views of the star, all in one transaction.

A view that is there as it is described is left alone: what people granted on it, and what reads it,
stays. What a changed view was granted is lost with it, unless it is a default privilege.
"""

from collections.abc import Mapping, Sequence

import xxhash
from psycopg import Connection, sql

from omics_orchestrator.star.looking import Found, look_through
from omics_orchestrator.star.view import View
from omics_orchestrator.warehouse.accounts import Change, Load, begin, finish
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import last_load, record_unchanged
from omics_orchestrator.warehouse.shape import stored_types

# While a view's lock is awaited, new readers queue behind it.
_LOCK = """
    set local lock_timeout = '10s';
    select pg_advisory_xact_lock(hashtextextended('star', 0));
"""
_OURS_NO_MORE = """
    select relname from pg_class
    where relnamespace = 'star'::regnamespace and relkind = 'v' and relname <> all(%s)
        and exists (select from ops.load where relation = 'star.' || relname)
"""
Inputs = Mapping[str, str]


def make(
    connection: Connection, views: Sequence[View], *, run_id: str, inputs: Mapping[str, Inputs]
) -> dict[str, Found]:
    """Make every view that is not there as it is described, and drop those described no more.

    Args:
        connection: an autocommitting session on a prepared warehouse.
        views: all views of the star.
        run_id: the run that makes them.
        inputs: view → each table it reads, with the hash of its content.

    Returns:
        What each view holds, by its name.

    Raises:
        WarehouseError: a table lacks what the dictionary says, or something outside of the star
            reads a view that would change.
        TransientError: somebody has been reading a view for too long.
    """
    with refusals("star"), connection.transaction():
        connection.execute(_LOCK)
        _drop_no_more(connection, views)
        for view in views:
            if not _stands(connection, view):
                _create(connection, view)
        found = {str(view.table.name): look_through(connection, view) for view in views}
        for view in views:
            name = str(view.table.name)
            _record(connection, view, found[name].rows, run_id, inputs[name])
    return found


def content(view: View, inputs: Inputs) -> str:
    """A hash of all that a view shows: how it is made, and what of."""
    return xxhash.xxh3_128_hexdigest(f"{view.version} {sorted(inputs.items())}".encode())


def _drop_no_more(connection: Connection, views: Sequence[View]) -> None:
    described = [view.table.name.relation for view in views]
    for (name,) in connection.execute(_OURS_NO_MORE, (described,)).fetchall():
        connection.execute(sql.SQL("drop view {}").format(sql.Identifier("star", name)))


def _stands(connection: Connection, view: View) -> bool:
    last = last_load(connection, str(view.table.name))
    is_as_described = last is not None and last.code_version == view.version
    return is_as_described and bool(stored_types(connection, view.table))


def _create(connection: Connection, view: View) -> None:
    name = view.table.identifier
    statements = [
        sql.SQL("drop view if exists {}").format(name),
        sql.SQL("create view {} as {}").format(name, view.query),
        sql.SQL("comment on view {} is {}").format(name, sql.Literal(view.table.comment)),
    ]
    statements += [
        sql.SQL("comment on column {}.{} is {}").format(
            name, sql.Identifier(column), sql.Literal(each.comment)
        )
        for column, each in view.table.columns.items()
    ]
    connection.execute(sql.SQL("; ").join(statements))


def _record(connection: Connection, view: View, rows: int, run_id: str, inputs: Inputs) -> None:
    """Enter the view into the ledger, as a load that brought no row of its own."""
    name, shown = str(view.table.name), content(view, inputs)
    last = last_load(connection, name)
    if last is not None and (last.content_hash, last.rows_out) == (shown, rows):
        record_unchanged(connection, last, run_id)
        return
    load = Load(run_id=run_id, code_version=view.version, inputs=inputs, rows_in=rows)
    load_id, _ = begin(connection, name, load)
    finish(connection, load_id, load, Change(0, 0, 0, rows, {}, shown), allowed_shrink=1)
