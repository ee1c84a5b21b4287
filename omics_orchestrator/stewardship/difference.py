"""What a change of the dictionary does to the tables, before it is released.

Only tables whose fingerprint differs are made, with both dictionaries, of what was read last. That
this misses nothing is tested against rebuilding everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import TableName
from omics_orchestrator.stewardship.comparison import TableChange, compare
from omics_orchestrator.stewardship.rebuild import Rebuild


@dataclass(frozen=True)
class Difference:
    """What differs between the tables of two dictionaries.

    Attributes:
        tables: conformed tables and datasets that are not what they were.
        untold: tables of which nothing can be told before their sources are read, and why.
    """

    tables: Mapping[TableName, TableChange]
    untold: Mapping[TableName, str]

    @property
    def values(self) -> int:
        """How many cells of conformed tables are not what they were."""
        changes = self._conformed().values()
        return sum(each.cells for change in changes for each in change.variables.values())

    @property
    def variables(self) -> int:
        """How many variables have such cells; one that several studies have counts once."""
        return len(
            {
                name
                for change in self._conformed().values()
                for name, each in change.variables.items()
                if each.cells
            }
        )

    @property
    def studies(self) -> int:
        """How many studies have a conformed table that is not what it was."""
        return len({name.domain for name in self._conformed()})

    def _conformed(self) -> Mapping[TableName, TableChange]:
        # What datasets show of it would count the same cell again.
        return {name: change for name, change in self.tables.items() if name.layer == "core"}


def difference(before: Rebuild, after: Rebuild) -> Difference:
    """Compare the tables that two dictionaries make of the same readings."""
    was, is_now = before.versions(), after.versions()
    tables, untold = {}, {}
    for name in dict.fromkeys([*was, *is_now]):
        if was.get(name) == is_now.get(name):
            continue
        try:
            change = compare(
                before.content(name) if name in was else None,
                after.content(name) if name in is_now else None,
            )
        except SourceError as error:
            untold[name] = error.what
        else:
            if change:
                tables[name] = change
    return Difference(tables, untold)
