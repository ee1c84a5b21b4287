"""One load's entry in the ledger: its counts, and the account of every cell and row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from omics_orchestrator.warehouse.copy import copy_in

_COUNT = pl.Int64()
CELLS = {
    "field": pl.String(),
    "cells": _COUNT,
    "conformed": _COUNT,
    "missing": _COUNT,
    "blank": _COUNT,
    "quarantined": _COUNT,
    "left_out": _COUNT,
}
ROWS = {
    "step": pl.String(),
    "rows_in": _COUNT,
    "rows_out": _COUNT,
    "excluded": _COUNT,
    "quarantined": _COUNT,
    "reason": pl.String(),
}
QUARANTINE = {
    "field": pl.String(),
    "rule": pl.String(),
    "reason": pl.String(),
    "record_hash": pl.String(),
    "value_hash": pl.String(),
    "count": _COUNT,
}


def _empty(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class Load:
    """What is known of a load before it touches the table.

    Attributes:
        run_id: the run that loads.
        code_version: hash of the rules that shaped the rows.
        inputs: name of each input → its content hash.
        rows_in: rows that arrived, before any rule.
        cells: where each source field's cells went, one row a field; columns as in `CELLS`.
        rows: what each step did to the rows, in order; columns as in `ROWS`.
        quarantine: what broke a rule; columns as in `QUARANTINE`.
        after_load: the table's last load when this one began to read; if another has been made
            since, this one is out of date and refused. None: not checked.
    """

    run_id: str
    code_version: str
    inputs: Mapping[str, str]
    rows_in: int
    cells: pl.DataFrame = field(default_factory=lambda: _empty(CELLS))
    rows: pl.DataFrame = field(default_factory=lambda: _empty(ROWS))
    quarantine: pl.DataFrame = field(default_factory=lambda: _empty(QUARANTINE))
    after_load: int | None = None


@dataclass(frozen=True)
class Change:
    """What a load did to its table, in rows.

    Attributes:
        changed_columns: column → in how many of the updated rows its value changed.
        content_hash: hash of the rows whatever their order: the data version.
    """

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    changed_columns: Mapping[str, int]
    content_hash: str


_BEGIN = """
    insert into ops.load (relation, run_id, status, rows_in, code_version, inputs, started_at)
    select %(relation)s, %(run_id)s, 'ok', %(rows_in)s, %(code_version)s, %(inputs)s,
           -- Strictly later than the load before, whatever the clock does.
           greatest(clock_timestamp(), max(started_at) + interval '1 microsecond')
    from ops.load where relation = %(relation)s and status = 'ok'
    returning load_id, started_at
"""
_FINISH = """
    update ops.load
    set rows_out = %(inserted)s + %(updated)s + %(unchanged)s, inserted = %(inserted)s,
        updated = %(updated)s, deleted = %(deleted)s, unchanged = %(unchanged)s,
        changed_columns = %(changed_columns)s, content_hash = %(content_hash)s,
        allowed_shrink = %(allowed_shrink)s,
        finished_at = greatest(clock_timestamp(), started_at)
    where load_id = %(load_id)s
    returning relation
"""


def begin(connection: Connection, relation: str, load: Load) -> tuple[int, datetime]:
    """Open the load's entry; gives its id and the moment from which its rows are valid."""
    values = {
        "relation": relation,
        "run_id": load.run_id,
        "rows_in": load.rows_in,
        "code_version": load.code_version,
        "inputs": Jsonb(dict(load.inputs)),
    }
    return connection.execute(_BEGIN, values).fetchall()[0]


def finish(
    connection: Connection, load_id: int, load: Load, change: Change, *, allowed_shrink: float
) -> None:
    """Complete the load's entry, and put its quarantine in the place of the one before."""
    values = vars(change) | {
        "load_id": load_id,
        "changed_columns": Jsonb(dict(change.changed_columns)),
        "allowed_shrink": allowed_shrink,
    }
    relation = connection.execute(_FINISH, values).fetchall()[0][0]
    connection.execute("delete from ops.quarantine where relation = %s", (relation,))
    entries = {
        "cell_account": load.cells.select(_typed(CELLS)),
        "row_account": load.rows.select(pl.int_range(pl.len()).alias("position"), *_typed(ROWS)),
        "quarantine": load.quarantine.select(
            pl.lit(relation).alias("relation"), *_typed(QUARANTINE)
        ),
    }
    for name, frame in entries.items():
        stamped = frame.with_columns(load_id=pl.lit(load_id, pl.Int64()))
        copy_in(connection, sql.Identifier("ops", name), stamped)


def _typed(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    return [pl.col(name).cast(dtype) for name, dtype in schema.items()]
