"""What a REDCap project is: its dictionary, events, designations, repeats and missing codes."""

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from omics_orchestrator.errors import DictionaryError

API_KEY_OF_TITLE = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Section Header": "section_header",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Field Note": "field_note",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Text Validation Min": "text_validation_min",
    "Text Validation Max": "text_validation_max",
    "Identifier?": "identifier",
    "Branching Logic (Show field only if...)": "branching_logic",
    "Required Field?": "required_field",
    "Custom Alignment": "custom_alignment",
    "Question Number (surveys only)": "question_number",
    "Matrix Group Name": "matrix_group_name",
    "Matrix Ranking?": "matrix_ranking",
    "Field Annotation": "field_annotation",
}
API_KEYS = tuple(API_KEY_OF_TITLE.values())
_SHORT_NAME_LENGTH = 18


@dataclass(frozen=True)
class Event:
    """One event of a longitudinal project; its unique name follows from its label and arm."""

    label: str
    arm: int = 1
    arm_name: str = "Arm 1"
    custom_label: str = ""
    day_offset: str = "0"
    offset_min: str = "0"
    offset_max: str = "0"


@dataclass(frozen=True)
class DataAccessGroup:
    """A group of a project's users, who see the records of their group only."""

    id: int
    name: str
    unique_name: str


def unique_event_names(events: Sequence[Event]) -> tuple[str, ...]:
    """Name each event as REDCap does: `Dose 1` of arm 2 is `dose_1_arm_2`, its twin has a `b`."""
    return _unlike(f"{_short(event.label, '[^a-z0-9 ]')}_arm_{event.arm}" for event in events)


def unique_group_names(names: Iterable[str]) -> tuple[str, ...]:
    """Name each data access group as REDCap does: `Site A` is `site_a`, its twin has a `b`."""
    return _unlike(_short(name, "[^a-z0-9 _]") for name in names)


def _short(label: str, dropped: str) -> str:
    stem = re.sub(dropped, "", label.lower()).replace(" ", "_")
    return stem[:_SHORT_NAME_LENGTH].rstrip("_")


def _unlike(names: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        twins = (name + letter for letter in ("", *"bcdefghijklmnopqrstuvwxyz"))
        found.append(next(twin for twin in twins if twin not in found))
    return tuple(found)


@dataclass(frozen=True)
class ProjectDefinition:
    """A project without its records.

    Attributes:
        dictionary: one entry a field, with the API's 18 keys; the first field is the record id.
        events: none for a classic project.
        designations: (unique event name, form); none means every form at every event.
        repeating: (unique event name, form). The event is "" in a classic project; the form is ""
            where the whole event repeats.
        missing_data_codes: code → label.
        form_labels: form → the label people read; a form that is absent is labelled by its name.
        repeat_labels: (unique event name, form, custom label of its repeats).
        surveys: form → title, for the forms that are surveys too.
        groups: the data access groups.
        properties: what content=project tells beside the above, by REDCap's key.
    """

    title: str
    dictionary: tuple[Mapping[str, str], ...]
    events: tuple[Event, ...] = ()
    designations: tuple[tuple[str, str], ...] = ()
    repeating: tuple[tuple[str, str], ...] = ()
    missing_data_codes: Mapping[str, str] = field(default_factory=dict)
    form_labels: Mapping[str, str] = field(default_factory=dict)
    repeat_labels: tuple[tuple[str, str, str], ...] = ()
    surveys: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[DataAccessGroup, ...] = ()
    properties: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def record_id(self) -> str:
        """The field that holds the record's name."""
        return self.dictionary[0]["field_name"]

    @property
    def is_longitudinal(self) -> bool:
        """Tell whether the project has events."""
        return bool(self.events)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The instruments in dictionary order."""
        return tuple(dict.fromkeys(entry["form_name"] for entry in self.dictionary))

    @cached_property
    def event_names(self) -> tuple[str, ...]:
        """The events' unique names in order; one blank name for a classic project."""
        return unique_event_names(self.events) or ("",)

    def designated_forms(self, event: str) -> tuple[str, ...]:
        """The forms that may be filled in at an event, in dictionary order."""
        if not self.designations:
            return self.forms if event in self.event_names else ()
        return tuple(form for form in self.forms if (event, form) in self.designations)

    def live_forms(self, event: str, instrument: str, instance: int) -> frozenset[str]:
        """The forms that a row of the flat export can show values of.

        Args:
            event: unique event name, "" in a classic project.
            instrument: the repeating form of the row, "" in a base or repeating-event row.
            instance: number of the repeat, 0 in a base row.
        """
        designated = frozenset(self.designated_forms(event))
        if instrument:
            return designated & {instrument}
        if instance:
            return designated
        repeating = {form for place, form in self.repeating if place == event}
        return frozenset() if "" in repeating else designated - repeating

    def problems(self) -> list[str]:
        """Say what does not fit together, each problem with its place."""
        if not self.dictionary:
            return ["dictionary: it has no field"]
        found = [
            f"field {entry['field_name']}: the key {key} is missing"
            for entry in self.dictionary
            for key in API_KEYS
            if key not in entry
        ]
        for event, form in (*self.designations, *self.repeating):
            if event not in self.event_names:
                found.append(f"event {event}: the project has no such event")
            if form and form not in self.forms:
                found.append(f"form {form}: the dictionary has no such form")
        return found


def read_dictionary(path: Path) -> tuple[Mapping[str, str], ...]:
    """Read a data dictionary CSV, with long titles or the API's keys, into the API's 18 keys.

    A byte order mark and CRLF are tolerated; a missing column is blank, a further one is left out.

    Raises:
        DictionaryError: the file has no column of field names or of form names.
    """
    # One choice string can be 297 KB, beyond what the csv module lets through by default.
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        keys = {title: API_KEY_OF_TITLE.get(title, title) for title in reader.fieldnames or ()}
        absent = {"field_name", "form_name"} - set(keys.values())
        if absent:
            raise DictionaryError([f"{path.name}: no column {key}" for key in sorted(absent)])
        rows = [{keys[title]: row[title] or "" for title in keys} for row in reader]
    return tuple({key: row.get(key, "") for key in API_KEYS} for row in rows if row["field_name"])
