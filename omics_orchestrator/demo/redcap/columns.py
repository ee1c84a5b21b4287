"""Which columns the flat export has for a dictionary, and what an untouched cell shows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from omics_orchestrator.demo.redcap.definition import ProjectDefinition

_UNCHECKED = _INCOMPLETE = "0"


@dataclass(frozen=True)
class Column:
    """One column of the flat export.

    Attributes:
        name: the column's own name, `field___code` for a checkbox option.
        field: the field of the dictionary it belongs to.
        form: the instrument it stands on.
        kind: REDCap's field type, or `status` for a form's `_complete`.
        code: the checkbox option, "" otherwise.
        untouched: what a live cell shows when nothing is stored.
    """

    name: str
    field: str
    form: str
    kind: str
    code: str = ""
    untouched: str = ""


def choices(text: str) -> dict[str, str]:
    """Read a choice string into code → label; a part without a comma is both."""
    found = {}
    for part in filter(None, map(str.strip, text.split("|"))):
        code, comma, label = part.partition(",")
        found[code.strip()] = label.strip() if comma else code
    return found


def checkbox_column(field: str, code: str) -> str:
    """Name the column of a checkbox option: `-99` of `why` is `why____99`."""
    return f"{field}___{re.sub(r'[^a-z0-9_]', '_', code.lower())}"


def columns(definition: ProjectDefinition) -> tuple[Column, ...]:
    """List every column in export order: form by form its fields, then its status."""
    of_form: dict[str, dict[str, Column]] = {form: {} for form in definition.forms}
    for entry in definition.dictionary:
        for column in _of_field(entry, definition.missing_data_codes):
            of_form[entry["form_name"]][column.name] = column
    found: dict[str, Column] = {}
    for form, own in of_form.items():
        status = f"{form}_complete"
        found |= own | {status: Column(status, status, form, "status", untouched=_INCOMPLETE)}
    return tuple(found.values())


def _of_field(entry: Mapping[str, str], missing: Mapping[str, str]) -> list[Column]:
    field, form, kind = entry["field_name"], entry["form_name"], entry["field_type"]
    if kind == "descriptive":
        return []
    if kind != "checkbox":
        return [Column(field, field, form, kind)]
    codes = [*choices(entry["select_choices_or_calculations"]), *missing]
    return [
        Column(checkbox_column(field, code), field, form, kind, code, _UNCHECKED) for code in codes
    ]
