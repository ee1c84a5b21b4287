"""Changes of a longitudinal project's arms and events over the API.

An event's unique name follows from its label and arm; where a change renames an event, all that
is stored under its old name moves along.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.definition import Event, ProjectDefinition
from omics_orchestrator.demo.redcap.definition_changes import put
from omics_orchestrator.demo.redcap.received import ReceivedRow, received_rows
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_Named = list[tuple[str, Event]]


def import_arms(connection: sqlite3.Connection, call: Call) -> int:
    """Add or rename arms; with `override` those not sent are deleted with their events."""
    _refuse_classic(call, "import arms")
    names = {_arm(row): row.get("name", "") for row in received_rows(call.parameters)}
    kept = [
        (unique, replace(event, arm_name=names.get(event.arm, event.arm_name)))
        for unique, event in _named(call.project.definition)
        if event.arm in names or not call.parameters.flag("override")
    ]
    _put_empty_arms(connection, call, names)
    _put_events(connection, call, kept)
    return len(names)


def delete_arms(connection: sqlite3.Connection, call: Call) -> int:
    """Delete arms with their events."""
    _refuse_classic(call, "delete arms")
    arms = call.parameters.array("arms")
    known = {str(event.arm) for event in call.project.definition.events}
    known |= {str(arm) for arm in _empty_arms(connection, call)}
    refuse_unknown("arms", [arm for arm in arms if arm not in known])
    connection.executemany(
        "DELETE FROM empty_arm WHERE project = ? AND number = ?",
        ((call.project.id, int(arm)) for arm in arms),
    )
    named = _named(call.project.definition)
    _put_events(connection, call, [pair for pair in named if str(pair[1].arm) not in arms])
    return len(arms)


def import_events(connection: sqlite3.Connection, call: Call) -> int:
    """Add events, and change those whose unique name is sent."""
    _refuse_classic(call, "import events")
    rows = received_rows(call.parameters)
    named: dict[str, Event] = dict(_named(call.project.definition))
    refuse_unknown("unique_event_name", [name for name in _sent_names(rows) if name not in named])
    arm_names = _empty_arms(connection, call)
    arm_names |= {event.arm: event.arm_name for event in named.values()}
    if call.parameters.flag("override"):
        named = {name: named[name] for name in named if name in _sent_names(rows)}
    added: _Named = []
    for row in rows:
        name, arm = row.get("unique_event_name", ""), _arm(row)
        before = named.get(name, Event("", arm, arm_names.get(arm, f"Arm {arm}")))
        event = _changed(before, row)
        if not event.label:
            raise RefusedError("Each event needs an event_name")
        if name:
            named[name] = event
        else:
            added.append(("", event))
    _put_events(connection, call, [*named.items(), *added])
    return len(rows)


def delete_events(connection: sqlite3.Connection, call: Call) -> int:
    """Delete events; what is stored at them is no longer shown."""
    _refuse_classic(call, "delete events")
    names = call.parameters.array("events")
    named = _named(call.project.definition)
    known = [name for name, _ in named]
    refuse_unknown("events", [name for name in names if name not in known])
    _put_events(connection, call, [pair for pair in named if pair[0] not in names])
    return len(names)


def _refuse_classic(call: Call, what: str) -> None:
    if not call.project.definition.is_longitudinal:
        raise RefusedError(f"You cannot {what} for classic projects")


def _named(definition: ProjectDefinition) -> _Named:
    return list(zip(definition.event_names, definition.events, strict=True))


def _arm(row: ReceivedRow) -> int:
    number = row.get("arm_num") or "1"
    if not number.isdecimal():
        raise RefusedError("The value of arm_num is not a whole number")
    return int(number)


def _sent_names(rows: Sequence[ReceivedRow]) -> list[str]:
    return [row["unique_event_name"] for row in rows if row.get("unique_event_name")]


def _changed(event: Event, row: ReceivedRow) -> Event:
    return replace(
        event,
        label=row.get("event_name") or event.label,
        custom_label=row.get("custom_event_label", event.custom_label),
        day_offset=row.get("day_offset") or event.day_offset,
        offset_min=row.get("offset_min") or event.offset_min,
        offset_max=row.get("offset_max") or event.offset_max,
    )


def _empty_arms(connection: sqlite3.Connection, call: Call) -> dict[int, str]:
    found = connection.execute(
        "SELECT number, name FROM empty_arm WHERE project = ?", (call.project.id,)
    )
    return dict(found)


def _put_empty_arms(connection: sqlite3.Connection, call: Call, names: Mapping[int, str]) -> None:
    # An arm without an event is not told by the API, but its name waits for its first event.
    connection.executemany(
        "INSERT OR REPLACE INTO empty_arm VALUES (?, ?, ?)",
        ((call.project.id, number, name) for number, name in names.items()),
    )


def _put_events(connection: sqlite3.Connection, call: Call, named: _Named) -> None:
    """Store the events in the order of their arms, and move what stands under an old name."""
    if not named:
        raise RefusedError("A longitudinal project keeps at least one event")
    in_order = sorted(named, key=lambda pair: pair[1].arm)
    before = call.project.definition
    events = replace(before, events=tuple(event for _, event in in_order))
    new = {old: name for (old, _), name in zip(in_order, events.event_names, strict=True) if old}
    added = [name for name in events.event_names if name not in new.values()]
    moved = replace(
        events,
        designations=_designations(before, new, added),
        repeating=tuple((new[e], form) for e, form in before.repeating if e in new),
        repeat_labels=tuple(
            (new[e], form, label) for e, form, label in before.repeat_labels if e in new
        ),
    )
    put(connection, call, moved)
    moves = [(old, name) for old, name in new.items() if old != name]
    # By way of a name no event can have: one event's new name may be another's old one.
    for old, name in [(old, f"({name})") for old, name in moves] + [
        (f"({name})", name) for _, name in moves
    ]:
        store.rename_event(connection, call.project.id, old, name)


def _designations(
    before: ProjectDefinition, new: Mapping[str, str], added: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    if not before.designations:
        return ()
    kept = tuple((new[event], form) for event, form in before.designations if event in new)
    # No designation at all would mean every form at every event.
    return kept or tuple((event, form) for event in added for form in before.forms)
