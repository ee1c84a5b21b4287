"""A project that stands on the server, as a seed."""

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from omics_orchestrator.demo.redcap import reports, roles, store, stored_files
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed, StoredFile, SurveyStamp


def stored_seed(
    connection: sqlite3.Connection,
    project: store.StoredProject,
    records: Collection[str] | None = None,
) -> Seed:
    """Take a project from the server.

    Args:
        connection: open for as long as the seed's records are read.
        project: the project.
        records: names of the records to take, None for all.
    """
    names = [
        name for name in store.records(connection, project.id) if records is None or name in records
    ]
    return Seed(
        project.definition,
        _StoredRecords(connection, project, names),
        tuple(roles.in_project_file(connection, project.id)),
        tuple(reports.in_project_file(connection, project.id)),
    )


@dataclass(frozen=True)
class _StoredRecords:
    """Records on the server, read one at a time whenever they are gone through."""

    connection: sqlite3.Connection
    project: store.StoredProject
    names: list[str]

    def __iter__(self) -> Iterator[Record]:
        groups = store.groups(self.connection, self.project.id)
        for name in self.names:
            yield self._record(name, groups.get(name, ""))

    def _record(self, name: str, group: str) -> Record:
        connection, project = self.connection, self.project
        return Record(
            name,
            group,
            rows={
                Place(*key[1:]): _without(cells, project.definition.record_id)
                for key, cells in store.rows(connection, project.id, name)
            },
            files=tuple(
                StoredFile(
                    Place(*file.key[1:]),
                    file.field,
                    file.name,
                    file.mime,
                    stored_files.file_content(connection, file.doc_id),
                )
                for file in stored_files.files(connection, project.id, name)
            ),
            stamps=tuple(
                SurveyStamp(Place(*key[1:]), form, stamp)
                for key, form, stamp in store.survey_stamps(connection, project.id, name)
            ),
        )


def _without(cells: dict[str, str], column: str) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if name != column}
