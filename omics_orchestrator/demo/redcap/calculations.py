"""Calculated fields, computed anew from what a record holds, as the server does after an import.

A text field with the action tag `@CALCTEXT` is one of them.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime

from omics_orchestrator.demo.redcap import logic, store
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.row_lookup import Lookups, StoredRows

_TAG = re.compile(r"@CALCTEXT\s*\(")


class Calculations:
    """The calculated fields of a project."""

    def __init__(self, definition: ProjectDefinition, now: datetime) -> None:
        """Take `now` for what the formulas call so."""
        self._definition = definition
        self._now = now
        self._lookups = Lookups(definition)
        self._formulas = [
            (entry["form_name"], entry["field_name"], formula)
            for entry in definition.dictionary
            if (formula := _formula(entry))
        ]

    def renew(
        self, connection: sqlite3.Connection, project: int, record: str
    ) -> dict[store.RowKey, dict[str, str]]:
        """Compute a record's fields; returns the cells that are other than before, by row."""
        stored = dict(store.rows(connection, project, record)) if self._formulas else {}
        changed: dict[store.RowKey, dict[str, str]] = {}
        # A result may enter a formula further up: no chain is longer than the formulas are many.
        for _ in self._formulas:
            found = list(self._differences(stored))
            for key, field, result in found:
                stored[key][field] = result
                changed.setdefault(key, {})[field] = result
            if not found:
                break
        for key in changed:
            cells = {name: cell for name, cell in stored[key].items() if cell}
            store.put_row(connection, project, key, cells)
        return changed

    def _differences(self, stored: StoredRows) -> Iterator[tuple[store.RowKey, str, str]]:
        for key, cells in stored.items():
            live = self._definition.live_forms(key.event, key.instrument, key.instance)
            for form, field, formula in self._formulas:
                before = cells.get(field, "")
                # A missing data code in place of a result stays.
                if form in live and before not in self._definition.missing_data_codes:
                    result = self._result(key, formula, stored, before)
                    if result != before:
                        yield key, field, result

    def _result(self, key: store.RowKey, formula: str, stored: StoredRows, before: str) -> str:
        try:
            return logic.calculate(
                formula,
                self._lookups.of_row(key, stored, sees_base_row=True),
                now=self._now,
                missing_codes=self._definition.missing_data_codes,
            )
        except RefusedError:
            # As on a real server, a formula that cannot be read leaves the field as it is.
            return before


def _formula(entry: Mapping[str, str]) -> str:
    """The formula of a field: its calculation, or that of an action tag; "" where it has none."""
    if entry["field_type"] == "calc":
        return entry["select_choices_or_calculations"]
    tag = _TAG.search(entry["field_annotation"]) if entry["field_type"] == "text" else None
    return _within(entry["field_annotation"][tag.end() :]) if tag else ""


def _within(text: str) -> str:
    """The text up to the bracket that closes the one before it; "" where none does."""
    depth, quote = 1, ""
    for place, sign in enumerate(text):
        if quote or sign in "'\"":
            quote = "" if sign == quote else quote or sign
            continue
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if not depth:
            return text[:place]
    return ""
