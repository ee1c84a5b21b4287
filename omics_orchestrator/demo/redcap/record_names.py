"""The names of records: the next free one, and another one for a record that is there."""

import sqlite3

from omics_orchestrator.demo.redcap import log, store
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.selection import STAMP


def next_name(call: Call) -> Reply:
    """Answer with the name after the highest number in use, of the user's group if in one."""
    with store.connect(call.database) as connection:
        return Reply.text(f"{prefix(call)}{next_number(connection, call)}")


def prefix(call: Call) -> str:
    """Give what stands before the number of a new record: the id of the user's group."""
    groups = call.project.definition.groups
    return next((f"{g.id}-" for g in groups if g.unique_name == call.rights.group), "")


def next_number(connection: sqlite3.Connection, call: Call) -> int:
    """Give the number of the next new record."""
    names = store.records(connection, call.project.id)
    numbers = [name.removeprefix(prefix(call)) for name in names if name.startswith(prefix(call))]
    return 1 + max((int(number) for number in numbers if number.isdecimal()), default=0)


def rename(call: Call) -> Reply:
    """Give a record another name; it keeps what it holds.

    Raises:
        RefusedError: there is no such record, or one of the new name.
    """
    call.require("api_import", "record_rename")
    old, new = call.parameters.text("record"), call.parameters.text("new_record_name")
    at, user = call.now.strftime(STAMP), call.rights.user
    with store.connect(call.database, writing=True) as connection:
        if old not in store.records(connection, call.project.id, group=call.rights.group):
            raise RefusedError(f"The record '{old}' does not exist in the project")
        if not new or new in store.records(connection, call.project.id):
            raise RefusedError(f"The new record name '{new}' is blank or exists already")
        store.rename_record(connection, call.project.id, old, new)
        store.stamp(connection, call.project.id, new, at)
        log.write(
            connection,
            call.project.id,
            at=at,
            user=user,
            action=log.action(call.settings, "update", new),
            details=f"{call.project.definition.record_id} = '{new}'",
            record=new,
        )
    return Reply.count(call, 1)
