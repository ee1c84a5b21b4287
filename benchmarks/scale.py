"""100,000 participants x 20 visits x 600 fields: from a snapshot to a table in Postgres.

All cells are conformed, accounted for, hashed and merged, and the table is read through for its
checks. The goal is one of memory: under 4 GB, whatever the size. Give another number of
participants to try it with fewer; a twentieth is run first, to see what memory grows with.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from conform import MISSING, dictionary, drawn
from load import server

from omics_orchestrator import snapshot
from omics_orchestrator.conforming import Conforming
from omics_orchestrator.dictionary import identifiers, outcome
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.naming import TableName
from omics_orchestrator.stores import open_store
from omics_orchestrator.text_table import Writer
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.read import parts
from omics_orchestrator.warehouse.schema import prepare
from omics_orchestrator.warehouse.table import Column, Table

PARTICIPANTS, VISITS, FEWER, GIGABYTES = 100_000, 20, 20, 4.0
FIELDS = {"recode": 250, "whole": 150, "real": 100, "date": 50, "text": 48}
BLOCK = 500
KINDS = {f"{kind}_{n}": kind for kind, count in FIELDS.items() for n in range(count)}
NAME = TableName("core", "visit", "bench")


def block() -> pl.DataFrame:
    """The visits of some participants, as text: six cells in ten are blank."""
    chance, rows = np.random.default_rng(20261123), BLOCK * VISITS

    def sent(kind: str) -> pl.Series:
        picked = pl.Series(chance.choice(4, rows, p=[0.6, 0.01, 0.001, 0.389]))
        odd = {0: None, 1: MISSING, 2: "n/k", 3: None}
        told = picked.replace_strict(odd, return_dtype=pl.String)
        return told.zip_with(picked != 3, drawn(kind, chance, rows))

    return pl.DataFrame({name: sent(kind) for name, kind in KINDS.items()})


def blocks(participants: int) -> Iterator[pl.DataFrame]:
    values, row = block(), pl.int_range(BLOCK * VISITS)
    for first in range(0, participants, BLOCK):
        yield values.select(
            (row // VISITS + first).cast(pl.String).alias("id"),
            (row % VISITS + 1).cast(pl.String).alias("visit"),
            *KINDS,
        )


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def run(participants: int, folder: Path, url: str) -> None:
    """Do it once, and print seconds of each step, rows, and the most memory held, in GB."""
    took, began = {}, time.perf_counter()

    def lap(step: str) -> None:
        nonlocal began
        took[step], began = round(time.perf_counter() - began, 1), time.perf_counter()
        print(f"  {step:24}{took[step]:8.1f} s   so far at most {peak():.2f} GB", file=sys.stderr)

    book, store = dictionary(KINDS, ("id", "visit")), open_store(str(folder / "store"))
    with Writer(folder / "visit.parquet", ["id", "visit", *KINDS]) as writer:
        for each in blocks(participants):
            writer.add(each)
    raw = TableName("raw", "visit", "bench")
    taken = snapshot.take(store, raw, writer.table, source="redcap", scope={}, run_id="run")
    lap("write the snapshot")
    study = book.studies["bench"]
    conforming = Conforming(book, study, "visit", {"visit": taken}, store, b"key")
    (folder / "slices").mkdir()
    frames, accounts = conforming.run(folder / "slices")
    if not outcome.is_balanced(accounts.cells):
        raise SystemExit("the accounts do not balance")
    lap("conform")
    shape = {name: Column(dtype) for name, dtype in columns(book, study, "visit").items()}
    shape["missing_reasons"] = Column(pl.String())
    table = Table(NAME, shape, ("id", "visit"), history=True)
    with connect(url) as session:
        prepare(session)
        load = Load("run", "v1", {}, taken.rows, accounts.cells, accounts.rows, accounts.quarantine)
        change = merge(session, table, frames, load)
        lap("merge into Postgres")
        rows = 0
        for part in parts(session, table):
            rows += part.height
            identifiers.find(part.drop("missing_reasons"))
        lap("read through for checks")
    if not rows == change.inserted == participants * VISITS:
        raise SystemExit("rows were lost")
    print(json.dumps([took, rows, peak()]))


def measured(participants: int) -> list[object]:
    print(f"{participants:,} participants x {VISITS} visits x {len(KINDS) + 2} fields")
    with tempfile.TemporaryDirectory() as folder, server() as url:
        command = [sys.executable, __file__, "run", str(participants), folder, url]
        found: list[object] = json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        )
    return found


def main(participants: int) -> None:
    *_, fewer = measured(max(BLOCK, participants // FEWER))
    took, rows, most = measured(participants)
    print(json.dumps({
        "claim": f"{rows:,} rows x {len(KINDS) + 2} fields conformed and loaded",
        "unit": "GB at most",
        "ours": round(float(str(most)), 2), f"a {FEWER}th of it": round(float(str(fewer)), 2),
        "limit": GIGABYTES, "peers": {}, "goal": GIGABYTES, "seconds": took,
        "met": float(str(most)) <= GIGABYTES,
    }))  # fmt: skip


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", participants, folder, url]:
            run(int(participants), Path(folder), url)
        case [participants]:
            main(int(participants))
        case _:
            main(PARTICIPANTS)
