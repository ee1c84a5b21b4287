"""Changes of a project's definition over the API: dictionary, designations, repeats, properties.

What these changes strand (a form that is gone, an event) stays stored and is no longer shown, as
in REDCap.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.definition import API_KEYS, Event, ProjectDefinition
from omics_orchestrator.demo.redcap.received import ReceivedRow, received_rows
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_DAY = re.compile(r"(\d\d)[-/](\d\d)[-/](\d{4})")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELD_TYPES = {
    "text",
    "notes",
    "calc",
    "dropdown",
    "radio",
    "checkbox",
    "yesno",
    "truefalse",
    "file",
    "slider",
    "descriptive",
    "sql",
}
_PROPERTY_OF_TITLE = "project_title"
_OWN_PROPERTIES = {_PROPERTY_OF_TITLE, "is_longitudinal", "surveys_enabled", "missing_data_codes"}


def import_metadata(connection: sqlite3.Connection, call: Call) -> int:
    """Put another dictionary in place of the project's; returns its number of fields."""
    definition = call.project.definition
    if definition.properties.get("in_production"):
        raise RefusedError("The data dictionary of a project in production cannot be replaced")
    date_format = call.parameters.choice("dateFormat", "YMD", "MDY", "DMY")
    entries = tuple(_entry(row, date_format) for row in received_rows(call.parameters))
    _refuse_bad_entries(entries)
    forms = {entry["form_name"] for entry in entries}
    changed = replace(
        definition,
        dictionary=entries,
        designations=tuple(pair for pair in definition.designations if pair[1] in forms),
        repeating=tuple(pair for pair in definition.repeating if pair[1] in {"", *forms}),
    )
    put(connection, call, changed)
    return len(entries)


def import_designations(connection: sqlite3.Connection, call: Call) -> int:
    """Put another mapping of forms to events in place of the project's."""
    rows = _rows_of_longitudinal(call, "form/event mappings")
    pairs = tuple((row.get("unique_event_name", ""), row.get("form", "")) for row in rows)
    put(connection, call, replace(call.project.definition, designations=pairs))
    return len(pairs)


def import_repeating(connection: sqlite3.Connection, call: Call) -> int:
    """Put other repeating forms and events in place of the project's."""
    rows = received_rows(call.parameters)
    places = [(row.get("event_name", ""), row.get("form_name", "")) for row in rows]
    labels = tuple(
        (*place, row["custom_form_label"])
        for place, row in zip(places, rows, strict=True)
        if row.get("custom_form_label")
    )
    changed = replace(
        call.project.definition, repeating=tuple(dict.fromkeys(places)), repeat_labels=labels
    )
    put(connection, call, changed)
    return len(rows)


def import_properties(connection: sqlite3.Connection, call: Call) -> int:
    """Change the properties that were sent; returns how many."""
    (row,) = received_rows(call.parameters) or [{}]
    definition = call.project.definition
    if _PROPERTY_OF_TITLE in row:
        definition = replace(definition, title=row[_PROPERTY_OF_TITLE])
    is_longitudinal = row.get("is_longitudinal", str(int(definition.is_longitudinal))) == "1"
    if is_longitudinal and not definition.is_longitudinal:
        definition = _with_first_event(connection, call, definition)
    elif definition.is_longitudinal and not is_longitudinal:
        raise RefusedError("A longitudinal project cannot be made a classic one over the API")
    others = {key: value for key, value in row.items() if key not in _OWN_PROPERTIES}
    put(connection, call, replace(definition, properties={**definition.properties, **others}))
    return len(row)


def put(connection: sqlite3.Connection, call: Call, definition: ProjectDefinition) -> None:
    """Store a changed definition, or refuse it with all that does not fit together."""
    problems = definition.problems()
    if problems:
        raise RefusedError("; ".join(problems))
    store.put_definition(connection, call.project.id, definition)


def _rows_of_longitudinal(call: Call, what: str) -> list[ReceivedRow]:
    if not call.project.definition.is_longitudinal:
        raise RefusedError(f"You cannot import {what} for classic projects")
    return received_rows(call.parameters)


def _entry(row: ReceivedRow, date_format: str) -> dict[str, str]:
    """Give a row the dictionary's keys, and the limits of dates as they are kept."""
    entry = {key: row.get(key, "") for key in API_KEYS}
    if date_format != "YMD":
        year_first = r"\3-\1-\2" if date_format == "MDY" else r"\3-\2-\1"
        for key in ("text_validation_min", "text_validation_max"):
            entry[key] = _DAY.sub(year_first, entry[key])
    return entry


def _refuse_bad_entries(entries: Iterable[ReceivedRow]) -> None:
    names = Counter(entry["field_name"] for entry in entries)
    forms = {entry["form_name"] for entry in entries}
    bad = [name for name in (*names, *forms) if not _NAME.fullmatch(name)]
    refuse_unknown("data", bad)
    refuse_unknown("data", [name for name, number in names.items() if number > 1])
    types = {entry["field_type"] for entry in entries}
    refuse_unknown("data", sorted(types - _FIELD_TYPES))


def _with_first_event(
    connection: sqlite3.Connection, call: Call, definition: ProjectDefinition
) -> ProjectDefinition:
    """Give a classic project the event that REDCap keeps hidden in it."""
    changed = replace(definition, events=(Event("Event 1"),))
    (name,) = changed.event_names
    store.rename_event(connection, call.project.id, "", name)
    return replace(
        changed,
        designations=tuple((name, form) for form in definition.forms),
        repeating=tuple((name, form) for _, form in definition.repeating),
        repeat_labels=tuple((name, form, label) for _, form, label in definition.repeat_labels),
    )
