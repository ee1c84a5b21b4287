"""Flat rows into a project's stored rows, by an import over HTTP or by seeding."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError

KEY_COLUMNS = frozenset({"redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"})
_INSTANCE = re.compile(r"[1-9][0-9]{0,8}")
_CODES = {"checkbox": {"", "0", "1"}, "status": {"", "0", "1", "2"}}


@dataclass(frozen=True)
class Change:
    """What an import made of one row.

    Attributes:
        key: the row.
        cells: column → new cell, "" where it was erased; none when all was so before.
        is_new_record: the row's record was made for it.
        is_new_row: the row was made.
    """

    key: store.RowKey
    cells: Mapping[str, str]
    is_new_record: bool
    is_new_row: bool


def import_rows(
    connection: sqlite3.Connection,
    project: store.StoredProject,
    rows: Iterable[Mapping[str, str]],
) -> None:
    """Store the flat rows that a project begins with; they are dated and logged nowhere.

    Raises:
        RefusedError: a row's column, event or repeat does not exist, or its cell has no place.
    """
    target = ImportTarget(connection, project)
    for row in rows:
        target.put(row)


class ImportTarget:
    """A project that flat rows are put into."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        project: store.StoredProject,
        *,
        overwrites: bool = False,
    ) -> None:
        """With `overwrites` a blank cell erases what is stored instead of leaving it."""
        self._connection = connection
        self._project = project
        self._overwrites = overwrites
        self._layout = {column.name: column for column in columns(project.definition)}

    def put(self, row: Mapping[str, str]) -> Change:
        """Store one row.

        Raises:
            RefusedError: its column, event or repeat does not exist, or its cell has no place.
        """
        connection, project = self._connection, self._project.id
        key = row_key(self._project.definition, row)
        self._refuse_misplaced(key, row)
        values, erased = self._cells(row)
        is_new_record = store.put_record(connection, project, key.record)
        stored = store.row(connection, project, key)
        before = stored or {}
        cells = {name: value for name, value in values.items() if before.get(name) != value}
        cells |= dict.fromkeys((name for name in erased if name in before), "")
        if cells or stored is None:
            after = {name: value for name, value in (before | cells).items() if value}
            store.put_row(connection, project, key, after)
        return Change(key, cells, is_new_record, stored is None)

    def _refuse_misplaced(self, key: store.RowKey, row: Mapping[str, str]) -> None:
        unknown = [name for name in row if name not in self._layout and name not in KEY_COLUMNS]
        if unknown:
            raise RefusedError(
                "The following fields were not found in the project as real data fields: "
                + ", ".join(unknown)
            )
        definition = self._project.definition
        live = definition.live_forms(key.event, key.instrument, key.instance)
        beside = KEY_COLUMNS | {definition.record_id}
        misplaced = [
            name
            for name, value in row.items()
            if value and name not in beside and self._layout[name].form not in live
        ]
        if misplaced:
            raise RefusedError(
                "The following fields hold a value but do not belong to the row's event or"
                " repeating instrument: " + ", ".join(misplaced)
            )

    def _cells(self, row: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Part a row into the values to write and the columns to erase."""
        values, erased = {}, []
        beside = KEY_COLUMNS | {self._project.definition.record_id}
        for name, value in row.items():
            if name in beside:
                continue
            kind = self._layout[name].kind
            if value not in _CODES.get(kind, {value}):
                raise RefusedError(f"The {kind} column {name} holds none of its codes")
            if (kind == "checkbox" and value == "0") or (self._overwrites and not value):
                erased.append(name)
            elif value:
                values[name] = value
        return values, erased


def row_key(definition: ProjectDefinition, row: Mapping[str, str]) -> store.RowKey:
    """Read where a flat row stands; a repeat without a number is its first instance."""
    record = row.get(definition.record_id, "")
    if not record:
        raise RefusedError(f"The record identifier field '{definition.record_id}' is missing")
    event = row.get("redcap_event_name", "")
    if not event and len(definition.event_names) == 1:
        (event,) = definition.event_names
    if event not in definition.event_names:
        raise RefusedError("The value of redcap_event_name is not an event of the project")
    instrument = row.get("redcap_repeat_instrument", "")
    return store.RowKey(record, event, instrument, _instance(definition, event, instrument, row))


def _instance(
    definition: ProjectDefinition, event: str, instrument: str, row: Mapping[str, str]
) -> int:
    is_repeating = (event, instrument) in definition.repeating
    number = row.get("redcap_repeat_instance", "") or ("1" if is_repeating else "0")
    if not is_repeating and (instrument or number != "0"):
        raise RefusedError("The row is a repeat where the project does not repeat")
    if is_repeating and not _INSTANCE.fullmatch(number):
        raise RefusedError("The value of redcap_repeat_instance is not a whole number from 1")
    return int(number)
