"""What the API tells of a project's definition, as rows."""

import sqlite3
from collections.abc import Iterator

from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import API_KEYS, Event, ProjectDefinition
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown

_EVENT_IDS_PER_PROJECT = 1000
_PROPERTIES: dict[str, str | int] = {
    "production_time": "",
    "in_production": 0,
    "project_language": "English",
    "purpose": 0,
    "purpose_other": "",
    "project_notes": "",
    "custom_record_label": "",
    "secondary_unique_field": "",
    "is_longitudinal": 0,
    "has_repeating_instruments_or_events": 0,
    "surveys_enabled": 0,
    "scheduling_enabled": 0,
    "record_autonumbering_enabled": 0,
    "randomization_enabled": 0,
    "ddp_enabled": 0,
    "project_irb_number": "",
    "project_grant_number": "",
    "project_pi_firstname": "",
    "project_pi_lastname": "",
    "project_pi_email": "",
    "display_today_now_button": 1,
    "missing_data_codes": "",
    "external_modules": "",
    "bypass_branching_erase_field_prompt": 0,
}
_EMAIL_OF_INVESTIGATOR_SINCE = (15, 8)


def metadata(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each field of the dictionary, of all forms or of those asked for."""
    definition = call.project.definition
    fields, forms = call.parameters.array("fields"), call.parameters.array("forms")
    known = {entry["field_name"] for entry in definition.dictionary}
    refuse_unknown("fields", [field for field in fields if field not in known])
    refuse_unknown("forms", [form for form in forms if form not in definition.forms])
    is_whole = not fields and not forms
    for entry in definition.dictionary:
        if is_whole or entry["field_name"] in fields or entry["form_name"] in forms:
            yield {key: entry[key] for key in API_KEYS}


def instruments(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each form with its label."""
    for form in call.project.definition.forms:
        label = form_label(call.project.definition, form)
        yield {"instrument_name": form, "instrument_label": label}


def form_label(definition: ProjectDefinition, form: str) -> str:
    """What people read above a form."""
    # Without a label it follows from the name, as REDCap has it when a dictionary was uploaded.
    return definition.form_labels.get(form) or " ".join(map(str.capitalize, form.split("_")))


def events(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each event of the arms asked for."""
    numbers = {name: number for number, name in enumerate(call.project.definition.event_names, 1)}
    for name, event in _events_of_arms(call, "events"):
        yield {
            "event_name": event.label,
            "arm_num": event.arm,
            "unique_event_name": name,
            "custom_event_label": event.custom_label,
            "event_id": call.project.id * _EVENT_IDS_PER_PROJECT + numbers[name],
        }


def arms(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell each arm that has an event."""
    found = {event.arm: event.arm_name for _, event in _events_of_arms(call, "arms")}
    return ({"arm_num": arm, "name": found[arm]} for arm in sorted(found))


def form_event_mapping(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell which form belongs to which event."""
    for name, event in _events_of_arms(call, "form/event mappings"):
        for form in call.project.definition.designated_forms(name):
            yield {"arm_num": event.arm, "unique_event_name": name, "form": form}


def repeating(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell what repeats, with the labels of the repeats."""
    definition = call.project.definition
    if not definition.repeating:
        raise RefusedError(
            "You cannot export repeating instruments and events because the project does not"
            " contain any repeating instruments and events"
        )
    labels = {(event, form): label for event, form, label in definition.repeat_labels}
    for event, form in definition.repeating:
        row: Row = {"event_name": event} if definition.is_longitudinal else {}
        yield {**row, "form_name": form, "custom_form_label": labels.get((event, form), "")}


def field_names(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell which columns an export has for which field."""
    found = [column for column in columns(call.project.definition) if column.kind != "file"]
    asked = call.parameters.text("field")
    refuse_unknown("field", [asked] if asked and asked not in {c.field for c in found} else [])
    for column in found:
        if asked in {"", column.field}:
            yield {
                "original_field_name": column.field,
                "choice_value": column.code,
                "export_field_name": column.name,
            }


def project(_connection: sqlite3.Connection, call: Call) -> Iterator[Row]:
    """Tell the project's own properties."""
    definition = call.project.definition
    missing = (f"{code}, {label}" for code, label in definition.missing_data_codes.items())
    told: dict[str, str | int] = {
        "project_id": call.project.id,
        "project_title": definition.title,
        "creation_time": call.project.created,
        **_PROPERTIES,
        "surveys_enabled": int(bool(definition.surveys)),
    }
    told |= {key: value for key, value in definition.properties.items() if key in told}
    told |= {
        "is_longitudinal": int(definition.is_longitudinal),
        "has_repeating_instruments_or_events": int(bool(definition.repeating)),
        "missing_data_codes": " | ".join(missing),
    }
    if not call.settings.since(*_EMAIL_OF_INVESTIGATOR_SINCE):
        del told["project_pi_email"]
    yield told


def _events_of_arms(call: Call, what: str) -> list[tuple[str, Event]]:
    definition = call.project.definition
    if not definition.is_longitudinal:
        raise RefusedError(f"You cannot export {what} for classic projects")
    arms = call.parameters.array("arms")
    refuse_unknown("arms", sorted({*arms} - {str(event.arm) for event in definition.events}))
    events = zip(definition.event_names, definition.events, strict=True)
    return [(name, event) for name, event in events if not arms or str(event.arm) in arms]
