"""GI-DAMPs as a REDCap project: its data dictionary, its repeating forms, its missing data code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omics_orchestrator.demo.redcap.columns import choices
from omics_orchestrator.demo.redcap.definition import ProjectDefinition, read_dictionary

DICTIONARY = Path(__file__).with_name("dictionary.csv")
RECORD_ID = "study_id"
MISSING_CODE = "-1000"


@dataclass(frozen=True)
class Field:
    """What the generator knows of a field; `codes` is empty unless it offers choices."""

    name: str
    form: str
    kind: str
    note: str
    validation: str
    codes: tuple[str, ...]
    is_identifier: bool


@cache
def project_definition() -> ProjectDefinition:
    """Describe the project as the local REDCap server wants it."""
    return ProjectDefinition(
        title="GI-DAMPs (synthetic)",
        dictionary=read_dictionary(DICTIONARY),
        repeating=(("", "sampling"), ("", "cucq32")),
        missing_data_codes={MISSING_CODE: "missing"},
    )


@cache
def fields() -> tuple[Field, ...]:
    """List every field, in the dictionary's order."""
    return tuple(_field(entry) for entry in project_definition().dictionary)


def _field(entry: Mapping[str, str]) -> Field:
    kind = entry["field_type"]
    offered = entry["select_choices_or_calculations"]
    return Field(
        name=entry["field_name"],
        form=entry["form_name"],
        kind=kind,
        note=entry["field_note"],
        validation=entry["text_validation_type_or_show_slider_number"],
        codes=tuple(choices(offered)) if kind in ("radio", "checkbox") else (),
        is_identifier=entry["identifier"] == "y",
    )
