"""What the dictionary calls a code or a column, and which columns hold decimals."""

import re
from collections.abc import Mapping
from functools import cached_property

from omics_orchestrator.demo.redcap.columns import Column, choices
from omics_orchestrator.demo.redcap.definition import ProjectDefinition

_STATUSES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_YES_NO = {"1": "Yes", "0": "No"}
_TRUE_FALSE = {"1": "True", "0": "False"}
_TICKED = {"1": "Checked", "0": "Unchecked"}
_KEY_HEADERS = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
_NUMBER = re.compile(r"(-?[0-9]*)[.,]([0-9]+)")


class Labels:
    """The labels of a project's dictionary."""

    def __init__(self, definition: ProjectDefinition) -> None:
        self._definition = definition
        self._entries = {entry["field_name"]: entry for entry in definition.dictionary}

    @cached_property
    def events(self) -> Mapping[str, str]:
        """Unique event name → label; two events may have the same."""
        labels = (event.label for event in self._definition.events)
        return dict(zip(self._definition.event_names, labels, strict=False))

    def of_codes(self, column: Column, *, names_options: bool = False) -> Mapping[str, str]:
        """Give raw value → label of a column.

        Args:
            column: of the flat export.
            names_options: a ticked checkbox shows its option and an unticked one nothing.
        """
        match column.kind:
            case "status":
                return _STATUSES
            case "checkbox" if names_options:
                return {"1": self.options(column.field)[column.code], "0": ""}
            case "checkbox":
                return _TICKED
            case "timestamp":
                return {}
            case _:
                return self.options(column.field)

    def options(self, field: str) -> Mapping[str, str]:
        """Give code → label of a field, with the missing data codes that may stand in it."""
        entry = self._entries[field]
        missing = self._definition.missing_data_codes
        match entry["field_type"]:
            case "yesno":
                return {**_YES_NO, **missing}
            case "truefalse":
                return {**_TRUE_FALSE, **missing}
            case "radio" | "dropdown" | "checkbox":
                return {**choices(entry["select_choices_or_calculations"]), **missing}
            case _:
                return missing

    def header(self, name: str, column: Column | None) -> str:
        """Give the label of a column; it need not be the only one with it."""
        if column is None:
            return _KEY_HEADERS.get(name) or self._entries[name]["field_label"]
        match column.kind:
            case "status":
                return "Complete?"
            case "timestamp":
                return "Survey Timestamp"
            case "checkbox":
                option = self.options(column.field)[column.code]
                return f"{self._entries[column.field]['field_label']} (choice={option})"
            case _:
                return self._entries[column.field]["field_label"]

    def is_decimal(self, column: Column) -> bool:
        """Tell whether a decimal character may stand in a column."""
        entry = self._entries.get(column.field, {})
        validation = entry.get("text_validation_type_or_show_slider_number", "")
        return column.kind == "calc" or (column.kind == "text" and validation.startswith("number"))


def with_decimal(character: str, cell: str) -> str:
    """Write a number with another decimal character; what is no number stays."""
    number = _NUMBER.fullmatch(cell)
    return f"{number[1]}{character}{number[2]}" if number else cell
