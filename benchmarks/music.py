"""MUSIC at 10,000 participants: from raw text to conformed tables and the datasets made of them.

The code in use, 1,704 lines of pandas, is said to take 35 to 64 s and 1.8 GB for as many rows; it
is not here to be run. It makes the datasets `main` and `demographics`, so these are compared; what
we make beside them, with all accounts, is shown too. Each round is a process of its own.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import polars as pl

# Python puts this file's folder first, where conform.py and redcap.py are other things.
sys.path.pop(0)

from omics_orchestrator.demo.music.study import frames
from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.dataset import assemble, parts_of
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.settled_flags import FLAGS
from omics_orchestrator.exposure import flags
from omics_orchestrator.settings import REPOSITORY

PARTICIPANTS, ROUNDS = 10_000, 3
SECONDS, MEGABYTES = 3.0, 1_000.0
IN_USE = ("main", "demographics")


def ours(raw: Mapping[str, pl.DataFrame], wanted: Sequence[str]) -> list[int]:
    """Make datasets, and the tables that they need; see that every account balances."""
    book = load(REPOSITORY / "data_dictionary")
    study = book.studies["music"]
    datasets = {name: study.datasets[name] for name in wanted or study.datasets}
    parts = {table for dataset in datasets.values() for table in parts_of(dataset)}
    tables, cells = {}, 0
    for name in parts if wanted else study.tables:
        made = conform(book, study, name, raw, hash_key=b"benchmark")
        if not outcome.is_balanced(made.cells):
            raise SystemExit(f"the accounts of {name} do not balance")
        tables[name], cells = made.frame, cells + int(made.cells["cells"].sum())
    # Flags stay as they were recorded: courses of drugs have tables, and a time, of their own.
    given = {**tables, FLAGS: pl.DataFrame(schema=flags.FLAGS)}
    rows = sum(assemble(book, study, name, given).frame.height for name in datasets)
    return [len(tables), cells, rows]


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(wanted: Sequence[str]) -> None:
    raw = frames(PARTICIPANTS)
    held, began = peak(), time.perf_counter()
    made = ours(raw, wanted)
    print(json.dumps([time.perf_counter() - began, peak(), held, *made]))


def in_processes(wanted: Sequence[str]) -> list[float]:
    """The medians of what rounds of `run` print; says them."""
    command = [sys.executable, __file__, "run", *wanted]
    found = [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for _ in range(ROUNDS)
    ]
    seconds, whole, held, tables, cells, rows = (
        statistics.median(each) for each in zip(*found, strict=True)
    )
    print(
        f"{', '.join(wanted) or 'everything':20}{seconds:6.2f} s {whole:6.0f} MB, of which "
        f"{held:.0f} before it began; {tables:.0f} tables, {cells:,.0f} cells accounted for, "
        f"{rows:,.0f} rows of datasets"
    )
    return [seconds, whole]


def main() -> None:
    seconds, whole = in_processes(IN_USE)
    everything, most = in_processes(())
    print(json.dumps({
        "claim": "MUSIC, 10,000 participants: the datasets of the code in use, with all accounts",
        "unit": "seconds", "ours": round(seconds, 2), "peak MB": round(whole),
        "all tables and datasets": {"seconds": round(everything, 2), "peak MB": round(most)},
        "peers": {"the code in use, as its description says": [35, 64]},
        "goal": {"seconds": SECONDS, "peak MB": MEGABYTES},
        "met": seconds <= SECONDS and whole <= MEGABYTES,
    }))  # fmt: skip


if __name__ == "__main__":
    run(sys.argv[2:]) if len(sys.argv) > 1 else main()
