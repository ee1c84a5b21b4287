"""What the API tells of a project besides its records, as rows."""

from collections.abc import Callable, Iterator, Mapping

from omics_orchestrator.demo.redcap.bodies import Row
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import API_KEYS, Event
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError, refuse_unknown
from omics_orchestrator.demo.redcap.store import StoredProject

Answer = Callable[[StoredProject, Parameters], Iterator[Row]]
_EVENT_IDS_PER_PROJECT = 1000


def _metadata(project: StoredProject, parameters: Parameters) -> Iterator[Row]:
    definition = project.definition
    fields, forms = parameters.array("fields"), parameters.array("forms")
    known = {entry["field_name"] for entry in definition.dictionary}
    refuse_unknown("fields", [field for field in fields if field not in known])
    refuse_unknown("forms", [form for form in forms if form not in definition.forms])
    is_whole = not fields and not forms
    for entry in definition.dictionary:
        if is_whole or entry["field_name"] in fields or entry["form_name"] in forms:
            yield {key: entry[key] for key in API_KEYS}


def _instruments(project: StoredProject, _parameters: Parameters) -> Iterator[Row]:
    for form in project.definition.forms:
        # The label follows from the name, as REDCap has it when a dictionary was uploaded.
        label = " ".join(map(str.capitalize, form.split("_")))
        yield {"instrument_name": form, "instrument_label": label}


def _events(project: StoredProject, parameters: Parameters) -> Iterator[Row]:
    numbers = {name: number for number, name in enumerate(project.definition.event_names, 1)}
    for name, event in _events_of_arms(project, parameters, "events"):
        yield {
            "event_name": event.label,
            "arm_num": event.arm,
            "unique_event_name": name,
            "custom_event_label": "",
            "event_id": project.id * _EVENT_IDS_PER_PROJECT + numbers[name],
        }


def _arms(project: StoredProject, parameters: Parameters) -> Iterator[Row]:
    events = _events_of_arms(project, parameters, "arms")
    arms = {event.arm: event.arm_name for _, event in events}
    return ({"arm_num": arm, "name": name} for arm, name in arms.items())


def _form_event_mapping(project: StoredProject, parameters: Parameters) -> Iterator[Row]:
    for name, event in _events_of_arms(project, parameters, "form/event mappings"):
        for form in project.definition.designated_forms(name):
            yield {"arm_num": event.arm, "unique_event_name": name, "form": form}


def _repeating(project: StoredProject, _parameters: Parameters) -> Iterator[Row]:
    if not project.definition.repeating:
        raise RefusedError(
            "You cannot export repeating instruments and events because the project does not"
            " contain any repeating instruments and events"
        )
    for event, form in project.definition.repeating:
        row = {"event_name": event} if project.definition.is_longitudinal else {}
        yield {**row, "form_name": form, "custom_form_label": ""}


def _field_names(project: StoredProject, parameters: Parameters) -> Iterator[Row]:
    found = [column for column in columns(project.definition) if column.kind != "file"]
    asked = parameters.text("field")
    refuse_unknown("field", [asked] if asked and asked not in {c.field for c in found} else [])
    for column in found:
        if asked in {"", column.field}:
            yield {
                "original_field_name": column.field,
                "choice_value": column.code,
                "export_field_name": column.name,
            }


def _project(project: StoredProject, _parameters: Parameters) -> Iterator[Row]:
    definition = project.definition
    missing = (f"{code}, {label}" for code, label in definition.missing_data_codes.items())
    yield {
        "project_id": project.id,
        "project_title": definition.title,
        "creation_time": project.created,
        "production_time": "",
        "in_production": 0,
        "project_language": "English",
        "purpose": 0,
        "purpose_other": "",
        "project_notes": "",
        "custom_record_label": "",
        "secondary_unique_field": "",
        "is_longitudinal": int(definition.is_longitudinal),
        "has_repeating_instruments_or_events": int(bool(definition.repeating)),
        "surveys_enabled": 0,
        "scheduling_enabled": 0,
        "record_autonumbering_enabled": 0,
        "randomization_enabled": 0,
        "ddp_enabled": 0,
        "project_irb_number": "",
        "project_grant_number": "",
        "project_pi_firstname": "",
        "project_pi_lastname": "",
        "display_today_now_button": 1,
        "missing_data_codes": " | ".join(missing),
        "external_modules": "",
        "bypass_branching_erase_field_prompt": 0,
    }


ANSWERS: Mapping[str, Answer] = {
    "metadata": _metadata,
    "instrument": _instruments,
    "event": _events,
    "arm": _arms,
    "formEventMapping": _form_event_mapping,
    "repeatingFormsEvents": _repeating,
    "exportFieldNames": _field_names,
    "project": _project,
}


def _events_of_arms(
    project: StoredProject, parameters: Parameters, what: str
) -> list[tuple[str, Event]]:
    definition = project.definition
    if not definition.is_longitudinal:
        raise RefusedError(f"You cannot export {what} for classic projects")
    arms = parameters.array("arms")
    refuse_unknown("arms", sorted({*arms} - {str(event.arm) for event in definition.events}))
    events = zip(definition.event_names, definition.events, strict=True)
    return [(name, event) for name, event in events if not arms or str(event.arm) in arms]
