"""A night's merge: 500,000 rows x 20 columns arrive, 1 % of them changed.

The limit is what people do instead, at its fastest: truncate the table and let the server COPY a
ready binary file into it, key index included. That keeps no history, says nothing of what changed,
and blocks every reader meanwhile.
"""

import polars as pl
import psycopg
from load import ROWS, median, ready_file, report, sample, server, table_of
from psycopg import sql

from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.copy import copy_in
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.schema import prepare
from omics_orchestrator.warehouse.table import names

GOAL = 1.0


def changed(frame: pl.DataFrame) -> pl.DataFrame:
    hundredth = pl.int_range(pl.len()) % 100 == 0
    return frame.with_columns(
        pl.when(hundredth).then(pl.col("count_0").fill_null(0) + 1).otherwise("count_0")
    )


UPSERT = sql.SQL("""
    insert into plain ({columns}) select {columns} from staged on conflict (participant, visit)
    do update set ({columns}) = row({excluded}) where ({present}) is distinct from ({excluded})
""")


def upsert(session: psycopg.Connection, frame: pl.DataFrame) -> None:
    """Stage everything, then let Postgres compare row by row."""

    def of(relation: str) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(relation, name) for name in frame.columns)

    with session.transaction():
        session.execute("create temp table staged (like plain) on commit drop")
        copy_in(session, sql.Identifier("staged"), frame)
        columns = names(tuple(frame.columns))
        session.execute(
            UPSERT.format(columns=columns, excluded=of("excluded"), present=of("plain"))
        )


def replace_all(session: psycopg.Connection, ready: str) -> None:
    with session.transaction():
        session.execute("truncate plain")
        session.execute(f"copy plain from '{ready}' (format binary)")


def rewrite(session: psycopg.Connection, frame: pl.DataFrame) -> None:
    """What a program does that has a frame, not a ready file."""
    with session.transaction():
        session.execute("truncate plain")
        copy_in(session, sql.Identifier("plain"), frame)


def main() -> None:
    frame = sample(ROWS)
    tonight = changed(frame)
    with server() as url, connect(url) as session:
        prepare(session)
        table = table_of(frame, "kept")

        def yesterday() -> None:
            session.execute("drop table if exists core.bench__kept; truncate ops.load cascade")
            merge(session, table, frame, Load("yesterday", "v1", {}, ROWS))
            session.execute("vacuum analyze core.bench__kept")

        yesterday()
        copied = "create table plain as select {} from core.bench__kept"
        session.execute(sql.SQL(copied).format(names(table.columns)))
        ready = ready_file(session, "plain")
        session.execute("create unique index on plain (participant, visit)")

        def untouched() -> None:
            rewrite(session, frame)
            session.execute("vacuum analyze plain")

        limit = median(untouched, lambda: replace_all(session, ready))
        ours = median(yesterday, lambda: merge(session, table, tonight, Load("n", "v1", {}, ROWS)))
        peers = {
            "truncate, COPY of the frame": median(untouched, lambda: rewrite(session, tonight)),
            "COPY to staging, ON CONFLICT": median(untouched, lambda: upsert(session, tonight)),
        }
    report(f"merge of {ROWS:,} rows with 1 % changed", ours, limit, peers, GOAL)


if __name__ == "__main__":
    main()
