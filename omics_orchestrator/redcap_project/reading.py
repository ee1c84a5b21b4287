"""How each export column of an instrument is read: a variable and a rule of our own dictionary.

Types follow from the project's dictionary alone. REDCap's limits of numbers and dates are not part
of it: they warn the person who types and let the value stand, so they make no value wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from omics_orchestrator.dictionary.model import Type, Variable
from omics_orchestrator.dictionary.rules import CheckboxRule, FieldRule
from omics_orchestrator.dictionary.types import KINDS
from omics_orchestrator.redcap_project.description import EVENT, GROUP, INSTANCE, Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import plain, reason
from omics_orchestrator.redcap_project.names import column_name

_NOT_COMPLETED = {"[not completed]": "not_completed"}
_TYPES: Mapping[str, Type] = {
    "calc": "number",
    "slider": "integer",
    "yesno": "boolean",
    "truefalse": "boolean",
    "radio": "category",
    "dropdown": "category",
    "status": "category",
}
_VALIDATED: Mapping[str, Type] = {
    "datetime": "datetime",
    "date": "date",
    "integer": "integer",
    "number": "number",
}


@dataclass(frozen=True)
class Reading:
    """How one export column becomes a column of ours.

    Attributes:
        variable: the column: name, type, and its label as people read it.
        rule: how its text is read.
        codes: code → label where only these values may stand in it.
    """

    variable: Variable
    rule: FieldRule | CheckboxRule
    codes: Mapping[str, str] | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The column's type."""
        return KINDS[self.variable.type].dtype


def key(description: Description, form: str) -> tuple[str, ...]:
    """The export columns that say which row of an instrument this is."""
    events = (EVENT,) if description.is_longitudinal else ()
    instances = (INSTANCE,) if description.repeats(form) else ()
    return (description.record_id, *events, *instances)


def readings(description: Description, form: str) -> dict[str, Reading]:
    """Map each export column that an instrument may have to its reading, the key's first."""
    stamp = f"{form}_timestamp"
    found = {
        **_of_key(description, form),
        GROUP: _of_column(GROUP, "string", "Data access group"),
        stamp: _of_column(stamp, "datetime", "Survey completed", missing=_NOT_COMPLETED),
    }
    own = (field for field in description.fields[1:] if field.form == form)
    for field in (*own, Field.status_of(form)):
        found.update(_of_options(field) if field.kind == "checkbox" else _of_field(field))
    return found


def missing_reasons(codes: Mapping[str, str]) -> dict[str, str]:
    """Name the reason that each missing data code stands for."""
    return {code: reason(code, label) for code, label in codes.items()}


def _of_key(description: Description, form: str) -> dict[str, Reading]:
    record = description.fields[0]
    there = [event for event, at in description.designations if at == form]
    events = dict.fromkeys(there if description.designations else description.events, "")
    found = {
        record.name: _of_column(record.name, "string", plain(record.label)),
        # A row of an event that the form is not designated to loses its key, and is quarantined.
        EVENT: _of_column(EVENT, "category", "Event", codes=events),
        INSTANCE: _of_column(INSTANCE, "integer", "Repeat instance; 0 where the form stands once"),
    }
    return {name: found[name] for name in key(description, form)}


def _of_field(field: Field) -> dict[str, Reading]:
    if field.kind == "descriptive":
        return {}
    decimal: Literal[".", ","] = "," if field.validation.endswith("comma_decimal") else "."
    chosen = field.choices if _type(field) == "category" else None
    missing = missing_reasons(field.missing_codes or {})
    label = plain(field.label) or ("Status of the form" if field.kind == "status" else "")
    return {
        field.name: _of_column(
            field.name, _type(field), label, codes=chosen, decimal=decimal, missing=missing
        )
    }


def _of_options(field: Field) -> dict[str, Reading]:
    """Read each option but those that are missing data codes: ticked, they speak for the field."""
    if field.shares_a_column:
        return {}
    missing = missing_reasons(field.missing_codes or {})
    own = {code: label for code, label in (field.choices or {}).items() if code not in missing}
    return {
        field.options[code]: Reading(
            _variable(field.options[code], "boolean", f"{plain(field.label)}: {plain(label)}"),
            CheckboxRule(checkbox=field.name, option=code, missing=missing),
        )
        for code, label in own.items()
    }


def _of_column(
    name: str,
    kind: Type,
    label: str,
    *,
    codes: Mapping[str, str] | None = None,
    decimal: Literal[".", ","] = ".",
    missing: Mapping[str, str] | None = None,
) -> Reading:
    rule = FieldRule(field=name, decimal=decimal, missing=missing or {})
    return Reading(_variable(name, kind, label), rule, codes)


def _variable(column: str, kind: Type, label: str) -> Variable:
    """A variable whose codes, if any, are a value set of its own name (see `engine`)."""
    name = column_name(column)
    codes = name if kind == "category" else None
    return Variable.model_construct(variable=name, label=label, table="", type=kind, codes=codes)


def _type(field: Field) -> Type:
    if field.kind != "text":
        return _TYPES.get(field.kind, "string")
    fits = (kind for start, kind in _VALIDATED.items() if field.validation.startswith(start))
    return next(fits, "string")
