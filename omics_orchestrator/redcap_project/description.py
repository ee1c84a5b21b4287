"""A project as it describes itself: fields, events, repeats, groups and missing data codes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

from pydantic import TypeAdapter

from omics_orchestrator.redcap_project.fields import KEYS, Field

EVENT, FORM, INSTANCE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
)
GROUP = "redcap_data_access_group"
PROJECT = "(project)"
"""Stands for a field's name in the line that describes the project as a whole."""

_HASH_LENGTH = 16


@dataclass(frozen=True)
class Description:
    """What a project says of itself.

    Attributes:
        project_id: REDCap's number of the project.
        title: its title.
        version: the server's version; not part of what shapes the records.
        is_longitudinal: it has events.
        dictionary: a mapping a field with `KEYS`; the first field is the record id.
        events: unique event names in order; none in a classic project.
        designations: (unique event name, form), none in a classic project.
        repeating: (unique event name or "", form or "" where the whole event repeats).
        missing_codes: missing data code → label.
        groups: unique names of the data access groups; None where the token may not list them.
    """

    project_id: str
    title: str
    version: str
    is_longitudinal: bool
    dictionary: tuple[Mapping[str, str], ...]
    events: tuple[str, ...] = ()
    designations: tuple[tuple[str, str], ...] = ()
    repeating: tuple[tuple[str, str], ...] = ()
    missing_codes: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] | None = ()

    @classmethod
    def of_json(cls, text: str) -> "Description":
        """Read what `json` wrote."""
        return _ADAPTER.validate_json(text)

    @property
    def json(self) -> str:
        """The whole as JSON."""
        return _ADAPTER.dump_json(self).decode()

    @property
    def record_id(self) -> str:
        """The field that holds the record's name."""
        return self.dictionary[0]["field_name"]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields in order, without the forms' status."""
        return tuple(Field.of(line, self.missing_codes) for line in self.dictionary)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The instruments in dictionary order."""
        return tuple(dict.fromkeys(line["form_name"] for line in self.dictionary))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that say which row of the flat export this is, the record id first."""
        events = (EVENT,) if self.is_longitudinal else ()
        return (self.record_id, *events, *((FORM, INSTANCE) if self.repeating else ()))

    def repeats(self, form: str) -> bool:
        """Tell whether a form repeats at any event, on its own or with the whole event."""
        whole = {event for event, repeated in self.repeating if not repeated}
        places = {event for event, there in self.designations if there == form} or {""}
        return any(repeated == form for _, repeated in self.repeating) or bool(whole & places)

    def places(self, form: str) -> str:
        """Where a form may be filled in, as people read it: its events, and where it repeats."""
        repeating = {event for event, repeated in self.repeating if repeated in (form, "")}
        places = [event for event, there in self.designations if there == form] or [""]
        return ", ".join(f"{e} repeating".strip() if e in repeating else e for e in places)

    @cached_property
    def lines(self) -> list[dict[str, str]]:
        """The dictionary as rows: `KEYS` and `places`, and one line for the project as a whole."""
        codes = " | ".join(f"{code}, {label}" for code, label in self.missing_codes.items())
        project = dict.fromkeys(KEYS, "") | {
            "field_name": PROJECT,
            "select_choices_or_calculations": codes,
            "places": ", ".join(self.events),
        }
        found = [{**line, "places": self.places(line["form_name"])} for line in self.dictionary]
        return [project, *found]

    @cached_property
    def shape(self) -> str:
        """A hash of everything that shapes the records: while it stands, so do their columns."""
        told = {name: value for name, value in asdict(self).items() if name not in _NO_SHAPE}
        text = json.dumps(told, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


_ADAPTER = TypeAdapter(Description)
_NO_SHAPE = frozenset({"version", "title"})
