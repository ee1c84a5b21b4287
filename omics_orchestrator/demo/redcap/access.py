"""The projects in the server's SQLite file, and the tokens and users that open them.

Of a token only its SHA-256 is kept.
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from pydantic import TypeAdapter

from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.rights import Rights

_FIRST_USER = "api_user"
_DEFINITION = TypeAdapter(ProjectDefinition)
_RIGHTS = TypeAdapter(Rights)


@dataclass(frozen=True)
class StoredProject:
    """A project as the file holds it; `created` is in UTC."""

    id: int
    created: str
    definition: ProjectDefinition


@dataclass(frozen=True)
class Access:
    """What a token opens: a project, with the rights of the token's user."""

    project: StoredProject
    rights: Rights


def put_project(
    connection: sqlite3.Connection, token: str, definition: ProjectDefinition
) -> StoredProject:
    """Store a project without records under its token, in place of what the token opened before.

    The token's user has all rights; other tokens of the project stay.
    """
    replaced = find_project(connection, token)
    id_, created = connection.execute(
        "INSERT OR REPLACE INTO project (id, definition) VALUES (?, ?) RETURNING id, created",
        (replaced and replaced.id, _DEFINITION.dump_json(definition)),
    ).fetchone()
    grant(connection, token, id_, Rights(_FIRST_USER))
    return StoredProject(id_, created, definition)


def put_definition(
    connection: sqlite3.Connection, project: int, definition: ProjectDefinition
) -> None:
    """Change what a project is; its records stay as they are."""
    connection.execute(
        "UPDATE project SET definition = ? WHERE id = ?",
        (_DEFINITION.dump_json(definition), project),
    )


def delete_project(connection: sqlite3.Connection, project: int) -> None:
    """Delete a project: its tokens are told so from now on."""
    connection.execute("UPDATE project SET deleted = 1 WHERE id = ?", (project,))


def find_project(connection: sqlite3.Connection, token: str) -> StoredProject | None:
    """Read the project that a token opens, if it opens one."""
    access = find_access(connection, token)
    return access.project if access else None


def find_access(connection: sqlite3.Connection, token: str) -> Access | None:
    """Read what a token opens, if it opens anything.

    Raises:
        RefusedError: it opened a project that was deleted.
    """
    found = connection.execute(
        "SELECT id, created, definition, deleted, rights FROM access"
        " JOIN project ON project.id = access.project"
        " JOIN member ON member.project = access.project AND member.user = access.user"
        " WHERE token_sha256 = ?",
        (_sha256(token),),
    ).fetchone()
    if found is None:
        return None
    id_, created, definition, deleted, rights = found
    if deleted:
        raise RefusedError("The REDCap project no longer exists because it was deleted.")
    project = StoredProject(id_, created, _DEFINITION.validate_json(definition))
    return Access(project, _RIGHTS.validate_json(rights))


def grant(connection: sqlite3.Connection, token: str, project: int, rights: Rights) -> None:
    """Let a token open a project as the user that the rights name; only its SHA-256 is kept."""
    put_member(connection, project, rights)
    connection.execute(
        "INSERT OR REPLACE INTO access VALUES (?, ?, ?)", (_sha256(token), project, rights.user)
    )


def members(connection: sqlite3.Connection, project: int) -> list[Rights]:
    """List the rights of a project's users, by their names."""
    found = connection.execute(
        "SELECT rights FROM member WHERE project = ? ORDER BY user", (project,)
    )
    return [_RIGHTS.validate_json(rights) for (rights,) in found]


def put_member(connection: sqlite3.Connection, project: int, rights: Rights) -> None:
    """Make a user of a project, or change the rights of one."""
    connection.execute(
        "INSERT OR REPLACE INTO member VALUES (?, ?, ?)",
        (project, rights.user, _RIGHTS.dump_json(rights)),
    )


def remove_member(connection: sqlite3.Connection, project: int, user: str) -> None:
    """Take a user out of a project; the user's tokens open it no more."""
    connection.execute("DELETE FROM access WHERE project = ? AND user = ?", (project, user))
    connection.execute("DELETE FROM member WHERE project = ? AND user = ?", (project, user))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
