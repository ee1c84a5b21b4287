"""The roles of a project: privileges under a name, for users to share."""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.privileges import SWITCHES, Privileges
from omics_orchestrator.demo.redcap.received import ReceivedRow
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_PRIVILEGES = TypeAdapter(Privileges)
_UNIQUE_NAME_LENGTH = 10
_SWITCH_IN_PROJECT_FILE = {
    "stats_and_charts": "graphical",
    "manage_survey_participants": "participants",
    "logging": "data_logging",
    "data_quality_create": "data_quality_design",
    "lock_records_all_forms": "lock_record_multiform",
    "lock_records": "lock_record",
    "lock_records_customization": "lock_record_customize",
}


@dataclass(frozen=True)
class Role:
    """Privileges under a name."""

    unique_name: str
    label: str
    privileges: Privileges


def all_of(connection: sqlite3.Connection, call: Call) -> list[Role]:
    """List the roles of the project in the order they were made."""
    found = connection.execute(
        "SELECT unique_name, label, privileges FROM role WHERE project = ? ORDER BY rowid",
        (call.project.id,),
    )
    return [Role(name, label, _PRIVILEGES.validate_json(told)) for name, label, told in found]


def export_roles(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each role; its switches are texts, where those of a user are numbers."""
    for role in all_of(connection, call):
        row = role.privileges.row()
        switches = {switch: str(row[switch]) for switch in SWITCHES}
        yield {
            "unique_role_name": role.unique_name,
            "role_label": role.label,
            **row,
            **switches,
        }


def changed(connection: sqlite3.Connection, call: Call, row: ReceivedRow) -> Role:
    """Store the role that a row sends: a new one, or a known one with what the row changes."""
    known = {role.unique_name: role for role in all_of(connection, call)}
    name = row.get("unique_role_name", "")
    refuse_unknown("unique_role_name", [] if name in {"", *known} else [name])
    before = known.get(name, Role(_new_name(), "", Privileges()))
    label = row.get("role_label", before.label)
    if not label:
        raise RefusedError("Each role needs a role_label")
    privileges = before.privileges.changed(row, call.project.definition.forms)
    role = Role(before.unique_name, label, privileges)
    _put(connection, call.project.id, role, _attributes(role))
    return role


def delete_roles(connection: sqlite3.Connection, call: Call) -> int:
    """Delete roles; their users keep the privileges and have no role."""
    names = call.parameters.array("roles")
    known = {role.unique_name for role in all_of(connection, call)}
    refuse_unknown("roles", [name for name in names if name not in known])
    about = [(call.project.id, name) for name in names]
    connection.executemany("DELETE FROM role WHERE project = ? AND unique_name = ?", about)
    connection.executemany("UPDATE person SET role = '' WHERE project = ? AND role = ?", about)
    return len(names)


def put_from_project_file(
    connection: sqlite3.Connection,
    project: int,
    attributes: Mapping[str, str],
    forms: tuple[str, ...],
) -> None:
    """Store a role as a project file has it.

    Args:
        connection: in a writing transaction.
        project: the project's id.
        attributes: of the file's element `redcap:UserRoles`.
        forms: the project's forms.
    """
    row: ReceivedRow = {
        switch: attributes.get(_SWITCH_IN_PROJECT_FILE.get(switch, switch), "0")
        for switch in SWITCHES
    }
    row["forms"] = _packed(attributes.get("data_entry", ""))
    row["forms_export"] = _packed(attributes.get("data_export_instruments", ""))
    name = attributes.get("unique_role_name") or _new_name()
    privileges = Privileges().changed(row, forms)
    _put(connection, project, Role(name, attributes.get("role_name", ""), privileges), attributes)


def in_project_file(connection: sqlite3.Connection, project: int) -> list[dict[str, str]]:
    """Give each role as attributes of a project file."""
    found = connection.execute(
        "SELECT attributes FROM role WHERE project = ? ORDER BY rowid", (project,)
    )
    return [json.loads(attributes) for (attributes,) in found]


def _attributes(role: Role) -> dict[str, str]:
    switches = {
        _SWITCH_IN_PROJECT_FILE.get(switch, switch): str(role.privileges.switches.get(switch, 0))
        for switch in SWITCHES
    }
    by_form = {
        "data_entry": role.privileges.forms,
        "data_export_instruments": role.privileges.forms_export,
    }
    packed = {
        key: "".join(f"[{form},{level}]" for form, level in levels.items())
        for key, levels in by_form.items()
    }
    return {"role_name": role.label, "unique_role_name": role.unique_name, **switches, **packed}


def _packed(text: str) -> str:
    """Turn the file's `[form_1,0][form_2,1]` into the API's `form_1:0,form_2:1`."""
    return ",".join(part.replace(",", ":") for part in text.strip("[]").split("]["))


def _put(
    connection: sqlite3.Connection, project: int, role: Role, attributes: Mapping[str, str]
) -> None:
    connection.execute(
        "INSERT INTO role VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET label = excluded.label,"
        " privileges = excluded.privileges, attributes = excluded.attributes",
        (
            project,
            role.unique_name,
            role.label,
            json.dumps(asdict(role.privileges)),
            json.dumps(dict(attributes)),
        ),
    )


def _new_name() -> str:
    letters = string.ascii_uppercase + string.digits
    return "U-" + "".join(secrets.choice(letters) for _ in range(_UNIQUE_NAME_LENGTH))
