"""A made-up clinic of which some values are in quarantine, and the pages that show it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import psycopg
import uvicorn
from edge import free_port

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.naming import TableName
from omics_orchestrator.pages.app import application
from omics_orchestrator.quarantine.desk import Desk
from omics_orchestrator.stores import Store, open_store
from omics_orchestrator.warehouse import ledger, quarantine
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.load import merge
from omics_orchestrator.warehouse.quarantine import Group
from omics_orchestrator.warehouse.table import Column, Table
from tests.unit.dictionary.made_up import KEY, dictionary

HASH_KEY = b"canary key"
STEWARD, VIEWER = "sofia", "vera"
COLOURS = {"red": "Red", "dark_blue": "Dark blue"}
KNOWN = dictionary(
    {
        "eye_colour": {"type": "category", "codes": "colour"},
        "crp": {"type": "number", "unit": "mg/L", "minimum": 0, "maximum": 600},
        "seen_on": "date",
    },
    {
        "visit": {
            "rows": ["redcap.visit"],
            "variables": {
                **KEY,
                "eye_colour": {"field": "eye_colour", "codes": {"1": "red"}},
                "crp": "crp",
                "seen_on": "seen_on",
            },
        }
    },
    value_sets={"colour": COLOURS},
)
ROWS = [
    {"id": "P-1", "eye_colour": "1", "crp": "7.5", "seen_on": "2021-02-03"},
    {"id": "P-2", "eye_colour": "canary_code", "crp": "700", "seen_on": "31/12/2021"},
    {"id": "P-3", "eye_colour": "canary_code", "crp": "<b>bold</b>", "seen_on": "30/11/2021"},
    {"id": "P-4", "eye_colour": "8", "crp": "12", "seen_on": "29/10/2021"},
]
_TABLE = TableName("core", "visit", "clinic")


@dataclass
class Clinic:
    """Its warehouse and its store."""

    warehouse_url: str
    store: Store
    known: Dictionary = KNOWN

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with connect(self.warehouse_url) as connection:
            yield Desk(connection, self.store, self.known, HASH_KEY, frozenset({STEWARD}))

    def load(self, run: str, rows: Sequence[Mapping[str, str | None]] = ROWS) -> None:
        """Read these rows, keep them, and load what conforms."""
        frame = pl.DataFrame(list(rows), schema=dict.fromkeys(ROWS[0], pl.String))
        raw = TableName("raw", "visit", "clinic")
        taken = snapshot.take(self.store, raw, frame, source="redcap", scope={}, run_id=run)
        study = self.known.studies["clinic"]
        made = conform(self.known, study, "visit", {"visit": frame}, hash_key=HASH_KEY)
        columns = {name: Column(dtype) for name, dtype in made.frame.schema.items()}
        said = Load(
            run,
            "v1",
            {taken.relation: taken.content_hash},
            rows_in=frame.height,
            cells=made.cells,
            rows=made.rows,
            quarantine=made.quarantine,
        )
        with connect(self.warehouse_url) as connection:
            ledger.record_snapshot(connection, taken)
            merge(connection, Table(_TABLE, columns, ("study_id",)), made.frame, said)

    def groups(self, field: str) -> list[Group]:
        """The groups of a field, by their reason."""
        with connect(self.warehouse_url) as connection:
            found = [each for each in quarantine.groups(connection) if each.field == field]
        return sorted(found, key=lambda each: each.reason)

    def group(self, field: str) -> Group:
        """The only group of a field."""
        (found,) = self.groups(field)
        return found

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.warehouse_url) as connection:
            return connection.execute(statement.encode()).fetchall()


def clinic(warehouse_url: str, home: Path) -> Clinic:
    """A clinic that was loaded once."""
    made = Clinic(warehouse_url, open_store(str(home / "store")))
    made.load("first")
    return made


@contextmanager
def serving(
    open_desk: Callable[[], AbstractContextManager[Desk]],
    *,
    own: str = "",
    site: Path = Path("no_site"),
) -> Iterator[str]:
    """Serve the pages on a free port; gives their address."""
    port = free_port()
    app = application(open_desk, site=site, own=own)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
