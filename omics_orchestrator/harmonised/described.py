"""Every table that people read, by its name: what the dictionary describes, and what is there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl
from psycopg import Connection

from omics_orchestrator.dictionary import combined, dataset
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.exposure import dataset_frames
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.stored import stored_table, stored_tables
from omics_orchestrator.warehouse.table import Table

OTHER_LAYERS = ("tidy", "exposure", "omics", "star")
"""The layers whose tables are read as they are stored."""
RowsOf = Callable[[Table], pl.DataFrame]
"""How the rows of a conformed table are read: those of the present, or of a moment."""


@dataclass(frozen=True)
class Described:
    """A table, view or dataset.

    Attributes:
        table: the table itself.
        leading: the tables whose rows become its rows; others may stand beside them.
        assemble: puts its rows together from those of the tables it is made of.
    """

    table: Table
    leading: tuple[Table, ...]
    assemble: Callable[[RowsOf], pl.DataFrame]

    @property
    def has_past(self) -> bool:
        """Tell whether its rows of any moment can be had."""
        return all(table.history for table in self.leading)


def described(dictionary: Dictionary) -> dict[str, Described]:
    """Every conformed table and dataset, by its name in the warehouse."""
    of_studies = (each for study in dictionary.studies.values() for each in _of(dictionary, study))
    of_several = (_of_several(dictionary, each) for each in dictionary.datasets.values())
    return {str(each.table.name): each for each in (*of_studies, *of_several)}


def find(dictionary: Dictionary, name: str) -> Described:
    """Find a table by its name in the warehouse, such as `datasets.ibd_adult`.

    Raises:
        ConfigurationError: there is none of that name; those like it are told.
    """
    known = described(dictionary)
    if name in known:
        return known[name]
    raise _unknown(name, known)


def find_stored(connection: Connection, dictionary: Dictionary, name: str) -> Described:
    """Find a table by its name among those that are described, and those that are there.

    Raises:
        ConfigurationError: there is none of that name; those like it are told.
    """
    known, there = described(dictionary), stored_tables(connection, OTHER_LAYERS)
    if name in known:
        return known[name]
    if name in there:
        return _as_it_is(stored_table(connection, TableName.parse(name)))
    raise _unknown(name, (*known, *there))


def _unknown(name: str, known: Iterable[str]) -> ConfigurationError:
    near = get_close_matches(name, list(known), n=3)
    meant = f"take {' or '.join(near)}, or " if near else ""
    return ConfigurationError(
        f"the dictionary describes no table {name!r}",
        mend=f"{meant}look the names up with `omics table`.",
    )


def _of(dictionary: Dictionary, study: Study) -> Iterator[Described]:
    for name in study.tables:
        yield _as_it_is(core_table(dictionary, study, name))
    for name in study.datasets:
        yield _of_study(dictionary, study, name)


def _as_it_is(table: Table) -> Described:
    return Described(table, (table,), lambda rows_of: rows_of(table))


def _of_study(dictionary: Dictionary, study: Study, name: str) -> Described:
    def conformed(table: str) -> Table:
        return core_table(dictionary, study, table)

    def assemble(rows_of: RowsOf) -> pl.DataFrame:
        frames = dataset_frames(dictionary, study, name, lambda table: rows_of(conformed(table)))
        return dataset.assemble(dictionary, study, name, frames).frame

    leading = conformed(study.datasets[name].rows)
    return Described(dataset_table(dictionary, study, name), (leading,), assemble)


def _of_several(dictionary: Dictionary, several: Combined) -> Described:
    members = {
        rows: _of_study(dictionary, study, name)
        for rows, (study, name) in combined.members(dictionary, several).items()
    }

    def assemble(rows_of: RowsOf) -> pl.DataFrame:
        frames = {rows: member.assemble(rows_of) for rows, member in members.items()}
        return combined.combine(dictionary, several, frames).frame

    leading = tuple(table for member in members.values() for table in member.leading)
    return Described(combined_table(dictionary, several), leading, assemble)
