"""Every conformed table and dataset that the dictionary describes, by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from omics_orchestrator.dictionary import combined, dataset
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.warehouse.table import Table

RowsOf = Callable[[Table], pl.DataFrame]
"""How the rows of a conformed table are read: those of the present, or of a moment."""


@dataclass(frozen=True)
class Described:
    """A conformed table or a dataset.

    Attributes:
        table: the table itself.
        leading: the conformed tables whose rows become its rows; others may stand beside them.
        assemble: puts its rows together from those of conformed tables.
    """

    table: Table
    leading: tuple[Table, ...]
    assemble: Callable[[RowsOf], pl.DataFrame]


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
    near = get_close_matches(name, known, n=3)
    meant = f"take {' or '.join(near)}, or " if near else ""
    raise ConfigurationError(
        f"the dictionary describes no table {name!r}",
        mend=f"{meant}look the names up with `omics table`.",
    )


def _of(dictionary: Dictionary, study: Study) -> Iterator[Described]:
    for name in study.tables:
        yield _conformed(core_table(dictionary, study, name))
    for name in study.datasets:
        yield _of_study(dictionary, study, name)


def _conformed(table: Table) -> Described:
    return Described(table, (table,), lambda rows_of: rows_of(table))


def _of_study(dictionary: Dictionary, study: Study, name: str) -> Described:
    parts = {
        part: core_table(dictionary, study, part) for part in dataset.parts_of(study.datasets[name])
    }

    def assemble(rows_of: RowsOf) -> pl.DataFrame:
        frames = {part: rows_of(table) for part, table in parts.items()}
        return dataset.assemble(dictionary, study, name, frames).frame

    leading = next(iter(parts.values()))
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
