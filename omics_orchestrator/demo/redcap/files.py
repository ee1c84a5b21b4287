"""The API's content=file: a file of a file field fetched, put there, or taken off."""

import mimetypes
import sqlite3

from omics_orchestrator.demo.redcap import log, store, stored_files
from omics_orchestrator.demo.redcap.call import Call, Reply, Upload
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.export_rights import permitted
from omics_orchestrator.demo.redcap.imports import row_key
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.selection import STAMP
from omics_orchestrator.demo.redcap.stored_files import StoredFile


def export_file(call: Call) -> Reply:
    """Answer with the bytes of a file; its name travels in the content type.

    Raises:
        RefusedError: the field is no file field, is barred to the user, or holds no file.
    """
    call.require("api_export")
    key = _place(call)
    _refuse_barred(call)
    with store.connect(call.database) as connection:
        file = _stored(connection, call, key)
        content = stored_files.file_content(connection, file.doc_id)
    return Reply.file(Upload(file.name, file.mime, content))


def import_file(call: Call) -> Reply:
    """Put the file that came with the call on a file field, in place of the one there.

    Raises:
        RefusedError: the field is no file field, the record does not exist, or no file came.
    """
    call.require("api_import")
    key, upload = _place(call), call.upload
    if upload is None:
        raise RefusedError("No valid file was uploaded")
    mime = mimetypes.guess_type(upload.name)[0] or upload.media_type
    with store.connect(call.database, writing=True) as connection:
        _refuse_unseen(connection, call, key)
        doc_id = stored_files.put_file(
            connection,
            call.project.id,
            key,
            call.parameters.text("field"),
            name=upload.name,
            mime=mime,
            content=upload.content,
        )
        _note(connection, call, key, str(doc_id))
    return Reply.nothing(call)


def delete_file(call: Call) -> Reply:
    """Take the file off a file field.

    Raises:
        RefusedError: the field is no file field, or holds no file.
    """
    call.require("api_import")
    key = _place(call)
    with store.connect(call.database, writing=True) as connection:
        file = _stored(connection, call, key)
        stored_files.remove_file(connection, call.project.id, key, file.field)
        _note(connection, call, key, "")
    return Reply.nothing(call)


def _place(call: Call) -> store.RowKey:
    definition, parameters = call.project.definition, call.parameters
    field = parameters.text("field")
    of_field = [entry for entry in definition.dictionary if entry["field_name"] == field]
    if not of_field or of_field[0]["field_type"] != "file":
        raise RefusedError(f"The field '{field}' does not exist or is not a 'file' field")
    event, form = parameters.text("event") or definition.event_names[0], of_field[0]["form_name"]
    instrument = form if (event, form) in definition.repeating else ""
    is_repeating = instrument or (event, "") in definition.repeating
    return row_key(
        definition,
        {
            definition.record_id: parameters.text("record"),
            "redcap_event_name": event,
            "redcap_repeat_instrument": instrument,
            "redcap_repeat_instance": parameters.text("repeat_instance") if is_repeating else "",
        },
    )


def _stored(connection: sqlite3.Connection, call: Call, key: store.RowKey) -> StoredFile:
    _refuse_unseen(connection, call, key)
    field = call.parameters.text("field")
    for file in stored_files.files(connection, call.project.id, key.record):
        if (file.key, file.field) == (key, field):
            return file
    raise RefusedError("There is no file to download for this record")


def _refuse_barred(call: Call) -> None:
    found = columns(call.project.definition)
    of_field = [column for column in found if column.field == call.parameters.text("field")]
    if not permitted(call.project.definition, call.rights, of_field):
        raise RefusedError(call.settings.no_form_left)


def _refuse_unseen(connection: sqlite3.Connection, call: Call, key: store.RowKey) -> None:
    if key.record not in store.records(connection, call.project.id, group=call.rights.group):
        raise RefusedError(
            f"The record '{key.record}' does not exist. It must exist to hold a file."
        )


def _note(connection: sqlite3.Connection, call: Call, key: store.RowKey, doc_id: str) -> None:
    at = call.now.strftime(STAMP)
    store.stamp(connection, call.project.id, key.record, at)
    log.write(
        connection,
        call.project.id,
        at=at,
        user=call.rights.user,
        action=log.action(call.settings, "update", key.record),
        details=log.details({call.parameters.text("field"): doc_id}, instance=key.instance),
        record=key.record,
    )
