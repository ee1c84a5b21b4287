"""The data access groups of a project and who is in them, as the API tells and takes them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.definition import DataAccessGroup, unique_group_names
from omics_orchestrator.demo.redcap.received import received_rows
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_FIRST_ID_PER_PROJECT = 100


def export_groups(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each group."""
    for group in call.project.definition.groups:
        yield {
            "data_access_group_name": group.name,
            "unique_group_name": group.unique_name,
            "data_access_group_id": group.id,
        }


def import_groups(connection: sqlite3.Connection, call: Call) -> int:
    """Add groups, and rename those whose unique name is sent."""
    groups = {group.unique_name: group for group in call.project.definition.groups}
    rows = received_rows(call.parameters)
    for row in rows:
        name, unique = row.get("data_access_group_name", ""), row.get("unique_group_name", "")
        if not name:
            raise RefusedError("Each group needs a data_access_group_name")
        refuse_unknown("unique_group_name", [] if unique in {"", *groups} else [unique])
        others = [group for group in groups.values() if group.unique_name != unique]
        new = unique_group_names([*(group.name for group in others), name])[-1]
        id_ = groups[unique].id if unique else _next_id(call, others)
        groups[unique or new] = DataAccessGroup(id_, name, new)
        if unique:
            _move_all(connection, call, unique, new)
        groups = {group.unique_name: group for group in groups.values()}
    _put(connection, call, groups)
    return len(rows)


def delete_groups(connection: sqlite3.Connection, call: Call) -> int:
    """Delete groups; their records and users are outside all groups then."""
    names = call.parameters.array("dags")
    groups = {group.unique_name: group for group in call.project.definition.groups}
    refuse_unknown("dags", [name for name in names if name not in groups])
    for name in names:
        _move_all(connection, call, name, "")
    _put(connection, call, {name: groups[name] for name in groups if name not in names})
    return len(names)


def switch_group(connection: sqlite3.Connection, call: Call) -> Reply:
    """Put the caller into another group."""
    group = call.parameters.text("dag")
    _refuse_unknown_group(call, "dag", group)
    store.put_member(connection, call.project.id, replace(call.rights, group=group))
    return Reply.text("1")


def export_assignments(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell which group each user is in."""
    for rights in store.members(connection, call.project.id):
        yield {"username": rights.user, "redcap_data_access_group": rights.group}


def import_assignments(connection: sqlite3.Connection, call: Call) -> int:
    """Put users into groups; a blank group takes one out of all."""
    members = {rights.user: rights for rights in store.members(connection, call.project.id)}
    rows = received_rows(call.parameters)
    for row in rows:
        user, group = row.get("username", ""), row.get("redcap_data_access_group", "")
        refuse_unknown("username", [] if user in members else [user])
        _refuse_unknown_group(call, "redcap_data_access_group", group)
        store.put_member(connection, call.project.id, replace(members[user], group=group))
    return len(rows)


def _refuse_unknown_group(call: Call, parameter: str, group: str) -> None:
    known = {"", *(known.unique_name for known in call.project.definition.groups)}
    refuse_unknown(parameter, [] if group in known else [group])


def _next_id(call: Call, groups: list[DataAccessGroup]) -> int:
    first = call.project.id * _FIRST_ID_PER_PROJECT
    return 1 + max((group.id for group in groups), default=first)


def _move_all(connection: sqlite3.Connection, call: Call, old: str, new: str) -> None:
    project = call.project.id
    for record, group in store.groups(connection, project).items():
        if group == old:
            store.put_group(connection, project, record, new)
    connection.execute(
        "UPDATE folder SET dag = ? WHERE project = ? AND dag = ?", (new, project, old)
    )
    for rights in store.members(connection, project):
        if rights.group == old:
            store.put_member(connection, project, replace(rights, group=new))


def _put(connection: sqlite3.Connection, call: Call, groups: dict[str, DataAccessGroup]) -> None:
    changed = replace(call.project.definition, groups=tuple(groups.values()))
    store.put_definition(connection, call.project.id, changed)
