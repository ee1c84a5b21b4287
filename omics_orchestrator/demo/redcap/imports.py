"""Flat rows into a project's cells, by an import over HTTP or by seeding."""

import re
import sqlite3
from collections.abc import Iterable, Mapping

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError

_INSTANCE = re.compile(r"[1-9][0-9]{0,8}")
_CODES = {"checkbox": {"", "0", "1"}, "status": {"", "0", "1", "2"}}
_KEY_COLUMNS = {"redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"}


def import_rows(
    connection: sqlite3.Connection,
    project: store.StoredProject,
    rows: Iterable[Mapping[str, str]],
    *,
    at: str = "",
    overwrite: bool = False,
) -> list[str]:
    """Store flat rows and return the names of their records.

    Each record that this changes is noted with the time `at`; a blank `at` notes none, as REDCap
    does for the records that come with a project file. With `overwrite` a blank cell erases what
    is stored instead of leaving it.

    Raises:
        RefusedError: a row's column, event or repeat does not exist, or its cell has no place.
    """
    layout = {column.name: column for column in columns(project.definition)}
    records: dict[str, None] = {}
    for row in rows:
        key = row_key(project.definition, row)
        _refuse_misplaced(project.definition, layout, key, row)
        values, erased = _cells(layout, row, overwrite=overwrite)
        # The record id alone keeps the row, as an event or repeat without any value.
        values[project.definition.record_id] = key.record
        changed = store.save(connection, project.id, key, values, erased)
        if changed and at:
            store.stamp(connection, project.id, key.record, at)
        records[key.record] = None
    return list(records)


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


def _refuse_misplaced(
    definition: ProjectDefinition,
    layout: Mapping[str, Column],
    key: store.RowKey,
    row: Mapping[str, str],
) -> None:
    unknown = [name for name in row if name not in layout and name not in _KEY_COLUMNS]
    if unknown:
        raise RefusedError(
            "The following fields were not found in the project as real data fields: "
            + ", ".join(unknown)
        )
    live = definition.live_forms(key.event, key.instrument, key.instance)
    misplaced = [
        name
        for name, value in row.items()
        if value
        and name not in _KEY_COLUMNS
        and name != definition.record_id
        and layout[name].form not in live
    ]
    if misplaced:
        raise RefusedError(
            "The following fields hold a value but do not belong to the row's event or repeating"
            " instrument: " + ", ".join(misplaced)
        )


def _cells(
    layout: Mapping[str, Column], row: Mapping[str, str], *, overwrite: bool
) -> tuple[dict[str, str], list[str]]:
    """Part a row into the values to write and the columns to erase."""
    values, erased = {}, []
    for name in row.keys() - _KEY_COLUMNS:
        value, kind = row[name], layout[name].kind
        if value not in _CODES.get(kind, {value}):
            raise RefusedError(f"The {kind} column {name} holds none of its codes")
        if (kind == "checkbox" and value == "0") or (overwrite and not value):
            erased.append(name)
        elif value:
            values[name] = value
    return values, erased
