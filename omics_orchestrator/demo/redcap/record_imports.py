"""Record import: rows checked, stored, calculated anew, dated and logged, all or none."""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from omics_orchestrator.demo.redcap import log, record_names, store
from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, encode, json_text
from omics_orchestrator.demo.redcap.calculations import Calculations
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.import_checks import ImportChecks
from omics_orchestrator.demo.redcap.import_data import GROUP, FlatRow, flat_rows
from omics_orchestrator.demo.redcap.imports import ImportTarget
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown
from omics_orchestrator.demo.redcap.selection import STAMP


class _Event(NamedTuple):
    """What the log tells of one row: its new cells, and whether the record is new with it."""

    key: store.RowKey
    cells: dict[str, str]
    is_new_record: bool


def import_records(call: Call) -> Reply:
    """Store the rows of `data` and answer the count or the names of their records.

    Raises:
        RefusedError: the user may not, or a row does not fit; nothing is stored then.
    """
    call.require("api_import")
    parameters = call.parameters
    returned = parameters.choice("returnContent", "count", "ids", "auto_ids", "nothing")
    overwrites = parameters.choice("overwriteBehavior", "normal", "overwrite") == "overwrite"
    date_format = parameters.choice("dateFormat", "YMD", "MDY", "DMY")
    rows = ImportChecks(call.project.definition, date_format).checked(flat_rows(call))
    with store.connect(call.database, writing=True) as connection:
        names = _new_names(connection, call, rows) if parameters.flag("forceAutoNumber") else {}
        run = _Run(connection, call, overwrites=overwrites)
        for row in rows:
            run.put(row)
        run.finish()
    if returned == "nothing":
        return Reply.nothing(call)
    if returned == "count":
        return _count(call, len(run.records))
    pairs = [f"{new},{old}" for old, new in names.items()] if returned == "auto_ids" else []
    return _names(call, pairs or run.records)


def _new_names(connection: sqlite3.Connection, call: Call, rows: list[FlatRow]) -> dict[str, str]:
    """Give each record of the rows the next free name; returns old → new."""
    field = call.project.definition.record_id
    first, prefix = record_names.next_number(connection, call), record_names.prefix(call)
    olds = dict.fromkeys(row.get(field, "") for row in rows)
    names = {old: f"{prefix}{number}" for number, old in enumerate(olds, first)}
    for row in rows:
        row[field] = names[row.get(field, "")]
    return names


class _Run:
    """One import into a project, in one transaction."""

    def __init__(self, connection: sqlite3.Connection, call: Call, *, overwrites: bool) -> None:
        self._connection = connection
        self._call = call
        self._project = call.project.id
        self._target = ImportTarget(connection, call.project, overwrites=overwrites)
        self._groups = store.groups(connection, self._project)
        self._events: list[_Event] = []
        self._seen: dict[str, None] = {}

    @property
    def records(self) -> list[str]:
        """The records of the rows so far."""
        return list(self._seen)

    def put(self, row: FlatRow) -> None:
        """Store one row."""
        group = row.pop(GROUP, "")
        self._number_new_instance(row)
        change = self._target.put(row)
        record = change.key.record
        self._refuse_other_groups(record, group, is_new=change.is_new_record)
        if change.is_new_record:
            self._call.require("record_create")
        self._seen[record] = None
        if change.cells or change.is_new_row:
            self._events.append(_Event(change.key, dict(change.cells), change.is_new_record))
        self._move(change.key, group or (self._call.rights.group if change.is_new_record else ""))

    def finish(self) -> None:
        """Compute calculated fields anew, date the records that changed, and log it all."""
        calculations = Calculations(self._call.project.definition, self._call.now)
        for record in self._seen:
            renewed = calculations.renew(self._connection, self._project, record)
            self._events += [
                _Event(key, cells, is_new_record=False) for key, cells in renewed.items()
            ]
        for event in self._events:
            store.stamp(self._connection, self._project, event.key.record, self._at)
            self._log(event)

    def _number_new_instance(self, row: FlatRow) -> None:
        if row.get("redcap_repeat_instance") != "new":
            return
        definition = self._call.project.definition
        record, instrument = row.get(definition.record_id, ""), row.get("redcap_repeat_instrument")
        event = row.get("redcap_event_name") or definition.event_names[0]
        stored = (key for key, _ in store.rows(self._connection, self._project, record))
        taken = [k.instance for k in stored if (k.event, k.instrument) == (event, instrument or "")]
        row["redcap_repeat_instance"] = str(1 + max(taken, default=0))

    def _refuse_other_groups(self, record: str, group: str, *, is_new: bool) -> None:
        own = self._call.rights.group
        known = {g.unique_name for g in self._call.project.definition.groups}
        refuse_unknown(GROUP, [group] if group and group not in known else [])
        if own and (group not in {"", own} or (not is_new and self._groups.get(record) != own)):
            raise RefusedError(f"The record '{record}' is not in your Data Access Group")

    def _move(self, key: store.RowKey, group: str) -> None:
        if not group or self._groups.get(key.record) == group:
            return
        store.put_group(self._connection, self._project, key.record, group)
        self._groups[key.record] = group
        if self._call.settings.group_move_is_a_change:
            self._events.append(_Event(key, {GROUP: group}, is_new_record=False))

    @property
    def _at(self) -> str:
        return self._call.now.strftime(STAMP)

    def _log(self, event: _Event) -> None:
        record_id = self._call.project.definition.record_id
        cells: Mapping[str, str] = event.cells
        if event.is_new_record:
            cells = {record_id: event.key.record, **cells}
        verb = "create" if event.is_new_record else "update"
        log.write(
            self._connection,
            self._project,
            at=self._at,
            user=self._call.rights.user,
            action=log.action(self._call.settings, verb, event.key.record),
            details=log.details(cells, instance=event.key.instance),
            record=event.key.record,
        )


def _count(call: Call, number: int) -> Reply:
    style = call.parameters.error_format
    text = json_text({"count": number}) if style == "json" else str(number)
    return Reply(CONTENT_TYPES[style], [text])


def _names(call: Call, names: list[str]) -> Reply:
    style = call.parameters.error_format
    rows = ({"id": name} for name in names)
    pieces = [json_text(names)] if style == "json" else encode("ids", style, rows)
    return Reply(CONTENT_TYPES[style], pieces)
