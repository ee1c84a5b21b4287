"""What left quarantine between two looks at it, and what came in."""

from collections.abc import Iterable
from dataclasses import dataclass

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.quarantine import Cause, Group


@dataclass(frozen=True)
class Moved:
    """How many cells were held for a cause before and after."""

    cause: Cause
    before: int
    after: int

    @property
    def left(self) -> int:
        """How many left; negative when more came."""
        return self.before - self.after


def moved(before: Iterable[Group], after: Iterable[Group]) -> list[Moved]:
    """Compare two looks at quarantine, cause by cause; what left most comes first."""
    then, now = ({each.cause: each.cells for each in look} for look in (before, after))
    every = dict.fromkeys((*then, *now))
    found = [Moved(cause, then.get(cause, 0), now.get(cause, 0)) for cause in every]
    return sorted(found, key=lambda each: (-each.left, each.cause))


def tables(groups: Iterable[Group], dictionary: Dictionary) -> list[TableName]:
    """The tables that hold cells of some groups, and that the dictionary can conform again."""
    known = {study.core(table) for study in dictionary.studies.values() for table in study.tables}
    return sorted({each.cause.table for each in groups if each.cells} & known)
