"""What a REDCap project says of its fields, and which of them are not asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from omics_orchestrator.dictionary.model import RedcapSource
from omics_orchestrator.dictionary.rules import checkbox_column
from omics_orchestrator.errors import SourceError

KEYS = (
    "field_name",
    "form_name",
    "field_type",
    "select_choices_or_calculations",
    "text_validation_type_or_show_slider_number",
    "identifier",
)
_NO_VALUES = frozenset({"descriptive", "file"})
# Any other validation (e-mail, phone, postcode, health number …) lets text through that tells who.
_MEASURED = ("date", "time", "number", "integer")


@dataclass(frozen=True)
class Field:
    """One line of the project's dictionary, as far as reading needs it.

    `columns` are those of the flat export: a checkbox field has one an option.
    """

    name: str
    form: str
    kind: str
    columns: tuple[str, ...]
    is_identifier: bool
    is_free_text: bool

    @classmethod
    def of(cls, line: Mapping[str, str]) -> Self:
        """Read a line of the metadata."""
        name, kind = line["field_name"], line["field_type"]
        validation = line["text_validation_type_or_show_slider_number"]
        options = _codes(line["select_choices_or_calculations"])
        boxes = tuple(checkbox_column(name, code) for code in options)
        return cls(
            name=name,
            form=line["form_name"],
            kind=kind,
            columns=boxes if kind == "checkbox" else (name,),
            is_identifier=line["identifier"].strip().lower() == "y",
            is_free_text=kind in ("notes", "sql")
            or (kind == "text" and not validation.startswith(_MEASURED)),
        )

    @classmethod
    def status_of(cls, form: str) -> Self:
        """The status of a form, which REDCap keeps as one more field."""
        name = f"{form}_complete"
        return cls(name, form, "status", (name,), is_identifier=False, is_free_text=False)

    @property
    def shares_a_column(self) -> bool:
        """Tell whether two options have one export column, as codes `A` and `a` do."""
        return len(set(self.columns)) < len(self.columns)


def _codes(choices: str) -> list[str]:
    """The codes of a choice string: what stands before the first comma of each part."""
    codes = (part.partition(",")[0].strip() for part in choices.split("|"))
    return [code for code in codes if code]


def refuse_other_project(
    source: RedcapSource, fields: Sequence[Field], place: dict[str, str]
) -> None:
    """Refuse a project that is not the one the study file describes.

    A listed identifier that the project lacks may have been renamed there, and would be read.
    """
    forms, names = {field.form for field in fields}, {field.name for field in fields}
    for what, absent in {
        "instrument": sorted(set(source.instruments) - forms),
        "identifier field": sorted(set(source.identifiers) - names),
    }.items():
        if absent:
            raise SourceError(
                f"the project has no {what} {', '.join(absent)}",
                mend="correct the study file, or the token: it may be another project's.",
                **place,
            )
    record = fields[0]
    if record.is_identifier or record.name in source.identifiers:
        raise SourceError(
            f"the record id {record.name} is marked as an identifier",
            mend="give the records study numbers as names, then unmark the field in REDCap.",
            **place,
        )


def withheld_fields(
    source: RedcapSource, fields: Sequence[Field], released: frozenset[str]
) -> dict[str, str]:
    """The fields that are not asked for, each with its rule. The record id must come."""
    rules: dict[str, Callable[[Field], bool]] = {
        "identifier": lambda field: field.is_identifier or field.name in source.identifiers,
        "no value of its own": lambda field: field.kind in _NO_VALUES,
        "free text, not released": lambda f: f.is_free_text and f.name not in released,
        "two of its options share one export column": lambda field: field.shares_a_column,
    }
    return {
        field.name: rule
        for field in fields[1:]
        if field.form in source.instruments
        for rule in [next((name for name, holds in rules.items() if holds(field)), None)]
        if rule is not None
    }
