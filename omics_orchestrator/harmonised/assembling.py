"""Put a dataset together from tables of the warehouse, in slices where memory would not hold it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl
from psycopg import Connection

from omics_orchestrator.dictionary.dataset import Assembled, together
from omics_orchestrator.on_disk import Frames
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.read import between, cuts, read
from omics_orchestrator.warehouse.table import Table

# Typed values take less than the text they were.
_CELLS_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class Group:
    """Tables whose rows meet: the leading one first.

    Attributes:
        tables: by the name that `assemble` knows them by.
        who: of each table, the column whose rows come together; empty where all rows must.
    """

    tables: Mapping[str, Table]
    who: Mapping[str, str]


@dataclass(frozen=True)
class Assembling:
    """A dataset: the tables it is made of, and how.

    Attributes:
        groups: the tables, those whose rows meet together.
        assemble: makes rows of those of all tables.
    """

    groups: Sequence[Group]
    assemble: Callable[[Mapping[str, pl.DataFrame]], Assembled]

    def run(
        self, connection: Connection, folder: Path, *, cells_at_once: int = _CELLS_AT_ONCE
    ) -> tuple[Sequence[pl.DataFrame], Assembled]:
        """Put the dataset together.

        Args:
            connection: a session on the warehouse.
            folder: an empty folder; frames that do not fit into memory are kept there.
            cells_at_once: how many cells are read at once, where the tables can be cut.

        Returns:
            The rows, in one frame or several, and their account, with a frame without rows.
        """
        tables = {name: table for group in self.groups for name, table in group.tables.items()}
        sizes = {name: _cells(connection, table) for name, table in tables.items()}
        if sum(sizes.values()) <= cells_at_once:
            made = self.assemble({name: read(connection, table) for name, table in tables.items()})
            return [made.frame], made.without_rows()
        frames, accounts = Frames(folder / "assembled"), []
        nothing = {name: pl.DataFrame(schema=table.schema) for name, table in tables.items()}
        for group in self.groups:
            parts = -(-sum(sizes[name] for name in group.tables) // cells_at_once)
            for rows in _slices(connection, group, parts):
                made = self.assemble(nothing | rows)
                frames.add(made.frame)
                accounts.append(made.without_rows())
        return frames, together(accounts)


def _slices(connection: Connection, group: Group, parts: int) -> Iterator[dict[str, pl.DataFrame]]:
    if not group.who or parts <= 1:
        yield {name: read(connection, table) for name, table in group.tables.items()}
        return
    first, leading = next(iter(group.tables.items()))
    last = last_load(connection, str(leading.name))
    rows = max(1, (last.rows_out if last else 0) // parts)
    for after, upto in pairwise([None, *cuts(connection, leading, group.who[first], rows), None]):
        yield {
            name: between(connection, table, group.who[name], after, upto)
            for name, table in group.tables.items()
        }


def _cells(connection: Connection, table: Table) -> int:
    last = last_load(connection, str(table.name))
    return (last.rows_out if last else 0) * len(table.columns)
