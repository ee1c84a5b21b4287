"""What the raw rows of a part of a table may hold, by the names that its rules use."""

from collections.abc import Mapping
from dataclasses import dataclass

from omics_orchestrator.dictionary.arrival import slot_sources
from omics_orchestrator.dictionary.tables import Part
from omics_orchestrator.redcap_project.description import EVENT, GROUP, INSTANCE, Description
from omics_orchestrator.redcap_project.fields import Field


@dataclass(frozen=True)
class RawPart:
    """One part of a table, as the project describes it.

    Attributes:
        part: the part.
        form: the instrument it is read from.
        events: the events whose rows count; `("",)` in a classic project.
        repeats: whether the form repeats at one of them.
        columns: the export columns of the form, each with its field.
        names: by the names that rules use, the fields that stand there: one of each slot.
    """

    part: Part
    form: str
    events: tuple[str, ...]
    repeats: bool
    columns: Mapping[str, Field]
    names: Mapping[str, tuple[Field, ...]]

    @classmethod
    def of(cls, part: Part, form: str, description: Description) -> "RawPart":
        """Look a part up in the description of its project."""
        events = tuple(each for each in places(description, form) if each in (part.at or (each,)))
        columns = _columns(description, form, events)
        names: dict[str, tuple[Field, ...]] = {}
        for slot in slot_sources(part, columns):
            for name, column in slot.items():
                names[name] = (*names.get(name, ()), columns[column])
        if part.slots is not None:
            names[part.slots.number] = (_counted(part.slots.number, form),)
        return cls(part, form, events, _repeats(description, form, events), columns, names)


def places(description: Description, form: str) -> tuple[str, ...]:
    """The events at which a form may be filled in; `("",)` in a classic project."""
    there = tuple(event for event, at in description.designations if at == form)
    return there or description.events or ("",)


def _repeats(description: Description, form: str, events: tuple[str, ...]) -> bool:
    return any(
        repeated in (form, "") and (event in events or not event)
        for event, repeated in description.repeating
    )


def _columns(description: Description, form: str, events: tuple[str, ...]) -> dict[str, Field]:
    record, *others = description.fields
    own = [field for field in others if field.form == form]
    found = {
        column: field for field in (record, *own, Field.status_of(form)) for column in field.columns
    }
    found[GROUP] = Field(GROUP, form, "text")
    found[f"{form}_timestamp"] = Field(f"{form}_timestamp", form, "text")
    if description.is_longitudinal:
        found[EVENT] = Field(EVENT, form, "radio", choices={event: event for event in events})
    if description.repeats(form):
        found[INSTANCE] = _counted(INSTANCE, form)
    return found


def _counted(name: str, form: str) -> Field:
    return Field(name, form, "text", validation="integer")
