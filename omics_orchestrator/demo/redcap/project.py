"""A project put on the local REDCap server: its definition, and its first records."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from omics_orchestrator.demo.redcap import reports, roles, store, stored_files
from omics_orchestrator.demo.redcap.definition import (
    Event,
    ProjectDefinition,
    read_dictionary,
    unique_event_names,
)
from omics_orchestrator.demo.redcap.imports import import_rows
from omics_orchestrator.demo.redcap.seed import Record, Seed
from omics_orchestrator.errors import DictionaryError

__all__ = ["Event", "ProjectDefinition", "create", "read_dictionary", "seed", "unique_event_names"]


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
    _refuse_misfit(definition)
    store.prepare(database)
    with store.connect(database, writing=True) as connection:
        import_rows(connection, store.put_project(connection, token, definition), rows)


def seed(database: Path, token: str, seed: Seed) -> None:
    """Put a whole project on the server, in place of what the token opened before.

    Values are stored as they are: a real project holds values that its own validation, choices or
    designations would refuse today.

    Args:
        database: the server's SQLite file, made where it is absent.
        token: 32 characters; only its SHA-256 is stored.
        seed: the project with its records, groups, files, survey stamps, roles and reports.

    Raises:
        DictionaryError: the definition's parts do not fit together.
    """
    _refuse_misfit(seed.definition)
    store.prepare(database)
    with store.connect(database, writing=True) as connection:
        project = store.put_project(connection, token, seed.definition)
        for role in seed.roles:
            roles.put_from_project_file(connection, project.id, role, seed.definition.forms)
        for report in seed.reports:
            reports.put(connection, project.id, report)
        for record in seed.records:
            store.put_group(connection, project.id, record.name, record.group)
            for place, row in record.rows.items():
                store.put_row(connection, project.id, store.RowKey(record.name, *place), row)
            _put_files_and_stamps(connection, project.id, record)


def _put_files_and_stamps(connection: sqlite3.Connection, project: int, record: Record) -> None:
    for file in record.files:
        stored_files.put_file(
            connection,
            project,
            store.RowKey(record.name, *file.place),
            file.field,
            name=file.name,
            mime=file.mime,
            content=file.content,
        )
    for stamp in record.stamps:
        key = store.RowKey(record.name, *stamp.place)
        store.put_survey_stamp(connection, project, key, stamp.form, stamp.stamp)


def _refuse_misfit(definition: ProjectDefinition) -> None:
    problems = definition.problems()
    if problems:
        raise DictionaryError(problems)
