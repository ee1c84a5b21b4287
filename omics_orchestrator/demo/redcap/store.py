"""The SQLite file behind the server: projects, records, their values and when they changed.

A value is one row under its record, event, repeating form, instance and export column, so that any
process may add a participant and the next export shows it. Tokens are kept as SHA-256 only.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from omics_orchestrator.demo.redcap.definition import ProjectDefinition

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS project (
    id INTEGER PRIMARY KEY,
    token_sha256 TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    definition TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS record (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (project, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (project, record, at),
    FOREIGN KEY (project, record) REFERENCES record ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cell (
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    event TEXT NOT NULL,
    instrument TEXT NOT NULL,
    instance INTEGER NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (project, record, event, instrument, instance, field),
    FOREIGN KEY (project, record) REFERENCES record ON DELETE CASCADE
) WITHOUT ROWID;
"""
_DEFINITION = TypeAdapter(ProjectDefinition)


class RowKey(NamedTuple):
    """Where a row of the flat export stands; instrument "" and instance 0 in a base row."""

    record: str
    event: str
    instrument: str
    instance: int


@dataclass(frozen=True)
class StoredProject:
    """A project as the file holds it; `created` is in UTC."""

    id: int
    created: str
    definition: ProjectDefinition


def prepare(database: Path) -> None:
    """Make the tables where they are not there yet."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_SCHEMA)


@contextmanager
def connect(database: Path, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    """Open one transaction: a reader sees one state of the file, a writer waits for its turn."""
    # An export is streamed from one worker thread after another, never from two at a time.
    connection = sqlite3.connect(
        database, timeout=60, isolation_level=None, check_same_thread=False
    )
    with closing(connection), connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        yield connection


def put_project(
    connection: sqlite3.Connection, token: str, definition: ProjectDefinition
) -> StoredProject:
    """Store a project without records under its token, in place of what stood there."""
    id_, created = connection.execute(
        "INSERT INTO project (token_sha256, definition) VALUES (?, ?)"
        " ON CONFLICT (token_sha256) DO UPDATE SET definition = excluded.definition"
        " RETURNING id, created",
        (_sha256(token), _DEFINITION.dump_json(definition).decode()),
    ).fetchone()
    connection.execute("DELETE FROM record WHERE project = ?", (id_,))
    return StoredProject(id_, created, definition)


def find_project(connection: sqlite3.Connection, token: str) -> StoredProject | None:
    """Read the project that a token opens, if it opens one."""
    found = connection.execute(
        "SELECT id, created, definition FROM project WHERE token_sha256 = ?", (_sha256(token),)
    ).fetchone()
    if found is None:
        return None
    id_, created, definition = found
    return StoredProject(id_, created, _DEFINITION.validate_json(definition))


def records(
    connection: sqlite3.Connection, project: int, *, after: str = "", before: str = ""
) -> list[str]:
    """Name the records in natural order: 2 before 10, `331-2` after `331-1`.

    With `after` or `before` (`YYYY-MM-DD HH:MM:SS`) only records that were created or changed at a
    time between the two, neither included.
    """
    found = connection.execute(
        "SELECT name FROM record AS r WHERE project = :project AND (:after || :before = '' OR"
        " EXISTS (SELECT 1 FROM change AS c WHERE c.project = r.project AND c.record = r.name"
        "         AND at > :after AND (:before = '' OR at < :before)))",
        {"project": project, "after": after, "before": before},
    )
    return sorted((name for (name,) in found), key=_natural)


def rows(
    connection: sqlite3.Connection, project: int, record: str
) -> Iterator[tuple[RowKey, dict[str, str]]]:
    """Yield each row of a record with its stored cells."""
    # SQLite gathers a row's cells 2.5 times as fast as a loop over them here does.
    found = connection.execute(
        "SELECT record, event, instrument, instance, json_group_object(field, value) FROM cell"
        " WHERE project = ? AND record = ? GROUP BY event, instrument, instance",
        (project, record),
    )
    return ((RowKey(*key), json.loads(cells)) for *key, cells in found)


def save(
    connection: sqlite3.Connection,
    project: int,
    key: RowKey,
    values: Mapping[str, str],
    erased: Iterable[str] = (),
) -> bool:
    """Write and erase cells of one row; tell whether anything is other than it was."""
    before = connection.total_changes
    place = (project, *key)
    connection.execute("INSERT OR IGNORE INTO record VALUES (?, ?)", (project, key.record))
    connection.executemany(
        "INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        ((*place, field, value) for field, value in values.items()),
    )
    connection.executemany(
        "DELETE FROM cell WHERE project = ? AND record = ? AND event = ? AND instrument = ?"
        " AND instance = ? AND field = ?",
        ((*place, field) for field in erased),
    )
    return connection.total_changes > before


def stamp(connection: sqlite3.Connection, project: int, record: str, at: str) -> None:
    """Note that a record was created or changed at a `YYYY-MM-DD HH:MM:SS`."""
    connection.execute("INSERT OR IGNORE INTO change VALUES (?, ?, ?)", (project, record, at))


def remove(connection: sqlite3.Connection, project: int, names: Iterable[str]) -> None:
    """Delete records with all they hold."""
    connection.executemany(
        "DELETE FROM record WHERE project = ? AND name = ?", ((project, name) for name in names)
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _natural(record: str) -> tuple[list[str | int], str]:
    parts = re.split(r"([0-9]+)", record.lower())
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)], record
