"""`omics trace` on a warehouse of ten million cells: from a cell of a dataset to its source.

A study of 200,000 rows x 50 variables is read, conformed, loaded and put together as the platform
does; then single cells are traced. Ours is the slowest of them, the limit is one second.
"""

import json
import secrets
import statistics
import tempfile
import time
from pathlib import Path

import polars as pl
import psycopg
from load import server

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.dataset import assemble
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.harmonised.tables import core_table, dataset_table
from omics_orchestrator.stewardship.cell import cell_of
from omics_orchestrator.stewardship.trace import trace
from omics_orchestrator.stores import open_store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.schema import prepare
from omics_orchestrator.warehouse.table import Table

ROWS, VARIABLES, TRACES, GOAL = 200_000, 50, 200, 1.0
NUMBERS = [f"number_{n}" for n in range(VARIABLES - 3)]
TABLE = "datasets.bench__visit"


def dictionary() -> Dictionary:
    kinds = {"study_id": "string", "visit": "integer", **dict.fromkeys(NUMBERS, "number")}
    variables = {**kinds, "sum": "number"}
    study = Study.model_validate(
        {
            "study": "bench", "label": "Bench", "description": "Made up.",
            "owners": ["somebody@example.org"],
            "sources": {"sheets": {"kind": "delimited", "folder": "BENCH", "files": "*.csv",
                                   "table": "visit", "header": "id", "columns": ["id"]}},
            "tables": {"visit": {
                "description": "A row a visit.", "rows": ["sheets.visit"],
                "grain": ["study_id", "visit"],
                "variables": {"study_id": "id", "sum": {"derive": " + ".join(NUMBERS[:20])}},
                "as_named": ["visit", *NUMBERS],
            }},
            "datasets": {"visit": {"description": "All.", "rows": "visit"}},
        }
    )  # fmt: skip
    return Dictionary(
        variables={
            name: Variable.model_validate(
                {"variable": name, "label": name, "table": "visit", "type": kind}
            )
            for name, kind in variables.items()
        },
        value_sets={},
        studies={"bench": study},
        collections={},
    )


def sent() -> pl.DataFrame:
    """What the sheets say: every tenth number blank."""
    number = pl.int_range(ROWS)
    blank = [(number + n) % 10 == 0 for n in range(len(NUMBERS))]
    return pl.select(
        pl.format("P-{}", number // 5).alias("id"),
        (number % 5).cast(pl.String).alias("visit"),
        *(
            pl.when(~is_blank).then((number * (n + 1) % 997).cast(pl.String)).alias(name)
            for n, (name, is_blank) in enumerate(zip(NUMBERS, blank, strict=True))
        ),
    )


def load(session: psycopg.Connection, table: Table, made: pl.DataFrame, load: Load) -> str:
    return merge(session, table, made, load).content_hash


def fill(session: psycopg.Connection, known: Dictionary, store: Path) -> int:
    """Read, conform, load and assemble; gives the cells that the warehouse then holds."""
    study, raw = known.studies["bench"], sent()
    taken = snapshot.take(
        open_store(str(store)), study.raw("visit"), raw, source="sheets", scope={}, run_id="read"
    )
    ledger.record_snapshot(session, taken)
    made = conform(known, study, "visit", {"visit": raw}, hash_key=secrets.token_bytes())
    core, dataset = core_table(known, study, "visit"), dataset_table(known, study, "visit")
    inputs = {taken.relation: taken.content_hash}
    accounts = {"cells": made.cells, "rows": made.rows, "quarantine": made.quarantine}
    content = load(session, core, made.frame, Load("run", "v1", inputs, ROWS, **accounts))
    rows = assemble(known, study, "visit", {"visit": made.frame}).frame
    load(session, dataset, rows, Load("run", "v1", {str(core.name): content}, ROWS))
    session.execute("analyze")
    return ROWS * (len(core.columns) - 1)


def seconds(session: psycopg.Connection, known: Dictionary, variable: str, number: int) -> float:
    began = time.perf_counter()
    cell = cell_of(known, TABLE, f"P-{number // 5},{number % 5}", variable)
    found = trace(session, known, cell)
    taken = time.perf_counter() - began
    if found.fields[0].snapshot is None:
        raise SystemExit("the trace ended before the snapshot")
    return taken


def main() -> None:
    known = dictionary()
    with server() as url, connect(url) as session, tempfile.TemporaryDirectory() as store:
        prepare(session)
        cells = fill(session, known, Path(store))
        found = {
            variable: [seconds(session, known, variable, n * ROWS // TRACES) for n in range(TRACES)]
            for variable in (NUMBERS[7], "sum")
        }
    claim = f"trace of a cell in a warehouse of {cells:,} cells, twice: conformed and in a dataset"
    print(f"\n{claim}\n{'':44}{'median s':>10}{'slowest s':>10}")
    for variable, each in found.items():
        print(f"{variable:44}{statistics.median(each):10.4f}{max(each):10.4f}")
    slowest = max(max(each) for each in found.values())
    print(json.dumps({
        "claim": claim, "unit": "seconds", "ours": round(slowest, 4), "limit": GOAL, "peers": {},
        "goal": GOAL, "met": slowest <= GOAL,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
