"""Change some rows of a table and leave all others: for a register that is never read whole."""

import polars as pl
from psycopg import Connection

from omics_orchestrator.warehouse.accounts import Change, Load, begin, finish
from omics_orchestrator.warehouse.asked import among
from omics_orchestrator.warehouse.copy import read_hashes
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import check_not_overtaken, lock, without
from omics_orchestrator.warehouse.replace import replace
from omics_orchestrator.warehouse.rows import ROW_HASH, amended_hash, content_hash, hashes
from omics_orchestrator.warehouse.shape import fit
from omics_orchestrator.warehouse.table import Table

_NONE = pl.Series(ROW_HASH, dtype=pl.Binary)


def amend(
    connection: Connection,
    table: Table,
    rows: pl.DataFrame,
    gone: pl.DataFrame,
    load: Load,
    *,
    patience: float = 30.0,
) -> Change:
    """Put rows in the place of those of the same keys, and take rows out, in one transaction.

    A row that is neither given nor taken out stays as it was written, with its hash.

    Args:
        connection: an autocommitting session on a prepared warehouse.
        table: the definition; the table is created, or altered to it.
        rows: the rows that are new or may have changed, with the table's columns and types.
        gone: the keys of the rows to take out, with the key's columns.
        load: what the ledger is to say; `rows_in` counts the rows given.
        patience: seconds to wait for another load of this table.

    Raises:
        WarehouseError: the rows break the definition, or Postgres refused.
        TransientError: another load is under way or was quicker, or the server went away.
    """
    arrived = hashes(table, rows)
    keys = pl.concat([rows.select(table.key), gone.select(table.key)]).unique()
    relation = str(table.name)
    with refusals(relation), connection.transaction():
        lock(connection, relation, patience)
        last = last_load(connection, relation)
        check_not_overtaken(relation, load, last)
        fit(connection, table)
        before = read_hashes(connection, table.identifier, among(connection, table, keys))
        fresh, vanished = without(arrived, before), without(before, arrived)
        load_id, moment = begin(connection, relation, load)
        changed = rows.select(list(table.columns)).with_columns(arrived)
        changed = changed.join(fresh.to_frame(), on=ROW_HASH, how="semi")
        updated, columns = replace(connection, table, vanished, [changed], (load_id, moment))
        standing = last.rows_out if last else 0
        change = Change(
            inserted=fresh.len() - updated,
            updated=updated,
            deleted=vanished.len() - updated,
            unchanged=standing - vanished.len(),
            changed_columns=columns,
            content_hash=amended_hash(
                last.content_hash if last else content_hash(_NONE), vanished, fresh
            ),
        )
        finish(connection, load_id, load, change, allowed_shrink=1.0)
        return change
