"""MUSIC at 10,000 participants: from raw text to all conformed tables and both datasets.

The code in use, 1,704 lines of pandas, is said to take 35 to 64 s and 1.8 GB for as many rows; it
is not here to be run. Each round is a process of its own.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

import polars as pl

# Python puts this file's folder first, where conform.py and redcap.py are other things.
sys.path.pop(0)

from omics_orchestrator.demo.music.study import frames
from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.dataset import assemble, parts_of
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.settings import REPOSITORY

PARTICIPANTS, ROUNDS = 10_000, 3
SECONDS, MEGABYTES = 3.0, 1_000.0


def ours(raw: Mapping[str, pl.DataFrame]) -> int:
    """Conform every table, put the datasets together, and see that every account balances."""
    book = load(REPOSITORY / "data_dictionary")
    study = book.studies["music"]
    tables = {}
    for name in study.tables:
        made = conform(book, study, name, raw, hash_key=b"benchmark")
        if not outcome.is_balanced(made.cells):
            raise SystemExit(f"the accounts of {name} do not balance")
        tables[name] = made.frame
    rows = 0
    for name, dataset in study.datasets.items():
        wanted = {part: tables[part] for part in parts_of(dataset)}
        rows += assemble(book, study, name, wanted).frame.height
    return rows


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run() -> None:
    raw = frames(PARTICIPANTS)
    held, began = peak(), time.perf_counter()
    rows = ours(raw)
    cells = sum(frame.height * frame.width for frame in raw.values())
    print(json.dumps([time.perf_counter() - began, peak(), held, rows, cells]))


def main() -> None:
    command = [sys.executable, __file__, "ours"]
    found = [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for _ in range(ROUNDS)
    ]
    seconds, whole, held, rows, cells = (
        statistics.median(each) for each in zip(*found, strict=True)
    )
    print(f"{cells:,.0f} cells, {rows:,.0f} rows of datasets; before it began {held:,.0f} MB")
    print(json.dumps({
        "claim": "MUSIC, 10,000 participants, conformed with all accounts", "unit": "seconds",
        "ours": round(seconds, 2), "peak MB": round(whole),
        "peers": {"the code in use, as its description says": [35, 64]},
        "goal": {"seconds": SECONDS, "peak MB": MEGABYTES},
        "met": seconds <= SECONDS and whole <= MEGABYTES,
    }))  # fmt: skip


if __name__ == "__main__":
    run() if len(sys.argv) > 1 else main()
