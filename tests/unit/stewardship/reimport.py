"""The dictionary read back from its exports, by the tools of those formats: what they still know."""

import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import frictionless
from linkml_runtime.utils.schemaview import SchemaView

from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.project_files import describe

Known = tuple[dict[str, Variable], dict[str, dict[str, str]]]
"""Variables and value sets, by name."""


def from_redcap(text: str) -> Known:
    """As our reader of REDCap's own file sees a project."""
    project = describe("export", text, None)
    lines = {line["field_name"]: line for line in project.dictionary}
    variables, sets = {}, dict[str, dict[str, str]]()
    for field in project.fields:
        line = lines[field.name]
        said = json.loads(line["field_annotation"])
        limits = {
            "minimum": line["text_validation_min"],
            "maximum": line["text_validation_max"],
        }
        variables[field.name] = Variable(
            variable=field.name,
            label=field.label,
            table=field.form,
            description=line["field_note"] or None,
            **{name: float(limit) for name, limit in limits.items() if limit},
            **said,
        )
        if "codes" in said:
            sets[said["codes"]] = dict(field.choices or {})
    return variables, sets


def identifiers_in(text: str) -> set[str]:
    """The fields that REDCap would hold back."""
    return {field.name for field in _fields(text) if field.is_identifier}


def _fields(text: str) -> Iterator[Field]:
    yield from describe("export", text, None).fields


def from_frictionless(files: Mapping[str, str]) -> Known:
    """As Frictionless sees the fields of all schemas."""
    variables, sets = {}, dict[str, dict[str, str]]()
    for text in files.values():
        for field in frictionless.Schema.from_descriptor(json.loads(text)).fields:
            if "dictionary" in field.custom:
                variables[field.name] = Variable(**field.custom["dictionary"])
                if field.custom["dictionary"].get("codes"):
                    codes = dict.fromkeys(field.constraints["enum"], "")
                    sets[field.custom["dictionary"]["codes"]] = codes
    return variables, sets


def from_linkml(text: str) -> Known:
    """As LinkML's own view of a schema tells it."""
    view = SchemaView(text)
    variables = {}
    for name, slot in view.all_slots(attributes=False).items():
        own = {str(tag): str(slot.annotations[tag].value) for tag in slot.annotations}
        if own:
            variables[str(name)] = Variable(
                variable=str(name),
                label=slot.title,
                description=slot.description,
                unit=slot.unit.ucum_code if slot.unit else None,
                codes=slot.range if slot.range in view.all_enums() else None,
                minimum=slot.minimum_value,
                maximum=slot.maximum_value,
                concept=slot.exact_mappings[0] if slot.exact_mappings else None,
                **own,
            )
    sets = {
        str(name): {str(code): value.title for code, value in each.permissible_values.items()}
        for name, each in view.all_enums().items()
    }
    return variables, sets


def rows_of(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(StringIO(text)))
