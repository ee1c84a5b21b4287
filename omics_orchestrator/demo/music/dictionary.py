"""MUSIC as a REDCap project: its data dictionary, events, repeats and missing data code.

The dictionary's own branching logic, ranges and formulas say how the study is filled in, so that
what is invented follows from what a person reads there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omics_orchestrator.demo.redcap.columns import checkbox_column, choices
from omics_orchestrator.demo.redcap.definition import Event, ProjectDefinition, read_dictionary

DICTIONARY = Path(__file__).with_name("dictionary.csv")
RECORD_ID = "study_id"
MISSING_CODE = "-1000"
EVENTS = tuple(f"timepoint_{number}_arm_1" for number in range(1, 6))
LABORATORY, SALIVA = "laboratory_tests_for_disease_activity", "saliva_sample"
ONCE_FORMS = ("patient_details", "diagnosis", "phenotyping")
REPEATING = (*((event, LABORATORY) for event in EVENTS), *((event, SALIVA) for event in EVENTS[:2]))

_NEVER_ASKED = "@HIDDEN"


@dataclass(frozen=True)
class Field:
    """What the generator knows of a field.

    Attributes:
        kind: REDCap's field type.
        note: what stands beside the field, such as its unit.
        codes: what it offers; empty unless it offers choices.
        span: the least and the largest number it takes, where it takes numbers.
        asked_when: its branching logic, "" when it is always asked.
        formula: how a calculated field is calculated.
    """

    name: str
    form: str
    kind: str
    note: str
    validation: str
    codes: tuple[str, ...]
    span: tuple[float, float] | None
    asked_when: str
    formula: str
    is_identifier: bool
    is_hidden: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in an export; a checkbox has one an option, and one for the missing code."""
        if self.kind != "checkbox":
            return (self.name,)
        return tuple(checkbox_column(self.name, code) for code in (*self.codes, MISSING_CODE))


@cache
def project_definition() -> ProjectDefinition:
    """Describe the project as the local REDCap server wants it."""
    dictionary = read_dictionary(DICTIONARY)
    forms = dict.fromkeys(entry["form_name"] for entry in dictionary)
    return ProjectDefinition(
        title="MUSIC (synthetic)",
        dictionary=dictionary,
        events=tuple(Event(f"Timepoint {number}") for number in range(1, 6)),
        designations=tuple(
            (event, form)
            for event in EVENTS
            for form in forms
            if event == EVENTS[0] or form not in ONCE_FORMS
        ),
        repeating=REPEATING,
        missing_data_codes={MISSING_CODE: "missing"},
    )


@cache
def fields() -> tuple[Field, ...]:
    """List every field, in the dictionary's order."""
    return tuple(_field(entry) for entry in project_definition().dictionary)


def _field(entry: Mapping[str, str]) -> Field:
    kind = entry["field_type"]
    offered = entry["select_choices_or_calculations"]
    least, most = entry["text_validation_min"], entry["text_validation_max"]
    codes = tuple(choices(offered)) if kind in ("radio", "checkbox") else ()
    return Field(
        name=entry["field_name"],
        form=entry["form_name"],
        kind=kind,
        note=entry["field_note"],
        validation=entry["text_validation_type_or_show_slider_number"],
        codes=("1", "0") if kind == "yesno" else codes,
        span=(float(least), float(most)) if most else None,
        asked_when=entry["branching_logic"],
        formula=offered if kind == "calc" else "",
        is_identifier=entry["identifier"] == "y",
        is_hidden=_NEVER_ASKED in entry["field_annotation"],
    )
