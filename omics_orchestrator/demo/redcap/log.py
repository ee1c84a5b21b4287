"""What happened in a project, and content=log, which tells it."""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.server_settings import ServerSettings

EXPORTED_RECORDS = "Data Export (API) "
MANAGED = "Manage/Design "
_MINUTE = "%Y-%m-%d %H:%M"
_OLD_WORDS = {"create": "Created", "update": "Updated", "delete": "Deleted"}
_PREFIXES = {
    "": "",
    "export": "data export",
    "manage": "manage/design",
    "user": "% user",
    "record": "% record",
    "record_add": "create% record",
    "record_edit": "update% record",
    "record_delete": "delete% record",
    "lock_record": "lock/unlock record",
    "page_view": "page view",
}


def action(settings: ServerSettings, verb: str, record: str) -> str:
    """Name what the API did to a record, as the server's version words it.

    Args:
        settings: of the server.
        verb: create, update or delete.
        record: the record's name.
    """
    by = "" if verb == "delete" else " (API)"
    if settings.since(12):
        return f"{verb.capitalize()} record{by} {record}"
    return f"{_OLD_WORDS[verb]} Record{by} {record}"


def details(cells: Mapping[str, str], *, instance: int = 0) -> str:
    """Tell new cells on one line: `age = '7', why(1) = checked`."""
    told = [f"[instance = {instance}]"] if instance > 1 else []
    for column, cell in cells.items():
        field, is_option, code = column.partition("___")
        if is_option:
            told.append(f"{field}({code}) = {'checked' if cell == '1' else 'unchecked'}")
        else:
            told.append(f"{column} = '{' '.join(cell.splitlines())}'")
    return ", ".join(told)


def write(
    connection: sqlite3.Connection,
    project: int,
    *,
    at: str,
    user: str,
    action: str,
    details: str,
    record: str = "",
) -> None:
    """Log one event at a `YYYY-MM-DD HH:MM:SS`."""
    connection.execute(
        "INSERT INTO log (project, at, user, action, details, record) VALUES (?, ?, ?, ?, ?, ?)",
        (project, at, user, action, details, record),
    )


def forget(connection: sqlite3.Connection, project: int, record: str) -> None:
    """Delete what the log tells of a record."""
    connection.execute("DELETE FROM log WHERE project = ? AND record = ?", (project, record))


def export(call: Call) -> Reply:
    """Answer content=log: the newest event first, stamps cut to the minute.

    Raises:
        RefusedError: the user may not see the log, or the call asks for what it does not tell.
    """
    call.require("logging")
    parameters = call.parameters
    asked: dict[str, str | int] = {
        "project": call.project.id,
        "kind": _PREFIXES[parameters.choice("logtype", *_PREFIXES)] + "%",
        "user": parameters.text("user"),
        "record": parameters.text("record"),
        "group": call.rights.group or parameters.text("dag"),
        "begin": _minute(call, "beginTime"),
        "end": _minute(call, "endTime"),
    }
    with store.connect(call.database) as connection:
        return Reply.rows(call, list(_rows(connection, asked)))


def _rows(connection: sqlite3.Connection, asked: Mapping[str, str | int]) -> Iterator[Row]:
    found = connection.execute(
        "SELECT substr(at, 1, 16), user, action, details, record FROM log WHERE project = :project"
        " AND action LIKE :kind AND :user IN ('', user) AND :record IN ('', record)"
        " AND (:begin = '' OR substr(at, 1, 16) > :begin)"
        " AND (:end = '' OR substr(at, 1, 16) < :end)"
        " AND (:group = '' OR record IN (SELECT name FROM record"
        "      WHERE project = :project AND data_access_group = :group))"
        " ORDER BY at DESC, id DESC",
        asked,
    )
    for row in found:
        yield dict(zip(("timestamp", "username", "action", "details", "record"), row, strict=True))


def _minute(call: Call, name: str) -> str:
    text = call.parameters.text(name)
    try:
        return text and datetime.fromisoformat(text).strftime(_MINUTE)
    except ValueError:
        raise RefusedError(f'The value of the parameter "{name}" is not valid') from None
