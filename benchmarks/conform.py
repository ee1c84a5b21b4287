"""Conforming 50,000 rows x 800 fields: 200 recodes, 300 casts, 50 dates, and text as it is.

The limit is one hand-written select of Polars that gives the same values and tells nothing of what
became of any cell. Peers are pandas as it is mostly written, and linkml-map on a slice, scaled.
Each run is a process of its own, and the programs take turns.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from polars.testing import assert_frame_equal

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable

ROWS, ROUNDS, LINKML_ROWS = 50_000, 5, 200
FIELDS = {"recode": 200, "whole": 150, "real": 150, "date": 50, "text": 249}
CODES = {"1": "never", "2": "past", "3": "current", "4": "unsure"}
MISSING = "-1000"
SHARES = {"": 0.03, MISSING: 0.01, "misfit": 0.005}
MISFITS = {"recode": "9", "whole": "n/k", "real": "12,5", "date": "2024-02-31", "text": "note"}
TYPES = {"recode": "category", "whole": "integer", "real": "number", "date": "date", "text": "text"}
TIMES_THE_LIMIT, TIMES_FASTER_THAN_PANDAS = 2.0, 5.0


def names(kind: str) -> list[str]:
    return [f"{kind}_{number}" for number in range(FIELDS[kind])]


KINDS = {name: kind for kind in FIELDS for name in names(kind)}


def drawn(kind: str, chance: np.random.Generator, rows: int = ROWS) -> pl.Series:
    """A field's proper values, as the text in which a source sends them."""
    numbers = pl.Series(chance.integers(0, 20_000, rows))
    match kind:
        case "recode":
            return (numbers % len(CODES) + 1).cast(pl.String)
        case "real":
            return (numbers / 100).cast(pl.String)
        case "date":
            return numbers.cast(pl.Int32).cast(pl.Date).cast(pl.String)
        case "text":
            return "seen in clinic " + numbers.cast(pl.String)
    return numbers.cast(pl.String)


def write_sample(path: Path) -> None:
    """Write the source table: an id, and fields with blanks, missing codes and misfits."""
    chance = np.random.default_rng(20261123)
    columns = {"id": pl.Series(range(ROWS)).cast(pl.String)}
    for name, kind in KINDS.items():
        odd = ["", MISSING, MISFITS[kind], None]
        share = [*SHARES.values(), 1 - sum(SHARES.values())]
        picked = pl.Series(chance.choice(4, ROWS, p=share))
        replaced = picked.replace_strict(dict(enumerate(odd)), return_dtype=pl.String)
        columns[name] = replaced.fill_null(drawn(kind, chance))
    pl.DataFrame(columns).write_ipc(path)


def dictionary(kinds: Mapping[str, str] = KINDS, key: Sequence[str] = ("id",)) -> Dictionary:
    """A study with one table: its key, and fields of these kinds."""
    coded = [name for name, kind in kinds.items() if kind == "recode"]
    variables = {
        name: Variable.model_validate(
            {"variable": name, "label": name, "table": "visit", "type": TYPES[kind]}
            | ({"codes": "smoking"} if kind == "recode" else {})
        )
        for name, kind in {**dict.fromkeys(key, "text"), **kinds}.items()
    }
    source = {"kind": "redcap", "url": "U", "token": "T", "instruments": ["visit"]}
    table = {
        "description": "Made up.",
        "rows": ["redcap.visit"],
        "grain": list(key),
        "variables": {name: {"field": name, "codes": CODES} for name in coded},
        "as_named": [name for name in variables if name not in coded],
    }
    study = Study.model_validate({
        "study": "bench", "label": "Bench", "description": "Made up.", "owners": ["a@example.org"],
        "sources": {"redcap": {**source, "missing": {MISSING: "not_recorded"}}},
        "tables": {"visit": table}, "datasets": {},
    })  # fmt: skip
    value_sets = {"smoking": {code: code for code in CODES.values()}}
    studies = {"bench": study}
    return Dictionary(variables=variables, value_sets=value_sets, studies=studies, collections={})


def ours(frame: pl.DataFrame) -> pl.DataFrame:
    book = dictionary()
    result = conform(book, book.studies["bench"], "visit", {"visit": frame}, hash_key=b"key")
    if not outcome.is_balanced(result.cells):
        raise ValueError("the accounts do not balance")
    return result.frame


def bare(frame: pl.DataFrame) -> pl.DataFrame:
    def said(name: str) -> pl.Expr:
        return pl.when(~pl.col(name).is_in(["", MISSING])).then(pl.col(name))

    def whole(name: str) -> pl.Expr:
        return said(name).cast(pl.Int64, strict=False)

    by_kind: dict[str, Callable[[str], pl.Expr]] = {
        "recode": lambda name: pl.col(name).replace_strict(CODES, default=None),
        "whole": whole,
        "real": lambda name: said(name).cast(pl.Float64, strict=False),
        "date": lambda name: pl.col(name).str.to_date("%Y-%m-%d", strict=False),
        "text": said,
    }
    return frame.select("id", *(by_kind[kind](name) for name, kind in KINDS.items()))


def pandas(frame: pd.DataFrame) -> pd.DataFrame:
    found = {"id": frame["id"]}
    for name, kind in KINDS.items():
        said = frame[name].replace({MISSING: None, "": None})
        match kind:
            case "recode":
                found[name] = frame[name].map(CODES)
            case "whole" | "real":
                found[name] = pd.to_numeric(said, errors="coerce")
            case "date":
                found[name] = pd.to_datetime(frame[name], format="%Y-%m-%d", errors="coerce")
            case "text":
                found[name] = said
    return pd.DataFrame(found)


PROGRAMS: dict[str, Callable[[Any], Any]] = {"ours": ours, "bare select": bare, "pandas": pandas}


def run(program: str, path: Path) -> None:
    """Run one program on the table; prints seconds, and MB it held at most beside the table."""
    # Arrow reads into memory of its own, so that what reading leaves free does not hide a peak.
    table = pl.DataFrame(pa.ipc.open_file(path).read_all())
    frame = table.to_pandas() if program == "pandas" else table
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    result = PROGRAMS[program](frame)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    if program == "ours":
        assert_frame_equal(result.drop("missing_reasons"), bare(table), check_column_order=False)
    print(json.dumps([seconds, peak / 1024]))


def in_a_process(program: str, path: Path) -> list[float]:
    # A child begins with its parent's peak as its own, so this process never holds the table.
    command = [sys.executable, __file__, program, str(path)]
    found: list[float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout or "[]"
    )
    return found


LINKML = """
import json, sys, time
from linkml_map.transformer.object_transformer import ObjectTransformer
from linkml_runtime import SchemaView
schema, specification, rows = json.load(open(sys.argv[1]))
transformer = ObjectTransformer(source_schemaview=SchemaView(json.dumps(schema)))
transformer.create_transformer_specification(specification)
began = time.perf_counter()
for row in rows:
    transformer.map_object(row, source_type="Source")
print(time.perf_counter() - began)
"""


def linkml_task(rows: list[dict[str, str]]) -> list[Any]:
    """The same rules for linkml-map: its source schema, its specification, and the rows."""
    # It knows no range of dates; they stay text.
    ranges = {"whole": "integer", "real": "float"}
    slots = {
        name: {"populated_from": name, "range": ranges.get(kind, "string")}
        | ({"value_mappings": CODES} if kind == "recode" else {})
        for name, kind in {"id": "text", **KINDS}.items()
    }
    schema = {
        "id": "https://example.org/bench", "name": "bench", "default_range": "string",
        "prefixes": {"linkml": "https://w3id.org/linkml/"}, "imports": ["linkml:types"],
        "classes": {"Source": {"attributes": {name: {"range": "string"} for name in slots}}},
    }  # fmt: skip
    derived = {"Target": {"populated_from": "Source", "slot_derivations": slots}}
    return [schema, {"class_derivations": derived}, rows]


def linkml(path: Path, folder: Path) -> float | None:
    """Seconds of linkml-map for as many cells as the table has; None where it does not install."""
    # It stops at a cell that does not fit, so it is given the cells that do.
    rows = [
        {name: text for name, text in row.items()
         if text not in {"", MISSING, MISFITS[KINDS.get(name, "text")]}}
        for row in pl.scan_ipc(path).head(LINKML_ROWS).collect().iter_rows(named=True)
    ]  # fmt: skip
    (folder / "task.json").write_text(json.dumps(linkml_task(rows)))
    python = folder / "linkml" / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "linkml-map"], check=True)
    except subprocess.CalledProcessError as error:
        print(f"linkml-map could not be installed ({error.cmd[0]} gave {error.returncode})")
        return None
    command = [python, "-c", LINKML, folder / "task.json"]
    seconds = float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return seconds * ROWS / LINKML_ROWS


def report(seconds: dict[str, float], peaks: dict[str, float]) -> None:
    limit = seconds["bare select"]
    print(f"\n{'':24}{'seconds':>10}{'x limit':>10}{'peak MB':>10}")
    for name, figure in seconds.items():
        print(f"{name:24}{figure:10.2f}{figure / limit:10.2f}{peaks.get(name, float('nan')):10.0f}")
    times, faster = seconds["ours"] / limit, seconds["pandas"] / seconds["ours"]
    peers = {name: round(figure / limit, 3) for name, figure in seconds.items()}
    print(json.dumps({
        "claim": f"conforming {ROWS:,} rows x {len(KINDS) + 1} fields, all cells accounted for",
        "unit": "times the limit", "ours": peers.pop("ours"), "limit": peers.pop("bare select"),
        "peers": peers, "goal": TIMES_THE_LIMIT, "times faster than pandas": round(faster, 2),
        "peak MB": {name: round(peak) for name, peak in peaks.items()},
        "met": times <= TIMES_THE_LIMIT and faster >= TIMES_FASTER_THAN_PANDAS,
    }))  # fmt: skip


def main() -> None:
    found: dict[str, list[list[float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "sample.arrow"
        in_a_process("sample", path)
        for _ in range(ROUNDS):
            for program in PROGRAMS:
                found[program].append(in_a_process(program, path))
        scaled = linkml(path, folder)
    middle = {
        name: [statistics.median(each) for each in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    seconds = {name: figures[0] for name, figures in middle.items()}
    if scaled is not None:
        seconds[f"linkml-map, {LINKML_ROWS} rows scaled"] = scaled
    report(seconds, {name: figures[1] for name, figures in middle.items()})


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["sample", target]:
            write_sample(Path(target))
        case [program, target]:
            run(program, Path(target))
        case _:
            main()
