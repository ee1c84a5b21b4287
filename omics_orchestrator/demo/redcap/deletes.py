"""Records deleted, whole or in part.

An instrument named without its event deletes the whole record of a longitudinal project: a trap
of real servers that scripts have fallen into.
"""

import sqlite3

from omics_orchestrator.demo.redcap import log, store, stored_files
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown
from omics_orchestrator.demo.redcap.selection import STAMP


def delete_records(call: Call) -> Reply:
    """Delete records or a part of each, all or none, and answer how many.

    Raises:
        RefusedError: the user may not delete, or a record, event, arm or form does not exist.
    """
    call.require("api_import")
    if not call.rights.record_delete:
        raise RefusedError(call.settings.no_delete_right, status=403)
    deletion = _Deletion(call)
    names = list(dict.fromkeys(call.parameters.array("records")))
    with store.connect(call.database, writing=True) as connection:
        known = store.records(connection, call.project.id, group=call.rights.group)
        unknown = sorted({*names} - {*known})
        if unknown:
            raise RefusedError(
                "One or more of the records provided cannot be deleted because they do not exist"
                f" in the project. The following records do not exist: {', '.join(unknown)}"
            )
        for name in names:
            deletion.carry_out(connection, name)
    return Reply.count(call, len(names))


class _Deletion:
    """What one call wants deleted of each record."""

    def __init__(self, call: Call) -> None:
        definition, parameters = call.project.definition, call.parameters
        self._call = call
        self._definition = definition
        self._arm = parameters.text("arm")
        self._event = parameters.text("event")
        form = parameters.text("instrument")
        is_trap = bool(form) and definition.is_longitudinal and not self._event
        self._form = "" if is_trap else form
        self._instance = "" if is_trap else parameters.text("repeat_instance")
        arms = {str(event.arm) for event in definition.events}
        refuse_unknown("arm", [self._arm] if self._arm and self._arm not in arms else [])
        events = {"", *definition.event_names}
        refuse_unknown("event", [] if self._event in events else [self._event])
        forms = {"", *definition.forms}
        refuse_unknown("instrument", [] if form in forms else [form])
        arms_of_events = (str(event.arm) for event in definition.events)
        self._arm_of = dict(zip(definition.event_names, arms_of_events, strict=False))
        self._form_of = {column.name: column.form for column in columns(definition)}

    def carry_out(self, connection: sqlite3.Connection, record: str) -> None:
        """Delete the part of a record; a record without anything left goes too."""
        project, is_whole = self._call.project.id, self._is_whole()
        for key, cells in [] if is_whole else list(store.rows(connection, project, record)):
            if self._is_meant(key):
                self._cut(connection, key, cells)
        is_gone = is_whole or not list(store.rows(connection, project, record))
        if is_gone:
            store.remove(connection, project, [record])
        else:
            store.stamp(connection, project, record, self._call.now.strftime(STAMP))
        if is_gone and self._call.parameters.flag("delete_logging"):
            log.forget(connection, project, record)
        self._log(connection, record, "delete" if is_gone else "update")

    def _is_whole(self) -> bool:
        return not (self._arm or self._event or self._form or self._instance)

    def _is_meant(self, key: store.RowKey) -> bool:
        is_form_shown = self._form in self._definition.live_forms(
            key.event, key.instrument, key.instance
        )
        return (
            self._arm in {"", self._arm_of.get(key.event)}
            and self._event in {"", key.event}
            and (not self._form or is_form_shown)
            and self._instance in {"", str(key.instance)}
        )

    def _cut(
        self, connection: sqlite3.Connection, key: store.RowKey, cells: dict[str, str]
    ) -> None:
        project = self._call.project.id
        if key.instrument or not self._form:
            store.remove_row(connection, project, key)
            return
        kept = {name: cell for name, cell in cells.items() if not self._is_of_form(name)}
        for file in stored_files.files(connection, project, key.record):
            if file.key == key and self._is_of_form(file.field):
                stored_files.remove_file(connection, project, key, file.field)
        for stamped, form, _ in store.survey_stamps(connection, project, key.record):
            if (stamped, form) == (key, self._form):
                store.put_survey_stamp(connection, project, key, form, "")
        store.put_row(connection, project, key, kept)

    def _is_of_form(self, column: str) -> bool:
        return self._form_of.get(column) == self._form

    def _log(self, connection: sqlite3.Connection, record: str, verb: str) -> None:
        parts = {"arm": self._arm, "event": self._event, "instrument": self._form}
        parts |= {"repeat_instance": self._instance}
        told = [f"{name} = '{part}'" for name, part in parts.items() if part]
        log.write(
            connection,
            self._call.project.id,
            at=self._call.now.strftime(STAMP),
            user=self._call.rights.user,
            action=log.action(self._call.settings, verb, record),
            details=", ".join([f"{self._definition.record_id} = '{record}'", *told]),
            record=record,
        )
