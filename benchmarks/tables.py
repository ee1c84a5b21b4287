"""Tables of text checked to the last cell: ours, pandas.read_csv and polars.read_csv.

Two tables: genes by samples, and a long one of Olink. Every reader is a fresh process on one core,
so that its peak memory is its own; the readers take turns, and medians count. pandas and Polars
make a data frame and let ragged quotes and other damage pass, ours makes none: the question is only
whether a check costs more than the reading that people do anyway. `the bytes` is the limit.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from omics_orchestrator.formats import formats

ROUNDS = 5
GENES, SAMPLES, MEASUREMENTS = 20_000, 500, 700_000
TABLES = {"expression_table": "\t", "olink": ";"}


def write_tables(folder: Path) -> None:
    random = np.random.default_rng(20261123)
    counts = random.integers(0, 5000, (GENES, SAMPLES)).tolist()
    with (folder / "expression_table").open("w") as file:
        file.write("\t".join(["gene_id", *(f"IBD-{n:04d}" for n in range(SAMPLES))]) + "\n")
        for number, row in enumerate(counts):
            file.write(f"ENSG{number:011d}\t" + "\t".join(map(str, row)) + "\n")
    with (folder / "olink").open("w") as file:
        file.write("SampleID;OlinkID;UniProt;Assay;Panel;PlateID;QC_Warning;LOD;NPX\n")
        for number, npx in enumerate((random.random(MEASUREMENTS) * 10).tolist()):
            sample, assay = divmod(number, 1000)
            row = f"IBD-{sample:04d};OID{20_000 + assay};P{assay:05d};GENE{assay}"
            file.write(f"{row};Inflammation;Plate 1;Pass;1.5;{npx:.4f}\n")


def ours(path: Path) -> None:
    with path.open("rb") as stream:
        fault = formats()[path.name].validate(stream).fault
    if fault:
        raise SystemExit(fault)


def only_bytes(path: Path) -> None:
    with path.open("rb") as stream:
        while stream.read(1 << 20):
            pass


READERS: dict[str, Callable[[Path], object]] = {
    "ours": ours,
    "pandas.read_csv": lambda path: pd.read_csv(path, sep=TABLES[path.name]),
    "polars.read_csv": lambda path: pl.read_csv(path, separator=TABLES[path.name]),
    "the bytes": only_bytes,
}


def run_reader(name: str, path: str) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    formats()
    before = resident_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    started = time.perf_counter()
    READERS[name](Path(path))
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": resident_mb("VmHWM") - before}))


def resident_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def measured(name: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, name, str(path)]
    found: dict[str, float] = json.loads(subprocess.check_output(command))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder))
        for table in TABLES:
            compare(Path(folder) / table)


def compare(path: Path) -> None:
    rounds = [{name: measured(name, path) for name in READERS} for _ in range(ROUNDS)]
    megabytes = path.stat().st_size / 1e6
    speed, memory = (
        {name: statistics.median(each[name][key] for each in rounds) for name in READERS}
        for key in ("seconds", "peak_mb")
    )
    speed = {name: round(megabytes / seconds) for name, seconds in speed.items()}
    print(f"{path.name}: {megabytes:.0f} MB, one core, medians of {ROUNDS} rounds")
    for name in READERS:
        print(f"{name:<18}{speed[name]:>7} MB/s{memory[name]:>9.0f} MB more")
    claim = {
        "claim": f"a table of the format {path.name} checked to its last cell, no slower than "
        "pandas reads it, in bounded memory",
        "unit": "MB/s",
        "ours": speed["ours"],
        "limit": speed["the bytes"],
        "peers": {name: speed[name] for name in ("pandas.read_csv", "polars.read_csv")},
        "peak_mb": {name: round(memory[name]) for name in READERS},
        "goal": "MB/s >= pandas.read_csv, at most 64 MB of memory",
        "met": speed["ours"] >= speed["pandas.read_csv"] and memory["ours"] <= 64,
    }
    print(json.dumps(claim))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_reader(*sys.argv[1:])
    else:
        main()
