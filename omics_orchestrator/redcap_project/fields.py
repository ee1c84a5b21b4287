"""One line of a REDCap dictionary: what kind of field it is, and which export columns it has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from omics_orchestrator.dictionary.rules import checkbox_column

KEYS = (
    "field_name",
    "form_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
    "field_note",
    "text_validation_type_or_show_slider_number",
    "text_validation_min",
    "text_validation_max",
    "identifier",
    "branching_logic",
    "required_field",
    "custom_alignment",
    "question_number",
    "matrix_group_name",
    "matrix_ranking",
    "field_annotation",
)
"""The keys of a line, in REDCap's order."""

STATUS_CODES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_YES_NO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_CODED = frozenset({"radio", "dropdown", "checkbox"})
# Any other validation (e-mail, phone, postcode, health number …) lets text through that tells who.
_MEASURED = ("date", "time", "number", "integer")
_NO_MISSING_CODES = re.compile(r"@NOMISSING\b", re.IGNORECASE)


def choices(text: str) -> dict[str, str]:
    """Read a choice string into code → label; a part without a comma is both."""
    found = {}
    for part in filter(None, map(str.strip, text.split("|"))):
        code, comma, label = part.partition(",")
        found[code.strip()] = label.strip() if comma else code
    return found


@dataclass(frozen=True)
class Field:
    """One field of a project.

    Attributes:
        name: its name; `<form>_complete` for the status of a form.
        form: the instrument it stands on.
        kind: REDCap's field type, or `status`.
        label: what people read beside it.
        validation: REDCap's text validation, "" where there is none.
        choices: code → label, for a field that has codes.
        is_identifier: flagged as an identifier.
        missing_codes: code → label of the missing data codes that may stand in it.
    """

    name: str
    form: str
    kind: str
    label: str = ""
    validation: str = ""
    choices: Mapping[str, str] | None = None
    is_identifier: bool = False
    missing_codes: Mapping[str, str] | None = None

    @classmethod
    def of(cls, line: Mapping[str, str], missing_codes: Mapping[str, str]) -> "Field":
        """Read a line of the project's dictionary."""
        kind = line["field_type"]
        takes_codes = not _NO_MISSING_CODES.search(line["field_annotation"])
        coded = choices(line["select_choices_or_calculations"]) if kind in _CODED else None
        return cls(
            name=line["field_name"],
            form=line["form_name"],
            kind=kind,
            label=line["field_label"],
            validation=line["text_validation_type_or_show_slider_number"],
            choices=_YES_NO.get(kind, coded),
            is_identifier=line["identifier"].strip().lower() == "y",
            missing_codes=missing_codes if takes_codes else {},
        )

    @classmethod
    def status_of(cls, form: str) -> "Field":
        """The status of a form, which REDCap keeps as one more field."""
        return cls(f"{form}_complete", form, "status", choices=STATUS_CODES)

    @cached_property
    def options(self) -> dict[str, str]:
        """Code → export column of a checkbox field, its missing data codes behind its own."""
        if self.kind != "checkbox":
            return {}
        codes = dict.fromkeys([*(self.choices or ()), *(self.missing_codes or ())])
        return {code: checkbox_column(self.name, code) for code in codes}

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the flat export: a checkbox field has one an option."""
        return tuple(self.options.values()) if self.kind == "checkbox" else (self.name,)

    @property
    def shares_a_column(self) -> bool:
        """Tell whether two options have one export column, as codes `A` and `a` do."""
        return len(set(self.columns)) < len(self.columns)

    @property
    def is_free_text(self) -> bool:
        """Tell whether people may have typed anything into it, names included."""
        return self.kind in ("notes", "sql") or (
            self.kind == "text" and not self.validation.startswith(_MEASURED)
        )

    @property
    def is_signature(self) -> bool:
        """Tell whether it is the file of a signature."""
        return self.kind == "file" and self.validation == "signature"
