"""A small REDCap project that people edit while it is mirrored, and what its mirror must say.

What must be said is laid out from the server's own flat export and its own definition: nothing of
the code under test takes part in it.
"""

import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from redcap_service import TOKEN, Server, running

from omics_orchestrator import mirror, snapshot
from omics_orchestrator.demo.redcap import store as stored
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import (
    API_KEYS,
    DataAccessGroup,
    Event,
    ProjectDefinition,
)
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.demo.redcap.rights import Rights
from omics_orchestrator.naming import TableName
from omics_orchestrator.sources import redcap
from omics_orchestrator.stores import Store, open_store
from omics_orchestrator.warehouse.ledger import Snapshot
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

Pace = Callable[[], None]
MEMBER = "FEDCBA9876543210FEDCBA9876543210"
FORMS = ("base", "visits", "drugs")
MORNING = datetime(2024, 3, 30, 6, 0, tzinfo=UTC)
_FIELDS = (
    ("participant", "base", "text", "", ""),
    ("sex", "base", "radio", "1, F | 2, M", ""),
    ("why", "base", "checkbox", "1, One | 2, Two | -3, Three", ""),
    ("weight", "base", "text", "", "number"),
    ("visit", "visits", "text", "", "date_ymd"),
    ("dose", "visits", "text", "", "integer"),
    ("drug", "drugs", "dropdown", "a, A | b, B", ""),
    ("started", "drugs", "text", "", "date_ymd"),
)
DICTIONARY = tuple(
    dict.fromkeys(API_KEYS, "")
    | {
        "field_name": name,
        "form_name": form,
        "field_type": kind,
        "select_choices_or_calculations": options,
        "text_validation_type_or_show_slider_number": validation,
    }
    for name, form, kind, options, validation in _FIELDS
)
_EVENTS = (Event("Start"), Event("Month 1"), Event("Month 2"))
_START, _MONTH_1, _MONTH_2 = "start_arm_1", "month_1_arm_1", "month_2_arm_1"
_DESIGNED = tuple(
    (event, form)
    for event in (_START, _MONTH_1, _MONTH_2)
    for form in FORMS
    if form != "base" or event != _MONTH_2
)
_GROUPS = (DataAccessGroup(1, "North", "north"), DataAccessGroup(2, "South", "south"))
_EACH_FORM = (("", "visits"), ("", "drugs"))
STRUCTURES = {
    "classic": ProjectDefinition("P", DICTIONARY, missing_data_codes={"-99": "unknown"}),
    "longitudinal": ProjectDefinition("P", DICTIONARY, _EVENTS, _DESIGNED),
    "repeating forms": ProjectDefinition("P", DICTIONARY, repeating=_EACH_FORM),
    "repeating events": ProjectDefinition("P", DICTIONARY, _EVENTS, _DESIGNED, ((_MONTH_1, ""),)),
    "mixed": ProjectDefinition(
        "P", DICTIONARY, _EVENTS, _DESIGNED,
        ((_START, "drugs"), (_MONTH_1, "visits"), (_MONTH_2, "")),
    ),
    "groups": ProjectDefinition("P", DICTIONARY, repeating=_EACH_FORM, groups=_GROUPS),
    "one group": ProjectDefinition("P", DICTIONARY, repeating=_EACH_FORM, groups=_GROUPS),
}  # fmt: skip
FIRST_ROWS = (
    {"participant": "1", "sex": "1", "why___2": "1"},
    {"participant": "01", "weight": "61.5"},
    {"participant": "2", "sex": "2", "why____3": "1", "base_complete": "2"},
    {"participant": "10"},
)


@dataclass
class World:
    """One project on a server, its mirror, and everybody's clocks.

    Attributes:
        structure: which of `STRUCTURES` the project began as.
        now: the true time, which this machine's clock shows.
        skew: how far the server's clock is off.
        past: the mirror's snapshots.
        seen: how often each kind of edit and of fault, and each way of reading, occurred.
    """

    server: Server
    store: Store
    structure: str = ""
    chance: random.Random = field(default_factory=random.Random)
    now: datetime = MORNING
    skew: timedelta = timedelta()
    past: dict[str, Snapshot] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    _first: dict[str, dict[str, Snapshot]] = field(default_factory=dict)

    def begin(self, structure: str, chance: random.Random) -> None:
        """Begin a project anew; what its first sync gave is the same each time, so is kept."""
        self.structure, self.chance, self.now, self.skew = structure, chance, MORNING, timedelta()
        definition = STRUCTURES[structure]
        event = {"redcap_event_name": _START} if definition.is_longitudinal else {}
        create(self.server.database, TOKEN, definition, [{**row, **event} for row in FIRST_ROWS])
        if self.structure == "one group":
            self._join_group()
        if structure not in self._first:
            self.past = {}
            self.sync()
            self._first[structure] = self.past
        self.past = dict(self._first[structure])

    def _join_group(self) -> None:
        with self.writing() as (connection, project):
            stored.grant(connection, MEMBER, project.id, Rights("member", group="north"))
            for name in ("1", "2"):
                stored.put_group(connection, project.id, name, "north")

    @contextmanager
    def writing(self) -> Iterator[tuple[sqlite3.Connection, stored.StoredProject]]:
        """The server's file, open for what its API does not offer."""
        with stored.connect(self.server.database, writing=True) as connection:
            yield connection, self._project(connection)

    @property
    def definition(self) -> ProjectDefinition:
        with stored.connect(self.server.database) as connection:
            return self._project(connection).definition

    def rows(self) -> dict[stored.RowKey, dict[str, str]]:
        """Every row that the server holds, shown or not."""
        with stored.connect(self.server.database) as connection:
            project = self._project(connection).id
            names = stored.records(connection, project)
            return dict(row for name in names for row in stored.rows(connection, project, name))

    @staticmethod
    def _project(connection: sqlite3.Connection) -> stored.StoredProject:
        found = stored.find_project(connection, TOKEN)
        assert found is not None
        return found

    def ask(self, **form: Any) -> None:
        """Edit the project over its API."""
        self.server.time = self.now + self.skew
        answer = self.server.post(format="json", **form)
        assert answer.status_code == 200, answer.text

    @property
    def token(self) -> str:
        return MEMBER if self.structure == "one group" else TOKEN

    def client(self, pace: Pace = lambda: None) -> redcap.Client:
        return redcap.connect(self.server.url, self.token, **PLACE, first_wait=0, pace=pace)

    def sync(self, pace: Pace = lambda: None, **more: Any) -> mirror.Mirrored:
        """Bring the mirror up to date; it stays as it is where that fails."""
        self.server.time = self.now + self.skew
        client = self.client(pace)
        request = asking(*FORMS, one_group=self.structure == "one group")
        reading = redcap.open_reading(client, request, redcap.describe(client))
        with tempfile.TemporaryDirectory() as folder:
            mirrored = mirror.sync(
                client, reading, self.store, self.past, began=self.now, folder=Path(folder), **more
            )
            self.past = {name: self._kept(name, mirrored) for name in mirrored.tables}
        self.seen["full" if "everything" in str(mirrored.report["read"]) else "incremental"] += 1
        if reading.hidden or client.notes:
            self.seen["said so"] += 1
        return mirrored

    def _kept(self, name: str, mirrored: mirror.Mirrored) -> Snapshot:
        table = TableName("raw", "clinic", name if name in FORMS else "record")
        scope = mirrored.state.scope()
        return snapshot.take(
            self.store, table, mirrored.tables[name], source="lab", scope=scope, run_id="run"
        )

    def mirrored(self) -> dict[str, pl.DataFrame]:
        return {name: snapshot.read(self.store, kept) for name, kept in self.past.items()}

    def check(self) -> None:
        """Compare each cell of the mirror with the server's own flat export."""
        export = self.server.rows(
            token=self.token, exportDataAccessGroups="1", exportBlankForGrayFormStatus="1"
        )
        definition = self.definition
        said = self.mirrored()
        for form in FORMS:
            names, expected = laid_out(definition, export, form)
            assert said[form].columns == names
            assert sorted(said[form].rows(), key=repr) == sorted(expected, key=repr), form
        records = {(row["participant"], row.get("redcap_data_access_group") or None)
                   for row in export}  # fmt: skip
        listed = said[mirror.RECORDS].rows()
        assert {(name, *group, None)[:2] for name, *group in listed} == records


def laid_out(
    definition: ProjectDefinition, export: list[dict[str, Any]], form: str
) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """The columns and rows of one form's table, by the server's definition and its flat export."""
    own = [
        column
        for column in columns(definition)
        if column.form == form and column.field != definition.record_id
    ]
    boxes = {column.name for column in own if column.kind == "checkbox"}
    events = ["redcap_event_name"] if definition.is_longitudinal else []
    repeats = any(
        place == form or (not place and form in definition.designated_forms(event))
        for event, place in definition.repeating
    )
    instances = ["redcap_repeat_instance"] if repeats else []
    names = [definition.record_id, *events, *instances, *(column.name for column in own)]
    found = []
    for row in export:
        is_here = row.get("redcap_repeat_instrument") in (None, "", form)
        is_opened = any(row[c.name] not in ("", "0" if c.name in boxes else "") for c in own)
        if is_here and is_opened:
            found.append(tuple(str(row[name]) or None for name in names))
    return names, found


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run a server for many projects, one after another."""
    server = Server(folder / "redcap.db")
    with running(server), closing(sqlite3.connect(server.database)) as kept_open:
        # While somebody has the file open, SQLite need not tidy up after each of the requests.
        kept_open.execute("select count(*) from record").fetchall()
        yield World(server, open_store(str(folder / "store")))
