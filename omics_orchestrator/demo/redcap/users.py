"""The users of a project and the roles that some of them have, as the API tells and takes them.

What the server enforces of a user's privileges stands in `store`, where each call looks it up; what
else REDCap tells of a user (name, role, other switches) stands here.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from pydantic import TypeAdapter

from omics_orchestrator.demo.redcap import roles, store
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.privileges import Privileges
from omics_orchestrator.demo.redcap.received import ReceivedRow, received_rows
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown
from omics_orchestrator.demo.redcap.rights import Rights

_PERSONAL = ("email", "firstname", "lastname", "expiration")


@dataclass(frozen=True)
class User:
    """A user of a project: the rights enforced, and what else is known."""

    rights: Rights
    privileges: Privileges
    role: str = ""
    personal: dict[str, str] = field(default_factory=dict)


_PRIVILEGES = TypeAdapter(Privileges)


def export_users(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each user; one with a role has the privileges of the role."""
    groups = {group.unique_name: group for group in call.project.definition.groups}
    for user in _users(connection, call):
        group = groups.get(user.rights.group)
        yield {
            "username": user.rights.user,
            **{key: user.personal.get(key, "") for key in _PERSONAL},
            "data_access_group": user.rights.group,
            "data_access_group_id": group.id if group else "",
            "data_access_group_label": group.name if group else "",
            **user.privileges.row(),
        }


def has_expired(connection: sqlite3.Connection, project: int, user: str, today: date) -> bool:
    """Tell whether a user's access has ended: from the day of expiration on."""
    found = connection.execute(
        "SELECT details FROM person WHERE project = ? AND user = ?", (project, user)
    ).fetchone()
    last = json.loads(found[0]).get("expiration", "") if found else ""
    return bool(last) and last <= today.isoformat()


def import_users(connection: sqlite3.Connection, call: Call) -> int:
    """Add users without any privilege that is not sent, and change those that are there."""
    known = {user.rights.user: user for user in _users(connection, call)}
    rows = received_rows(call.parameters)
    for row in rows:
        name = row.get("username", "")
        if not name:
            raise RefusedError("Each user needs a username")
        before = known.get(name, User(Rights(name), Privileges()))
        _put(connection, call, _changed(call, before, row))
    return len(rows)


def delete_users(connection: sqlite3.Connection, call: Call) -> int:
    """Take users out of the project; their tokens open it no more."""
    names = call.parameters.array("users")
    known = {rights.user for rights in store.members(connection, call.project.id)}
    refuse_unknown("users", [name for name in names if name not in known])
    for name in names:
        store.remove_member(connection, call.project.id, name)
        connection.execute(
            "DELETE FROM person WHERE project = ? AND user = ?", (call.project.id, name)
        )
    return len(names)


def export_assignments(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell which role and group each user has."""
    for user in _users(connection, call):
        yield {
            "username": user.rights.user,
            "unique_role_name": user.role,
            "data_access_group": user.rights.group,
        }


def import_assignments(connection: sqlite3.Connection, call: Call) -> int:
    """Give users a role, and with it its privileges; a blank role takes theirs away."""
    known = {user.rights.user: user for user in _users(connection, call)}
    privileges = {role.unique_name: role.privileges for role in roles.all_of(connection, call)}
    rows = received_rows(call.parameters)
    for row in rows:
        name, role = row.get("username", ""), row.get("unique_role_name", "")
        refuse_unknown("username", [] if name in known else [name])
        refuse_unknown("unique_role_name", [] if role in {"", *privileges} else [role])
        user = replace(known[name], role=role)
        group = _group(call, row, user.rights.group)
        _put(connection, call, _in_role(user, privileges.get(role, user.privileges), group))
    return len(rows)


def import_roles(connection: sqlite3.Connection, call: Call) -> int:
    """Add roles and change known ones, along with the rights of their users."""
    rows = received_rows(call.parameters)
    for row in rows:
        role = roles.changed(connection, call, row)
        for user in _users(connection, call):
            if user.role == role.unique_name:
                _put(connection, call, _in_role(user, role.privileges, user.rights.group))
    return len(rows)


def _users(connection: sqlite3.Connection, call: Call) -> list[User]:
    known = {
        user: (role, json.loads(details))
        for user, role, details in connection.execute(
            "SELECT user, role, details FROM person WHERE project = ?", (call.project.id,)
        )
    }
    forms = call.project.definition.forms
    found = []
    for rights in store.members(connection, call.project.id):
        role, details = known.get(rights.user, ("", {}))
        if not details:
            found.append(User(rights, Privileges.of(rights, forms)))
            continue
        privileges = _PRIVILEGES.validate_python(details.pop("privileges"))
        found.append(User(rights, privileges.with_rights(rights), role, details))
    return found


def _in_role(user: User, privileges: Privileges, group: str) -> User:
    return replace(user, privileges=privileges, rights=privileges.rights(user.rights.user, group))


def _changed(call: Call, user: User, row: ReceivedRow) -> User:
    privileges = user.privileges.changed(row, call.project.definition.forms)
    personal = user.personal | {key: row[key] for key in _PERSONAL if key in row}
    group = _group(call, row, user.rights.group)
    rights = privileges.rights(user.rights.user, group)
    return replace(user, rights=rights, privileges=privileges, personal=personal)


def _group(call: Call, row: ReceivedRow, before: str) -> str:
    group: str = row.get("data_access_group", before)
    known = {"", *(group.unique_name for group in call.project.definition.groups)}
    refuse_unknown("data_access_group", [] if group in known else [group])
    return group


def _put(connection: sqlite3.Connection, call: Call, user: User) -> None:
    store.put_member(connection, call.project.id, user.rights)
    details = json.dumps({**user.personal, "privileges": asdict(user.privileges)})
    connection.execute(
        "INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)",
        (call.project.id, user.rights.user, user.role, details),
    )
