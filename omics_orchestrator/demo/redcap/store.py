"""The records in the server's SQLite file.

The stored cells of one row of the flat export are one JSON object, export column → text, under the
row's record, event, repeating form and instance; a blank is no cell. Any process may add a
participant, and the next export shows it.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from omics_orchestrator.demo.redcap import administration, schema
from omics_orchestrator.demo.redcap.access import (
    Access,
    StoredProject,
    delete_project,
    find_access,
    find_project,
    grant,
    members,
    put_definition,
    put_member,
    put_project,
    remove_member,
)

__all__ = [
    "Access",
    "RowKey",
    "StoredProject",
    "connect",
    "delete_project",
    "find_access",
    "find_project",
    "grant",
    "groups",
    "members",
    "natural",
    "prepare",
    "put_definition",
    "put_group",
    "put_member",
    "put_project",
    "put_record",
    "put_row",
    "put_survey_stamp",
    "records",
    "remove",
    "remove_member",
    "remove_row",
    "rename_event",
    "rename_record",
    "repeating_records",
    "row",
    "rows",
    "stamp",
    "survey_stamps",
]


def natural(record: str) -> tuple[list[str | int], str]:
    """Give what records are ordered by, so that 2 comes before 10."""
    parts = re.split(r"([0-9]+)", record.lower())
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)], record


class RowKey(NamedTuple):
    """Where a row of the flat export stands; instrument "" and instance 0 in a base row."""

    record: str
    event: str
    instrument: str
    instance: int


def prepare(database: Path) -> None:
    """Make the tables where they are not there yet."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with connect(database, writing=True) as connection:
        schema.prepare(connection)
        administration.prepare(connection)


@contextmanager
def connect(database: Path, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    """Open one transaction: a reader sees one state of the file, a writer waits for its turn."""
    # An export is streamed from one worker thread after another, never from two at a time.
    connection = sqlite3.connect(
        database, timeout=60, isolation_level=None, check_same_thread=False
    )
    with closing(connection), connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        yield connection


def records(
    connection: sqlite3.Connection,
    project: int,
    *,
    after: str = "",
    before: str = "",
    group: str = "",
    among: Collection[str] = (),
) -> list[str]:
    """Name the records in natural order: 2 before 10, `331-2` after `331-1`.

    Args:
        connection: in a transaction.
        project: the project's id.
        after: with it or `before` (`YYYY-MM-DD HH:MM:SS`) only records that were created or changed
            at a time between the two, neither included.
        before: see `after`.
        group: with it only the records of this data access group.
        among: with it only those of these names that there are.
    """
    found = connection.execute(
        "SELECT name FROM record AS r WHERE project = :project"
        " AND :group IN ('', data_access_group) AND (:after || :before = '' OR"
        " EXISTS (SELECT 1 FROM change AS c WHERE c.project = r.project AND c.record = r.name"
        "         AND at > :after AND (:before = '' OR at < :before)))",
        {"project": project, "after": after, "before": before, "group": group},
    )
    return sorted((name for (name,) in found if not among or name in among), key=natural)


def put_record(connection: sqlite3.Connection, project: int, record: str, group: str = "") -> bool:
    """Make a record where it is absent; tell whether it is new."""
    made = connection.execute(
        "INSERT OR IGNORE INTO record VALUES (?, ?, ?)", (project, record, group)
    )
    return made.rowcount > 0


def rename_record(connection: sqlite3.Connection, project: int, old: str, new: str) -> None:
    """Give a record with all it holds another name."""
    connection.execute(
        "UPDATE record SET name = ? WHERE project = ? AND name = ?", (new, project, old)
    )


def remove(connection: sqlite3.Connection, project: int, names: Iterable[str]) -> None:
    """Delete records with all they hold."""
    connection.executemany(
        "DELETE FROM record WHERE project = ? AND name = ?", ((project, name) for name in names)
    )


def stamp(connection: sqlite3.Connection, project: int, record: str, at: str) -> None:
    """Note that a record was created or changed at a `YYYY-MM-DD HH:MM:SS`."""
    connection.execute("INSERT OR IGNORE INTO change VALUES (?, ?, ?)", (project, record, at))


def groups(connection: sqlite3.Connection, project: int) -> dict[str, str]:
    """Read the unique name of each record's data access group; a record outside all is absent."""
    return dict(
        connection.execute(
            "SELECT name, data_access_group FROM record"
            " WHERE project = ? AND data_access_group <> ''",
            (project,),
        )
    )


def put_group(connection: sqlite3.Connection, project: int, record: str, unique_name: str) -> None:
    """Put a record, made where it is absent, into a data access group; "" takes it out of all."""
    connection.execute(
        "INSERT INTO record VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET data_access_group = excluded.data_access_group",
        (project, record, unique_name),
    )


def rows(
    connection: sqlite3.Connection, project: int, record: str
) -> Iterator[tuple[RowKey, dict[str, str]]]:
    """Yield each row of a record with its stored cells."""
    found = connection.execute(
        "SELECT event, instrument, instance, cells FROM export_row"
        " WHERE project = ? AND record = ?",
        (project, record),
    )
    return ((RowKey(record, *place), json.loads(cells)) for *place, cells in found)


def places(connection: sqlite3.Connection, project: int, record: str) -> list[RowKey]:
    """Name the rows of a record, without their cells."""
    found = connection.execute(
        "SELECT event, instrument, instance FROM export_row WHERE project = ? AND record = ?",
        (project, record),
    )
    return [RowKey(record, *place) for place in found]


def row(connection: sqlite3.Connection, project: int, key: RowKey) -> dict[str, str] | None:
    """Read the stored cells of one row, None where it is absent."""
    found = connection.execute(
        "SELECT cells FROM export_row"
        " WHERE (project, record, event, instrument, instance) = (?, ?, ?, ?, ?)",
        (project, *key),
    ).fetchone()
    return dict(json.loads(found[0])) if found else None


def put_row(
    connection: sqlite3.Connection, project: int, key: RowKey, cells: Mapping[str, str]
) -> None:
    """Store a row in place of what stood there; its record is made where it is absent."""
    put_record(connection, project, key.record)
    connection.execute(
        "INSERT INTO export_row VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET cells = excluded.cells",
        (project, *key, json.dumps(cells, separators=(",", ":"))),
    )


def repeating_records(connection: sqlite3.Connection, project: int) -> set[str]:
    """Name the records that have a repeat."""
    found = connection.execute(
        "SELECT DISTINCT record FROM export_row WHERE project = ? AND instance > 0", (project,)
    )
    return {record for (record,) in found}


def remove_row(connection: sqlite3.Connection, project: int, key: RowKey) -> None:
    """Delete a row with its files and survey stamps; its record stays."""
    connection.execute(
        "DELETE FROM export_row"
        " WHERE (project, record, event, instrument, instance) = (?, ?, ?, ?, ?)",
        (project, *key),
    )


def rename_event(connection: sqlite3.Connection, project: int, old: str, new: str) -> None:
    """Move all rows of an event to its other name."""
    connection.execute(
        "UPDATE export_row SET event = ? WHERE project = ? AND event = ?", (new, project, old)
    )


def put_survey_stamp(
    connection: sqlite3.Connection, project: int, key: RowKey, form: str, text: str
) -> None:
    """Note when a survey was completed, as the export shows it: a time, or `[not completed]`."""
    if row(connection, project, key) is None:
        put_row(connection, project, key, {})
    connection.execute(
        "INSERT OR REPLACE INTO survey_stamp VALUES (?, ?, ?, ?, ?, ?, ?)",
        (project, *key, form, text),
    )


def survey_stamps(
    connection: sqlite3.Connection, project: int, record: str = ""
) -> list[tuple[RowKey, str, str]]:
    """List each row's surveys with their stamps, of one record if it is named."""
    # Two selects, as SQLite would look through the whole table for `OR`.
    found = connection.execute(
        "SELECT record, event, instrument, instance, form, stamp FROM survey_stamp"
        " WHERE :record = '' AND project = :project UNION ALL"
        " SELECT record, event, instrument, instance, form, stamp FROM survey_stamp"
        " WHERE project = :project AND record = :record",
        {"project": project, "record": record},
    )
    return [(RowKey(*key), form, text) for *key, form, text in found]
