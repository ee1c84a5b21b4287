"""First load of 500,000 rows x 20 mixed columns: checked, hashed, indexed and accounted for.

The limit is the server's own COPY from a ready binary file into a bare table, which does none of
that. Peers load the same frame into the same bare table.
"""

import json
import secrets
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql

from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse import embedded
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.schema import prepare
from omics_orchestrator.warehouse.table import Column, Table, postgres_type

ROWS = 500_000
REPEATS = 3
GOAL = 4.0


def sample(rows: int) -> pl.DataFrame:
    """Clinic-like rows: 2 key columns, 18 others of every stored kind, a tenth of them null."""
    chance = np.random.default_rng(20261123)
    codes = np.array(["colonic", "ileal", "UC", "CD", "não sabe", 'said "no"', "a,b", ""])
    whole = {f"count_{n}": chance.integers(-(10**6), 10**6, rows) for n in range(4)}
    real = {f"score_{n}": chance.normal(size=rows) for n in range(4)}
    coded = {f"code_{n}": codes[chance.integers(0, codes.size, rows)] for n in range(4)}
    flags = {f"flag_{n}": chance.integers(0, 2, rows).astype(bool) for n in range(2)}
    days = {
        f"date_{n}": pl.Series(chance.integers(-3_000, 20_000, rows)).cast(pl.Int32).cast(pl.Date)
        for n in range(2)
    }
    values = pl.DataFrame({
        **whole, **real, **coded, **flags, **days,
        "note": [f"seen at visit, note {n}" for n in chance.integers(0, 10**6, rows)],
        "taken": pl.Series(chance.integers(0, 1_700_000_000_000_000, rows))
        .cast(pl.Datetime("us", "UTC")),
    })  # fmt: skip
    sparse = values.select(
        pl.when(pl.Series(chance.random(rows) >= 0.1)).then(pl.col(name)) for name in values.columns
    )
    return sparse.with_columns(
        participant=pl.format("P-{}", (pl.int_range(rows) // 5).cast(pl.String).str.zfill(7)),
        visit=pl.int_range(rows) % 5,
    )


def table_of(frame: pl.DataFrame, name: str, *, history: bool = True) -> Table:
    columns = {name: Column(dtype) for name, dtype in frame.schema.items()}
    return Table(TableName("core", name, "bench"), columns, ("participant", "visit"), history)


@contextmanager
def server() -> Iterator[str]:
    """An embedded Postgres with its own settings, gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as home:
        embedded.start(Path(home), port=port, password=password)
        try:
            yield f"postgresql://{embedded.SUPERUSER}:{password}@127.0.0.1:{port}/omics"
        finally:
            embedded.remove(Path(home))


def ready_file(session: psycopg.Connection, table: str) -> str:
    """Write a table as a binary file where the server can read it again."""
    (folder,) = session.execute("show data_directory").fetchone()
    session.execute(f"copy {table} to '{folder}/{table}.bin' (format binary)")
    return f"{folder}/{table}.bin"


def median(
    before: Callable[[], object], run: Callable[[], object], repeats: int = REPEATS
) -> float:
    """Seconds of the middle one of several runs, each on a state made afresh by `before`."""
    taken = []
    for _ in range(repeats):
        before()
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def report(claim: str, ours: float, limit: float, peers: dict[str, float], goal: float) -> None:
    print(f"\n{claim}\n{'':44}{'seconds':>9}{'x limit':>9}")
    for name, figure in {"ours": ours, "limit": limit, **peers}.items():
        print(f"{name:44}{figure:9.2f}{figure / limit:9.2f}")
    print(json.dumps({
        "claim": claim, "unit": "times the limit", "ours": round(ours / limit, 3), "limit": 1.0,
        "peers": {name: round(figure / limit, 3) for name, figure in peers.items()},
        "goal": goal, "met": ours / limit <= goal,
    }))  # fmt: skip


def main() -> None:
    frame = sample(ROWS)
    with server() as url, connect(url) as session:
        prepare(session)
        bare = Bare(session, url, frame)
        ready = bare.ready_file()
        table = table_of(frame, "ours")
        limit = median(bare.create, lambda: bare.copy_file(ready))
        ours = median(
            lambda: session.execute(
                "drop table if exists core.bench__ours; truncate ops.load cascade"
            ),
            lambda: merge(session, table, frame, Load("bench", "v1", {}, ROWS)),
        )
        peers = {
            "psycopg COPY of CSV": median(bare.create, bare.copy_csv),
            "psycopg executemany, once": median(bare.create, bare.executemany, 1),
            "pandas to_sql, once": median(bare.create, bare.pandas, 1),
        }
    report(f"first load of {ROWS:,} rows x {frame.width} columns", ours, limit, peers, GOAL)


class Bare:
    """A table without key, hashes and history, and the ways in which people fill it."""

    def __init__(self, session: psycopg.Connection, url: str, frame: pl.DataFrame) -> None:
        self.session, self.url, self.frame = session, url, frame

    def create(self) -> None:
        columns = ", ".join(f'"{n}" {postgres_type(t)}' for n, t in self.frame.schema.items())
        self.session.execute(f"drop table if exists bare; create table bare ({columns})")

    def ready_file(self) -> str:
        """Let the server itself write the binary file it is to read."""
        self.create()
        self.copy_csv()
        return ready_file(self.session, "bare")

    def copy_file(self, path: str) -> None:
        self.session.execute(f"copy bare from '{path}' (format binary)")

    def copy_csv(self) -> None:
        with self.session.cursor().copy("copy bare from stdin (format csv)") as copy:
            for part in self.frame.iter_slices(50_000):
                copy.write(part.write_csv(include_header=False))

    def executemany(self) -> None:
        places = ", ".join(["%s"] * self.frame.width)
        with self.session.transaction(), self.session.cursor() as cursor:
            insert = sql.SQL("insert into bare values ({})").format(sql.SQL(places))
            cursor.executemany(insert, self.frame.iter_rows())

    def pandas(self) -> None:
        engine = sa.create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        objects: pd.DataFrame = self.frame.to_pandas()
        objects.to_sql("bare", engine, if_exists="append", index=False, chunksize=10_000)
        engine.dispose()


if __name__ == "__main__":
    main()
