"""The flat record export: one row a record, event and repeat; every field a column."""

import sqlite3
from collections.abc import Iterator
from functools import cache

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.columns import Column, columns
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.selection import Selection


def export(
    connection: sqlite3.Connection, project: store.StoredProject, selection: Selection
) -> Iterator[Row]:
    """Yield the selected rows, record by record in natural order."""
    flat = FlatRows(project.definition, selection)
    names = store.records(connection, project.id, after=selection.after, before=selection.before)
    for record in names:
        if not selection.records or record in selection.records:
            yield from flat.of_record(dict(store.rows(connection, project.id, record)))


class FlatRows:
    """Lays the stored cells of a record out as rows of one selection."""

    def __init__(self, definition: ProjectDefinition, selection: Selection) -> None:
        self._definition = definition
        self._selection = selection
        self._selected_forms = {"", *(column.form for column in selection.columns)}
        self._form_of = {column.name: column.form for column in columns(definition)}
        self._form_of.pop(definition.record_id)
        self._live_forms = cache(definition.live_forms)

    def of_record(self, stored: dict[store.RowKey, dict[str, str]]) -> Iterator[Row]:
        """Yield base rows in event order, then repeats by event, form and instance."""
        keys = [key for key in stored if key.event in self._selection.events]
        keys.sort(key=self._position)
        shown = [key for key in keys if key.instrument in self._selected_forms]
        # A record without any base row is listed all the same, or a list of ids would lack it.
        for key in shown or keys[:1]:
            yield self._row(key, stored[key])

    def _position(self, key: store.RowKey) -> tuple[bool, int, int, int]:
        event = self._definition.event_names.index(key.event)
        instrument = ("", *self._definition.forms).index(key.instrument)
        return key.instance > 0, event, instrument, key.instance

    def _row(self, key: store.RowKey, cells: dict[str, str]) -> Row:
        row = self._keys(key) if self._selection.with_keys else {}
        live = self._live_forms(key.event, key.instrument, key.instance)
        gray = self._gray_forms(cells)
        for column in self._selection.columns:
            row[column.name] = _cell(column, cells, gray) if column.form in live else ""
        return row

    def _keys(self, key: store.RowKey) -> dict[str, str | int]:
        row: dict[str, str | int] = {self._definition.record_id: key.record}
        if self._definition.is_longitudinal:
            row["redcap_event_name"] = key.event
        if self._definition.repeating:
            row["redcap_repeat_instrument"] = key.instrument
            row["redcap_repeat_instance"] = key.instance or ""
        return row

    def _gray_forms(self, cells: dict[str, str]) -> frozenset[str]:
        """The forms whose status is to be left blank: nothing at all is stored on them."""
        if not self._selection.blank_for_gray:
            return frozenset()
        touched = {self._form_of[name] for name in cells if name in self._form_of}
        return frozenset(self._definition.forms) - touched


def _cell(column: Column, cells: dict[str, str], gray: frozenset[str]) -> str:
    if column.kind == "status" and column.form in gray:
        return ""
    return cells.get(column.name, column.untouched)
