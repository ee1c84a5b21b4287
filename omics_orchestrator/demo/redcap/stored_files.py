"""The files on a project's file fields; the flat export shows their names.

A file's name stands in its row's cells too, so that an export needs no second look.
"""

import sqlite3
from typing import NamedTuple

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.store import RowKey


class StoredFile(NamedTuple):
    """A file on a file field, without its bytes; the document id is never given twice."""

    doc_id: int
    key: RowKey
    field: str
    name: str
    mime: str


def put_file(
    connection: sqlite3.Connection,
    project: int,
    key: RowKey,
    field: str,
    *,
    name: str,
    mime: str,
    content: bytes,
    doc_id: int | None = None,
) -> int:
    """Put a file on a file field, in place of the one there, and return its document id.

    Args:
        connection: in a writing transaction.
        project: the project's id.
        key: the row; it is made where it is absent.
        field: the file field.
        name: the file's name, which the flat export shows.
        mime: its type, such as `image/jpeg`.
        content: its bytes.
        doc_id: taken if it is free, as when a project comes from another server.
    """
    remove_file(connection, project, key, field)
    _put_cell(connection, project, key, field, name)
    taken = connection.execute("SELECT 1 FROM file WHERE doc_id = ?", (doc_id,)).fetchone()
    (given,) = connection.execute(
        "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING doc_id",
        (None if taken else doc_id, project, *key, field, name, mime, content),
    ).fetchone()
    return int(given)


def files(connection: sqlite3.Connection, project: int, record: str = "") -> list[StoredFile]:
    """List the files on file fields, of one record if it is named."""
    found = connection.execute(
        "SELECT doc_id, record, event, instrument, instance, field, name, mime FROM file"
        " WHERE :record = '' AND project = :project UNION ALL"
        " SELECT doc_id, record, event, instrument, instance, field, name, mime FROM file"
        " WHERE project = :project AND record = :record",
        {"project": project, "record": record},
    )
    return [
        StoredFile(doc_id, RowKey(*key), field, name, mime)
        for doc_id, *key, field, name, mime in found
    ]


def file_content(connection: sqlite3.Connection, doc_id: int) -> bytes:
    """Read the bytes of a file."""
    (content,) = connection.execute(
        "SELECT content FROM file WHERE doc_id = ?", (doc_id,)
    ).fetchone()
    return bytes(content)


def remove_file(connection: sqlite3.Connection, project: int, key: RowKey, field: str) -> bool:
    """Take the file off a file field; tell whether there was one."""
    cells = store.row(connection, project, key) or {}
    if cells.pop(field, None) is not None:
        store.put_row(connection, project, key, cells)
    removed = connection.execute(
        "DELETE FROM file"
        " WHERE (project, record, event, instrument, instance, field) = (?, ?, ?, ?, ?, ?)",
        (project, *key, field),
    )
    return removed.rowcount > 0


def _put_cell(
    connection: sqlite3.Connection, project: int, key: RowKey, column: str, cell: str
) -> None:
    cells = store.row(connection, project, key) or {}
    store.put_row(connection, project, key, {**cells, column: cell})
