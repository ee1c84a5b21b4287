"""A REDCap project from its server to typed tables: ours, PyCap, and plain requests.

The server is the local one, in a process of its own. Every client is a fresh process, so that its
peak memory is its own; the clients take turns, and the medians of their times count. `the bytes` is
the limit: it fetches the same export in one request and does nothing with it.
"""

import json
import resource
import secrets
import statistics
import subprocess
import sys

# Python puts this file's folder first, where it would be taken for PyCap, whose name it has.
sys.path.pop(0)

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from socket import create_server

import pandas as pd
import polars as pl
import requests
from redcap.project import Project

from omics_orchestrator import mirror, snapshot, text_table
from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.definition import API_KEYS, ProjectDefinition
from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.naming import TableName, as_part
from omics_orchestrator.redcap_project.tables import tables
from omics_orchestrator.redcap_project.tidy import tidy, together
from omics_orchestrator.sources import Request, redcap
from omics_orchestrator.stores import open_store

RECORDS, FIELDS, FORMS, ROUNDS = 20_000, 800, 20, 3
KINDS = (
    ("radio", "", "0, None | 1, Mild | 2, Moderate | 3, Severe"),
    ("text", "integer", ""),
    ("text", "number", ""),
    ("text", "date_dmy", ""),
    ("yesno", "", ""),
)
PLACE = {"study": "benchmark", "source": "redcap"}


def definition() -> ProjectDefinition:
    blank = dict.fromkeys(API_KEYS, "")
    lines = [blank | {"field_name": "record_id", "form_name": "form_00", "field_type": "text"}]
    for number in range(FIELDS):
        kind, validation, choices = KINDS[number % len(KINDS)]
        lines.append(
            blank
            | {
                "field_name": f"field_{number:03d}",
                "form_name": f"form_{number * FORMS // FIELDS:02d}",
                "field_type": kind,
                "field_label": f"Field {number}",
                "select_choices_or_calculations": choices,
                "text_validation_type_or_show_slider_number": validation,
            }
        )
    return ProjectDefinition("Benchmark", tuple(lines))


def cell(record: int, number: int) -> str:
    """A value of the field's kind; every third cell is blank, as in life."""
    mixed = record * 7919 + number * 104_729
    if mixed % 3 == 0:
        return ""
    match number % len(KINDS):
        case 0:
            return str(mixed % 4)
        case 1:
            return str(mixed % 120)
        case 2:
            return f"{mixed % 1000 / 10}"
        case 3:
            return f"20{mixed % 25:02d}-{1 + mixed % 12:02d}-{1 + mixed % 28:02d}"
    return str(mixed % 2)


def seed(database: Path, token: str) -> None:
    described = definition()
    redcap_store.prepare(database)
    with redcap_store.connect(database, writing=True) as connection:
        project = redcap_store.put_project(connection, token, described)
        for record in range(1, RECORDS + 1):
            cells = {
                f"field_{number:03d}": value
                for number in range(FIELDS)
                if (value := cell(record, number))
            }
            cells |= {f"form_{form:02d}_complete": "2" for form in range(FORMS)}
            key = redcap_store.RowKey(str(record), "", "", 0)
            redcap_store.put_row(connection, project.id, key, cells)


@contextmanager
def served(database: Path) -> Iterator[str]:
    with closing(create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    module = "omics_orchestrator.demo.redcap.server"
    process = subprocess.Popen([sys.executable, "-m", module, str(database), str(port)])
    url = f"http://127.0.0.1:{port}/api/"
    try:
        while not answers(url):
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True


def ours(url: str, token: str) -> None:
    source = RedcapSource(
        kind="redcap",
        url="URL",
        token="TOKEN",
        instruments=tuple(dict.fromkeys(definition().forms)),
    )
    client = redcap.connect(url, token, **PLACE)
    described = redcap.describe(client)
    request = Request("benchmark", "redcap", source, frozenset())
    reading = redcap.open_reading(client, request, described)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = open_store(str(place / "store"))
        mirrored = mirror.sync(client, reading, store, {}, began=datetime.now(UTC), folder=place)
        for form in reading.tables:
            name = TableName("raw", as_part(form), "benchmark")
            kept = mirrored.tables[form]
            snapshot.take(store, name, kept, source="redcap", scope={}, run_id="benchmark")
            typed(described, form, kept.path)


class Slices:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[object]:
        return text_table.slices(self.path, 1_000_000)


def typed(described: object, form: str, path: Path) -> None:
    shaped = tables(described, form, pl.read_parquet_schema(path))
    keys = pl.read_parquet(path, columns=list(shaped[0].key_sources))
    made = together(tidy(shaped, Slices(path), hash_key=b"benchmark", keys=keys))
    rows = sum(part.frame.height for part in made.parts.values())
    if rows != RECORDS:
        raise SystemExit(f"{form} has {rows} rows")


def pycap_frame(url: str, token: str) -> None:
    frame = Project(url, token).export_records(format_type="df")
    check(len(frame))


def pycap_read_json(url: str, token: str) -> None:
    rows = Project(url, token).export_records()
    check(len(pd.read_json(StringIO(json.dumps(rows)))))


def plain_requests(url: str, token: str) -> None:
    form = {"token": token, "content": "record", "format": "json", "type": "flat"}
    rows = requests.post(url, data=form, timeout=600).json()
    check(len(pd.DataFrame(rows).convert_dtypes()))


def the_bytes(url: str, token: str) -> None:
    form = {"token": token, "content": "record", "format": "json", "type": "flat"}
    with requests.post(url, data=form, timeout=600, stream=True) as answer:
        for _ in answer.iter_content(1 << 20):
            pass


def check(rows: int) -> None:
    if rows != RECORDS:
        raise SystemExit(f"{rows} rows came")


CLIENTS: dict[str, Callable[[str, str], None]] = {
    "ours": ours,
    "PyCap + pandas.read_json": pycap_read_json,
    "PyCap to a DataFrame": pycap_frame,
    "requests + json + pandas": plain_requests,
    "the bytes": the_bytes,
}


def run_client(name: str, url: str, token: str) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    CLIENTS[name](url, token)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": time.process_time() - cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def measured(name: str, url: str, token: str) -> dict[str, float]:
    command = [sys.executable, __file__, name, url, token]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def main() -> None:
    token = secrets.token_hex(16).upper()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "redcap.sqlite"
        seed(database, token)
        with served(database) as url:
            rounds = [{name: measured(name, url, token) for name in CLIENTS} for _ in range(ROUNDS)]
    found = {
        name: {
            key: statistics.median(each[name][key] for each in rounds) for key in rounds[0][name]
        }
        for name in CLIENTS
    }
    print(f"{RECORDS:,} records x {FIELDS} fields, medians of {ROUNDS} rounds")
    print(f"{'client':<28}{'seconds':>9}{'own CPU':>9}{'peak MB':>9}")
    for name, figures in found.items():
        print(
            f"{name:<28}{figures['seconds']:>9.1f}{figures['cpu']:>9.1f}{figures['peak_mb']:>9.0f}"
        )
    peer, mine = found["PyCap + pandas.read_json"], found["ours"]
    peers = {
        name: each["seconds"] for name, each in found.items() if name not in ("ours", "the bytes")
    }
    memory = mine["peak_mb"] / peer["peak_mb"]
    print(f"time {mine['seconds'] / peer['seconds']:.2f} x, memory {memory:.2f} x of the peer's")
    print(
        json.dumps(
            {
                "claim": "a project from server to typed tables, no slower than PyCap and "
                "pandas.read_json, in a quarter of their memory",
                "unit": "seconds",
                "ours": mine["seconds"],
                "limit": found["the bytes"]["seconds"],
                "peers": peers,
                "peak_mb": {name: each["peak_mb"] for name, each in found.items()},
                "goal": "seconds <= PyCap + pandas.read_json, peak memory <= 1/4 of it",
                "met": mine["seconds"] <= peer["seconds"] and memory <= 1 / 4,
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_client(*sys.argv[1:])
    else:
        main()
