"""A project put on the local REDCap server: its definition, and its first records."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.definition import (
    Event,
    ProjectDefinition,
    read_dictionary,
    unique_event_names,
)
from omics_orchestrator.demo.redcap.imports import import_rows
from omics_orchestrator.errors import DictionaryError

__all__ = ["Event", "ProjectDefinition", "create", "read_dictionary", "unique_event_names"]


def create(
    database: Path, token: str, definition: ProjectDefinition, rows: Iterable[Mapping[str, str]]
) -> None:
    """Put a project and its records on the server, in place of what the token opened before.

    The records carry no time of creation, as in REDCap where a project file brought them: a date
    range does not find them until something changes them.

    Args:
        database: the server's SQLite file, made where it is absent.
        token: 32 characters; only its SHA-256 is stored.
        definition: what the project is.
        rows: rows of a flat export; a blank status cell is an untouched form.

    Raises:
        DictionaryError: the definition's parts do not fit together.
        RefusedError: a row does not fit the definition; nothing is stored then.
    """
    problems = definition.problems()
    if problems:
        raise DictionaryError(problems)
    store.prepare(database)
    with store.connect(database, writing=True) as connection:
        import_rows(connection, store.put_project(connection, token, definition), rows)
