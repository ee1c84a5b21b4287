"""Memory of a mirror: 2,000 and 100,000 records of 50 fields, in full, then 1,000 changed.

Each client is a process of its own, and its peak is what the system says of it; the server is
another process. The limit is a mirror whose memory does not grow at all. The peer is PyCap as it is
mostly used: one export of everything into a data frame.
"""

import json
import resource
import subprocess
import sys

# Python puts this file's folder first, where redcap.py would be taken for PyCap, whose name it has.
sys.path.pop(0)

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, create_server

import requests
from redcap.project import Project

from omics_orchestrator import mirror, snapshot
from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.definition import API_KEYS, ProjectDefinition
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.naming import TableName
from omics_orchestrator.sources import Request, redcap
from omics_orchestrator.stores import open_store
from omics_orchestrator.warehouse.ledger import Snapshot

SIZES = (2_000, 10_000, 100_000)
FIELDS, FORMS = 50, ("base", "visits")
CHANGED = 1_000
GOAL = 1.10
TOKEN = "0" * 32
TABLES = {form: TableName("raw", "bench", form) for form in FORMS}
TABLES[mirror.RECORDS] = TableName("raw", "bench", "record")


def definition() -> ProjectDefinition:
    kinds = (("text", "number", ""), ("radio", "", "1, Yes | 2, No"), ("text", "date_ymd", ""))
    lines = [("record_id", FORMS[0], "text", "", "")]
    lines += [
        (f"field_{number}", FORMS[number * len(FORMS) // FIELDS], *kinds[number % len(kinds)])
        for number in range(FIELDS)
    ]
    asked = (
        "field_name",
        "form_name",
        "field_type",
        "text_validation_type_or_show_slider_number",
        "select_choices_or_calculations",
    )
    blank = dict.fromkeys(API_KEYS, "")
    return ProjectDefinition(
        "Benchmark", tuple(blank | dict(zip(asked, line, strict=True)) for line in lines)
    )


def fill(database: Path, records: int) -> None:
    """Put the project on a server's file; every cell is filled, none like its neighbours."""
    create(database, TOKEN, definition(), [])
    values = (
        lambda n: f"{n * 37 % 9973 / 100}",
        lambda n: str(1 + n % 2),
        lambda n: f"20{n % 90 + 10}-01-01",
    )
    with redcap_store.connect(database, writing=True) as connection:
        project = redcap_store.find_project(connection, TOKEN)
        for record in range(1, records + 1) if project else ():
            cells = {f"field_{n}": values[n % 3](record * (n + 7)) for n in range(FIELDS)}
            key = redcap_store.RowKey(str(record), "", "", 0)
            redcap_store.put_row(connection, project.id, key, cells)


@contextmanager
def server(records: int) -> Iterator[str]:
    """Run the server in a process of its own; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "redcap.db"
        fill(database, records)
        with closing(create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        module = "omics_orchestrator.demo.redcap.server"
        started = subprocess.Popen([sys.executable, "-m", module, database, str(port)])
        try:
            while not _answers(port):
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            started.terminate()
            started.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), create_connection(("127.0.0.1", port)):
        return True
    return False


def mirrored(url: str, began: datetime, past: dict[str, Snapshot], folder: Path) -> str:
    """Sync once; `past` is brought up to date."""
    source = RedcapSource.model_validate(
        {"kind": "redcap", "url": "U", "token": "T", "instruments": FORMS}
    )
    store = open_store(str(folder / "store"))
    client = redcap.connect(url, TOKEN, study="bench", source="redcap")
    request = Request("bench", "redcap", source, frozenset())
    reading = redcap.open_reading(client, request, redcap.describe(client))
    with tempfile.TemporaryDirectory() as scratch:
        found = mirror.sync(client, reading, store, past, began=began, folder=Path(scratch))
        for name, table in found.tables.items():
            past[name] = snapshot.take(
                store, TABLES[name], table, source="redcap", scope=found.state.scope(), run_id="b"
            )
    return f"{found.report['read'][:10]}: {found.report['records_read']:,} records"


def in_full(url: str, _records: int, folder: Path) -> None:
    """Read everything, and leave behind what the next sync needs."""
    past: dict[str, Snapshot] = {}
    print(mirrored(url, datetime.now(UTC), past, folder), file=sys.stderr)
    (folder / "past").write_text(json.dumps({name: asdict(each) for name, each in past.items()}))


def changes(url: str, _records: int, folder: Path) -> None:
    """Read what `change` changed."""
    said = json.loads((folder / "past").read_text())
    past = {name: Snapshot(**each) for name, each in said.items()}
    print(mirrored(url, datetime.now(UTC) + timedelta(hours=1), past, folder), file=sys.stderr)


def change(url: str, records: int) -> None:
    """Change as many records as in any other project, over the server's API."""
    numbers = range(1, records + 1, records // CHANGED)
    rows = [{"record_id": str(number), "field_0": "0.5"} for number in numbers]
    form = {"token": TOKEN, "content": "record", "format": "json"}
    requests.post(url, {**form, "data": json.dumps(rows)}, timeout=300).raise_for_status()


def pycap(url: str, _records: int, _folder: Path) -> None:
    Project(url, TOKEN).export_records(format_type="df")


CLIENTS = {"ours, in full": in_full, "ours, changes": changes, "PyCap, one export": pycap}


def measured(name: str, url: str, records: int, folder: Path) -> float:
    """Run a client in a process of its own; gives the most memory it ever held, in MB."""
    command = [sys.executable, __file__, name, url, str(records), str(folder)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    peaks: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for records in SIZES:
        with server(records) as url, tempfile.TemporaryDirectory() as folder:
            for name in CLIENTS:
                if name == "ours, changes":
                    change(url, records)
                peaks[name].append(measured(name, url, records, Path(folder)))
                print(f"{records:>9,} records {name:24}{peaks[name][-1]:9.1f} MB", flush=True)
    growth = {name: round(found[-1] / found[0], 3) for name, found in peaks.items()}
    peers = {"PyCap, one export": growth.pop("PyCap, one export")}
    print(json.dumps({
        "claim": "peak memory of a mirror, 100,000 records to 2,000",
        "unit": "times the smaller project's", "ours": growth, "limit": 1.0, "peers": peers,
        "goal": GOAL, "met": max(growth.values()) <= GOAL,
    }))  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        CLIENTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        main()
