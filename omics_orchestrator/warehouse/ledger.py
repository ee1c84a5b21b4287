"""The ledger: what each source said, and the one outcome of each load."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from omics_orchestrator.warehouse.accounts import CELLS
from omics_orchestrator.warehouse.faults import refusals


@dataclass(frozen=True)
class Snapshot:
    """What a source said once, as it lies in the object store.

    Attributes:
        relation: the table it feeds, `layer.study__table`.
        scope: what was asked of the source.
        taken_at: set by the database.
    """

    relation: str
    content_hash: str
    object_key: str
    rows: int
    columns: int
    source: str
    run_id: str
    scope: Mapping[str, object] = field(default_factory=dict)
    taken_at: datetime | None = None


@dataclass(frozen=True)
class LoadRecord:
    """A load that succeeded, as the ledger remembers it.

    A table is up to date when `code_version` and `inputs` are what they would be now.
    """

    load_id: int
    relation: str
    run_id: str
    code_version: str
    inputs: Mapping[str, str]
    rows_in: int
    rows_out: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    changed_columns: Mapping[str, int]
    content_hash: str
    started_at: datetime
    finished_at: datetime


_SNAPSHOT = """
    insert into ops.snapshot
        (relation, content_hash, object_key, rows, columns, source, scope, run_id)
    values (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_LATEST_SNAPSHOT = """
    select relation, content_hash, object_key, rows, columns, source, run_id, scope, taken_at
    from ops.snapshot where relation = %s order by snapshot_id desc limit 1
"""
_LAST_LOAD = """
    select load_id, relation, run_id, code_version, inputs, rows_in, rows_out, inserted, updated,
           deleted, unchanged, changed_columns, content_hash, started_at, finished_at
    from ops.load where relation = %s and status = 'ok' order by load_id desc limit 1
"""
_UNCHANGED = """
    insert into ops.load (relation, run_id, status, rows_in, rows_out, inserted, updated, deleted,
                          unchanged, code_version, inputs, content_hash)
    select relation, %s, 'unchanged', rows_in, rows_out, 0, 0, 0, rows_out, code_version, inputs,
           content_hash
    from ops.load where load_id = %s
    on conflict (relation, run_id, status) where status <> 'ok'
    do update set finished_at = excluded.finished_at
"""
_FAILED = """
    insert into ops.load (relation, run_id, status, error_class) values (%s, %s, 'failed', %s)
    on conflict (relation, run_id, status) where status <> 'ok'
    do update set finished_at = excluded.finished_at, error_class = excluded.error_class
"""
_TOTALS = """
    select distinct on (relation)
           relation, status, rows_out as rows, conformed, missing, blank, quarantined, left_out,
           extract(epoch from finished_at - started_at)::double precision as seconds
    from ops.load
    left join lateral (
        select sum(conformed)::bigint as conformed, sum(missing)::bigint as missing,
               sum(blank)::bigint as blank, sum(quarantined)::bigint as quarantined,
               sum(left_out)::bigint as left_out
        from ops.cell_account where cell_account.load_id = (
            -- A run that changed nothing shows the accounts of the load that stands.
            select max(good.load_id) from ops.load as good
            where good.relation = load.relation and good.status = 'ok'
                and good.load_id <= load.load_id
        )
    ) as cells on true
    where run_id = %s
    order by relation, load_id desc
"""
_TOTALS_SCHEMA = {
    "relation": pl.String(),
    "status": pl.String(),
    "rows": pl.Int64(),
    "conformed": pl.Int64(),
    "missing": pl.Int64(),
    "blank": pl.Int64(),
    "quarantined": pl.Int64(),
    "left_out": pl.Int64(),
    "seconds": pl.Float64(),
}


def record_snapshot(connection: Connection, snapshot: Snapshot) -> None:
    """Write that a source was read; the time is the database's."""
    values = (
        snapshot.relation,
        snapshot.content_hash,
        snapshot.object_key,
        snapshot.rows,
        snapshot.columns,
        snapshot.source,
        Jsonb(dict(snapshot.scope)),
        snapshot.run_id,
    )
    with refusals(snapshot.relation):
        connection.execute(_SNAPSHOT, values)


def record_snapshots(connection: Connection, snapshots: Iterable[Snapshot]) -> None:
    """Write that a source was read, all of its tables or none."""
    with connection.transaction():
        for snapshot in snapshots:
            record_snapshot(connection, snapshot)


def latest_snapshot(connection: Connection, relation: str) -> Snapshot | None:
    """Find what the source of `relation` said last; None when it was never read."""
    with refusals(relation), connection.cursor(row_factory=class_row(Snapshot)) as cursor:
        return cursor.execute(_LATEST_SNAPSHOT, (relation,)).fetchone()


def last_load(connection: Connection, relation: str) -> LoadRecord | None:
    """Find the load that made `relation` what it is; None when it was never loaded."""
    with refusals(relation), connection.cursor(row_factory=class_row(LoadRecord)) as cursor:
        return cursor.execute(_LAST_LOAD, (relation,)).fetchone()


def first_loaded(connection: Connection, relation: str) -> datetime | None:
    """When a table was loaded for the first time; None if never."""
    query = "select min(started_at) from ops.load where relation = %s and status = 'ok'"
    with refusals(relation):
        found: datetime | None = connection.execute(query, (relation,)).fetchall()[0][0]
    return found


def loaded_at(connection: Connection, relation: str, version: str) -> datetime | None:
    """When a table last came to the content whose hash begins with `version`; None if never."""
    query = """
        select max(started_at) from ops.load
        where relation = %s and status = 'ok' and starts_with(content_hash, %s)
    """
    with refusals(relation):
        found: datetime | None = connection.execute(query, (relation, version)).fetchall()[0][0]
    return found


def record_unchanged(connection: Connection, last: LoadRecord, run_id: str) -> None:
    """Write that `run_id` had no reason to load again what `last` loaded."""
    with refusals(last.relation):
        connection.execute(_UNCHANGED, (run_id, last.load_id))


def record_failure(
    connection: Connection, relation: str, run_id: str, error: type[Exception]
) -> None:
    """Write that `run_id` failed to load `relation`; of the error only its class is kept."""
    with refusals(relation):
        connection.execute(_FAILED, (relation, run_id, error.__name__))


def totals(connection: Connection, run_id: str) -> pl.DataFrame:
    """Sum up a run, one row for each relation it touched.

    Returns:
        relation, status, rows, then the cells conformed, missing, blank, quarantined and left_out
        (null where a load kept no account), and seconds.
    """
    with refusals("ops.load"):
        rows = connection.execute(_TOTALS, (run_id,)).fetchall()
    return pl.DataFrame(rows, schema=_TOTALS_SCHEMA, orient="row")


def cells(connection: Connection, relation: str) -> pl.DataFrame:
    """Read what became of every cell in the load that made `relation` what it is."""
    query = """
        select field, cells, conformed, missing, blank, quarantined, left_out
        from ops.cell_account where load_id =
            (select max(load_id) from ops.load where relation = %s and status = 'ok')
        order by field
    """
    with refusals(relation):
        rows = connection.execute(query, (relation,)).fetchall()
    return pl.DataFrame(rows, schema=dict(CELLS), orient="row")
