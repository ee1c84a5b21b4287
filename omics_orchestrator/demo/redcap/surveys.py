"""Survey links and codes, and who was asked to a survey.

Links and codes follow from the place of the response alone, so nothing about them is stored.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.request import RefusedError

_LINK_LENGTH, _ACCESS_LENGTH, _RETURN_LENGTH = 16, 9, 8
_LETTERS = "ABCDEFGHJKLMNPRTWXY34789"
_NOT_COMPLETED = "[not completed]"
_NONE, _PARTIAL, _COMPLETE = 0, 1, 2


class _Response(NamedTuple):
    record: str
    form: str
    event: str
    instance: str


class _Invitation(NamedTuple):
    email: str
    identifier: str
    record: str
    send_time: str
    is_sent: int


def invite(
    connection: sqlite3.Connection,
    project: int,
    form: str,
    email: str,
    *,
    event: str = "",
    identifier: str = "",
    record: str = "",
    sent_at: str = "",
) -> None:
    """Put somebody on a survey's list of participants.

    Args:
        connection: in a writing transaction.
        project: the project's id.
        form: the survey.
        email: whom to ask.
        event: unique name of the survey's event, "" in a classic project.
        identifier: how the list names them.
        record: whose response it will be, if that is known.
        sent_at: `YYYY-MM-DD HH:MM:SS` of the invitation, "" if none was sent.
    """
    connection.execute(
        "INSERT INTO invitation VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (project, form, event, email, identifier, record, sent_at, bool(sent_at)),
    )


def link(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give the address of one response."""
    return Reply.text(_address(call, _response(connection, call)))


def queue_link(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give the address of a record's survey queue."""
    response = _Response(_record(connection, call), "", "", "")
    code = _code(call, "queue", response, _LINK_LENGTH)
    return Reply.text(f"{call.base_url}surveys/?sq={code}")


def access_code(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give the code that opens one response without its address."""
    return Reply.text(_code(call, "access", _response(connection, call), _ACCESS_LENGTH))


def return_code(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give the code that opens one response again."""
    return Reply.text(_code(call, "return", _response(connection, call), _RETURN_LENGTH))


def participants(connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell who was invited to a survey at an event, and each record's response to it."""
    form, event = _form(call), _event(call)
    stamps = {
        key.record: stamp
        for key, of_form, stamp in store.survey_stamps(connection, call.project.id)
        if (of_form, key.event) == (form, event)
    }
    occurrences: Counter[str] = Counter()
    for invitation in _invitations(connection, call, form, event):
        occurrences[invitation.email] += 1
        response = _Response(invitation.record, form, event, "1")
        yield {
            "email": invitation.email,
            "email_occurrence": occurrences[invitation.email] if invitation.email else 1,
            "identifier": invitation.identifier,
            "record": invitation.record,
            "invitation_sent_status": invitation.is_sent,
            "invitation_send_time": invitation.send_time,
            "response_status": _status(stamps.get(invitation.record, "")),
            "survey_access_code": _code(call, "access", response, _ACCESS_LENGTH),
            "survey_link": _address(call, response),
        }


def _invitations(
    connection: sqlite3.Connection, call: Call, form: str, event: str
) -> list[_Invitation]:
    found = connection.execute(
        "SELECT email, identifier, record, send_time, is_sent FROM invitation"
        " WHERE project = ? AND form = ? AND event = ? ORDER BY rowid",
        (call.project.id, form, event),
    )
    invited = [_Invitation(*row) for row in found]
    known = {invitation.record for invitation in invited}
    names = store.records(connection, call.project.id, group=call.rights.group)
    return invited + [_Invitation("", "", name, "", 0) for name in names if name not in known]


def _status(stamp: str) -> int:
    if not stamp:
        return _NONE
    return _PARTIAL if stamp == _NOT_COMPLETED else _COMPLETE


def _address(call: Call, response: _Response) -> str:
    return f"{call.base_url}surveys/?s={_code(call, 'link', response, _LINK_LENGTH)}"


def _code(call: Call, purpose: str, response: _Response, length: int) -> str:
    """Derive a code of letters and digits that are not taken for one another."""
    place = "\0".join((purpose, str(call.project.id), call.project.created, *response))
    digest = hashlib.sha256(place.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:length])


def _response(connection: sqlite3.Connection, call: Call) -> _Response:
    instance = call.parameters.text("repeat_instance") or "1"
    return _Response(_record(connection, call), _form(call), _event(call), instance)


def _record(connection: sqlite3.Connection, call: Call) -> str:
    record = call.parameters.text("record")
    if record not in store.records(connection, call.project.id, group=call.rights.group):
        raise RefusedError("The record does not exist in the project")
    return record


def _form(call: Call) -> str:
    form = call.parameters.text("instrument")
    if form not in call.project.definition.surveys:
        raise RefusedError('The value of the parameter "instrument" is not a survey of the project')
    return form


def _event(call: Call) -> str:
    event = call.parameters.text("event")
    if event not in call.project.definition.event_names:
        raise RefusedError('The value of the parameter "event" is not an event of the project')
    return event
