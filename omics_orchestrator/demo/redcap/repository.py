"""The file repository: folders and files of a project that belong to no record."""

import sqlite3
from collections.abc import Iterator

from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call, Reply, Upload
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_TOP = 0


def list_folder(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell the folders and the files of one folder, or of the top one."""
    folder = _folder(connection, call)
    folders = connection.execute(
        "SELECT id, name FROM folder WHERE project = ? AND parent = ?"
        " AND (? = '' OR dag IN ('', ?)) ORDER BY id",
        (call.project.id, folder, call.rights.group, call.rights.group),
    )
    files = connection.execute(
        "SELECT doc_id, name FROM repository_file WHERE project = ? AND folder = ? ORDER BY doc_id",
        (call.project.id, folder),
    )
    # In JSON a folder has no doc_id and a file no folder_id; a CSV has both columns in every row.
    of_folder: Row = {} if call.parameters.format == "json" else {"folder_id": "", "doc_id": ""}
    yield from ({**of_folder, "folder_id": id_, "name": name} for id_, name in folders)
    yield from ({**of_folder, "doc_id": doc_id, "name": name} for doc_id, name in files)


def create_folder(connection: sqlite3.Connection, call: Call) -> Reply:
    """Make a folder in another, or in the top one, and tell its number."""
    # No part of the API tells a role's number, so no folder can be kept for a role.
    call.parameters.choice("role_id", "")
    name, parent = call.parameters.text("name"), _folder(connection, call)
    if not name:
        raise RefusedError("A folder needs a name")
    cursor = connection.execute(
        "INSERT OR IGNORE INTO folder (project, parent, name, dag) VALUES (?, ?, ?, ?)",
        (call.project.id, parent, name, _group(call)),
    )
    if not cursor.rowcount:
        raise RefusedError("A folder of that name is already there")
    return Reply.rows(call, [{"folder_id": cursor.lastrowid or 0}])


def export_file(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give a file."""
    _doc_id, file = _file(connection, call)
    return Reply.file(file)


def import_file(connection: sqlite3.Connection, call: Call) -> Reply:
    """Put a file into a folder, or into the top one."""
    if call.upload is None:
        raise RefusedError("No file was sent")
    connection.execute(
        "INSERT INTO repository_file (project, folder, name, media_type, content)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            call.project.id,
            _folder(connection, call),
            call.upload.name,
            call.upload.media_type,
            call.upload.content,
        ),
    )
    return Reply.nothing(call)


def delete_file(connection: sqlite3.Connection, call: Call) -> Reply:
    """Delete a file."""
    doc_id, _given = _file(connection, call)
    connection.execute("DELETE FROM repository_file WHERE doc_id = ?", (doc_id,))
    return Reply.nothing(call)


def _file(connection: sqlite3.Connection, call: Call) -> tuple[int, Upload]:
    group = call.rights.group
    found = connection.execute(
        "SELECT doc_id, f.name, media_type, content FROM repository_file AS f"
        " LEFT JOIN folder ON folder.id = f.folder WHERE f.project = ? AND doc_id = ?"
        " AND (? = '' OR coalesce(dag, '') IN ('', ?))",
        (call.project.id, _number(call, "doc_id"), group, group),
    ).fetchone()
    if found is None:
        raise RefusedError("The file does not exist in the File Repository")
    doc_id, *file = found
    return doc_id, Upload(*file)


def _folder(connection: sqlite3.Connection, call: Call) -> int:
    if not call.parameters.text("folder_id"):
        return _TOP
    number = _number(call, "folder_id")
    group = call.rights.group
    found = connection.execute(
        "SELECT 1 FROM folder WHERE project = ? AND id = ? AND (? = '' OR dag IN ('', ?))",
        (call.project.id, number, group, group),
    ).fetchone()
    if found is None:
        raise RefusedError("The folder does not exist in the File Repository")
    return number


def _group(call: Call) -> str:
    """The data access group that a new folder is for, by its number; "" for everybody."""
    sent = call.parameters.text("dag_id")
    known = {str(group.id): group.unique_name for group in call.project.definition.groups}
    refuse_unknown("dag_id", [] if sent in {"", *known} else [sent])
    return known.get(sent, "")


def _number(call: Call, name: str) -> int:
    text = call.parameters.text(name)
    if not text.isdecimal():
        raise RefusedError(f'The value of the parameter "{name}" is not valid')
    return int(text)
