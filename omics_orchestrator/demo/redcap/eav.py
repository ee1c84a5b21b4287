"""The record export as EAV: one row a stored value, one a ticked option of a checkbox."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from omics_orchestrator.demo.redcap import stored_files
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.columns import Column
from omics_orchestrator.demo.redcap.export import ExportRow, export
from omics_orchestrator.demo.redcap.labels import Labels, with_decimal
from omics_orchestrator.demo.redcap.selection import Selection
from omics_orchestrator.demo.redcap.store import RowKey
from omics_orchestrator.demo.redcap.written_rows import Style

_KEYS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
_EXTRA = ("redcap_data_access_group", "redcap_survey_identifier")


class EavRows:
    """Writes the selected values of a project one by one."""

    def __init__(self, call: Call, selection: Selection, style: Style) -> None:
        self._call = call
        self._style = style
        self._labels = Labels(call.project.definition)
        self._record_id = call.project.definition.record_id
        self._with_record_id = selection.with_keys
        # What nobody entered is no value: the untouched zeros of the flat export are left out.
        columns = [replace(column, untouched="") for column in selection.columns]
        if call.settings.calculations_last_in_eav:
            columns.sort(key=lambda column: column.kind == "calc")
        self._selection = replace(selection, columns=tuple(columns), with_keys=True)

    def read(self, connection: sqlite3.Connection) -> Iterator[ExportRow]:
        """Yield the rows of every selected record."""
        call = self._call
        found = export(connection, call.project, self._selection, call.settings)
        for key, row in found:
            place: ExportRow = {"record": row[self._record_id]}
            place |= {name: row[name] for name in _KEYS if name in row}
            for field, value in self._values(key, row, self._doc_ids(connection, key)):
                yield {**place, "field_name": field, "value": value}

    def _doc_ids(self, connection: sqlite3.Connection, key: RowKey) -> dict[str, str]:
        found = stored_files.files(connection, self._call.project.id, key.record)
        return {file.field: str(file.doc_id) for file in found if file.key == key}

    def _values(
        self, key: RowKey, row: ExportRow, doc_ids: dict[str, str]
    ) -> Iterator[tuple[str, str | int]]:
        if self._with_record_id and not key.instrument:
            yield self._record_id, row[self._record_id]
        yield from ((name, row[name]) for name in _EXTRA if row.get(name))
        for column in self._selection.columns:
            cell = str(row[column.name])
            if cell and (column.kind != "checkbox" or cell == "1"):
                yield column.field, doc_ids.get(column.field) or self._written(column, cell)

    def _written(self, column: Column, cell: str) -> str:
        if column.kind == "checkbox":
            options = self._labels.options(column.field)
            return options[column.code] if self._style.is_labelled else column.code
        if self._style.decimal and self._labels.is_decimal(column):
            return with_decimal(self._style.decimal, cell)
        return self._labels.of_codes(column).get(cell, cell) if self._style.is_labelled else cell
