"""What a field that a logic or a calculation names holds, seen from one row of a record."""

import re
from collections.abc import Callable, Mapping

from omics_orchestrator.demo.redcap.columns import checkbox_column
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.logic_values import SMART_VARIABLES
from omics_orchestrator.demo.redcap.request import refuse_unknown
from omics_orchestrator.demo.redcap.store import RowKey

_ARM = re.compile(r"_arm_(\d+)[a-z]*$")
Lookup = Callable[[str, str, str], str]
StoredRows = Mapping[RowKey, Mapping[str, str]]


class Lookups:
    """Makes the look-ups of a project's rows."""

    def __init__(self, definition: ProjectDefinition) -> None:
        self._record_id = definition.record_id
        self._fields = {entry["field_name"] for entry in definition.dictionary}
        self._fields |= {f"{form}_complete" for form in definition.forms}

    def of_row(self, key: RowKey, stored: StoredRows, *, sees_base_row: bool = False) -> Lookup:
        """Make what gives (field, event, checkbox option) → raw value, "" where none is stored.

        Args:
            key: the row looked from; a blank event is its own.
            stored: all rows of the record.
            sees_base_row: a repeat sees its event's base row too, as in a calculation; a filter
                logic sees the row alone.
        """
        own = dict(zip(SMART_VARIABLES, _told_by(key), strict=True))

        def lookup(field: str, event: str = "", code: str = "") -> str:
            if field in own:
                return own[field]
            refuse_unknown("logic", [] if field in self._fields else [field])
            if field == self._record_id:
                return key.record
            column, default = (checkbox_column(field, code), "0") if code else (field, "")
            base_row = RowKey(key.record, event or key.event, "", 0)
            places = [key] if event in {"", key.event} else [base_row]
            places += [base_row] if sees_base_row else []
            held = (stored[place][column] for place in places if column in stored.get(place, ()))
            return next(held, default)

        return lookup


def _told_by(key: RowKey) -> tuple[str, str, str, str]:
    """A row's record, event, arm and instance; where nothing repeats the instance is the first."""
    arm = _ARM.search(key.event)
    return key.record, key.event, arm[1] if arm else "1", str(key.instance or 1)
