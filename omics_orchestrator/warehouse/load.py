"""Merge rows into their table: check, compare, replace and account in one transaction.

Rows are compared by their hashes, on the client: only the hashes of the present rows travel here,
and only rows that are new or changed travel there. They go straight into the table, for a
transaction that fails leaves nothing of them to be seen.
"""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl
from psycopg import Connection

from omics_orchestrator.errors import TransientError, WarehouseError
from omics_orchestrator.warehouse.accounts import Change, Load, begin, finish
from omics_orchestrator.warehouse.copy import read_hashes
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import LoadRecord, last_load
from omics_orchestrator.warehouse.replace import replace
from omics_orchestrator.warehouse.rows import ROW_HASH, content_hash, hashes
from omics_orchestrator.warehouse.shape import fit, present
from omics_orchestrator.warehouse.table import Table

ALLOWED_SHRINK = 0.05
_NOTHING = pl.Series(ROW_HASH, dtype=pl.Binary)
# In a table of a few rows one row is a large share, and nothing is wrong.
_FEW_ROWS = 10
# While an altered table's lock is awaited, new readers queue behind it.
_READERS_WAIT = 10.0


def merge(
    connection: Connection,
    table: Table,
    rows: pl.DataFrame | Sequence[pl.DataFrame],
    load: Load,
    *,
    allow_shrink: float = ALLOWED_SHRINK,
    patience: float = 30.0,
) -> Change:
    """Make these rows the present rows of the table, or leave everything as it was.

    Args:
        connection: an autocommitting session on a prepared warehouse.
        table: the definition; the table is created, or altered to it.
        rows: all rows, with the table's columns and types: one frame, or several that need not
            fit into memory together; each is asked for twice.
        load: what the ledger is to say.
        allow_shrink: the share of rows that may vanish; recorded in the ledger.
        patience: seconds to wait for another load of this table.

    Raises:
        WarehouseError: a frame breaks the definition, too many rows would vanish, or Postgres
            refused.
        TransientError: another load is under way or was quicker, or the server went away.
    """
    frames = [rows] if isinstance(rows, pl.DataFrame) else rows
    hashed = [hashes(table, frame) for frame in frames]
    arrived = pl.concat([_NOTHING, *hashed])
    relation = str(table.name)
    with refusals(relation), connection.transaction():
        lock(connection, relation, patience)
        last = last_load(connection, relation)
        check_not_overtaken(relation, load, last)
        fit(connection, table)
        before = read_hashes(connection, table.identifier, present(table))
        fresh, vanished = without(arrived, before), without(before, arrived)
        if last and last.run_id == load.run_id and fresh.is_empty() and vanished.is_empty():
            # The run was killed after its commit and tried again: its outcome stands.
            return _change(last)
        load_id, moment = begin(connection, relation, load)
        changed = _rows_of(fresh, table, frames, hashed)
        updated, changed_columns = replace(connection, table, vanished, changed, (load_id, moment))
        change = Change(
            inserted=fresh.len() - updated,
            updated=updated,
            deleted=vanished.len() - updated,
            unchanged=arrived.len() - fresh.len(),
            changed_columns=changed_columns,
            content_hash=content_hash(arrived),
        )
        _check_shrink(relation, change, before.len(), allow_shrink)
        finish(connection, load_id, load, change, allowed_shrink=allow_shrink)
        return change


def without(hashed: pl.Series, others: pl.Series) -> pl.Series:
    """The hashes that are not among the others."""
    return hashed.to_frame().join(others.to_frame(), on=ROW_HASH, how="anti").to_series()


def _rows_of(
    wanted: pl.Series, table: Table, frames: Iterable[pl.DataFrame], hashed: Sequence[pl.Series]
) -> Iterator[pl.DataFrame]:
    """The rows of these hashes, frame by frame, with `_row_hash` behind."""
    for frame, own in zip(frames, hashed, strict=True):
        yield (
            frame.select(list(table.columns))
            .with_columns(own)
            .join(wanted.to_frame(), on=ROW_HASH, how="semi")
        )


def lock(connection: Connection, relation: str, patience: float) -> None:
    """Be the only one to load the table until the transaction ends, however it ends."""
    _wait_for_locks(connection, patience)
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (relation,))
    _wait_for_locks(connection, min(patience, _READERS_WAIT))


def _wait_for_locks(connection: Connection, seconds: float) -> None:
    wait = "select set_config('lock_timeout', %s, true)"
    connection.execute(wait, (f"{max(1, round(seconds * 1000))}ms",))


def check_not_overtaken(relation: str, load: Load, last: LoadRecord | None) -> None:
    """Refuse a load that read the table before another one changed it."""
    if load.after_load is not None and last and last.load_id > load.after_load:
        raise TransientError(
            "another run loaded the table after this one had begun to read",
            mend="run it again, so that it reads anew.",
            table=relation,
        )


def _change(last: LoadRecord) -> Change:
    return Change(
        inserted=last.inserted,
        updated=last.updated,
        deleted=last.deleted,
        unchanged=last.unchanged,
        changed_columns=last.changed_columns,
        content_hash=last.content_hash,
    )


def _check_shrink(relation: str, change: Change, before: int, allowed: float) -> None:
    emptied = change.deleted == before and not change.inserted
    if change.deleted > allowed * before and (emptied or change.deleted > _FEW_ROWS):
        raise WarehouseError(
            f"{change.deleted:,} of {before:,} rows would vanish; {allowed:.0%} may",
            mend="check that the source told everything; if the rows are truly gone, "
            "load it once with a higher `allow_shrink` in the launchpad's config.",
            table=relation,
            count=change.deleted,
        )
