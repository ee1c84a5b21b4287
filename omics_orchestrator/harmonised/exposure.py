"""The tables on drugs of a study, as the warehouse keeps them, and the datasets they stand in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
from psycopg import Connection

from omics_orchestrator.dictionary.dataset import Assembled, parts_of
from omics_orchestrator.dictionary.drugs import names_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import FLAGS
from omics_orchestrator.exposure.courses import drugs_named
from omics_orchestrator.exposure.tables import MEANINGS, TABLES
from omics_orchestrator.harmonised.assembling import Assembling, Group
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.warehouse.read import parts
from omics_orchestrator.warehouse.table import Column, Table

# The status at each date is told for every drug: rows become many more than those that are read.
_CELLS_AT_ONCE = 1_000_000


def exposure_table(study: Study, name: str) -> Table:
    """The warehouse table of one of the tables on drugs."""
    made = TABLES[name]
    columns = {column: Column(dtype, MEANINGS[column]) for column, dtype in made.columns.items()}
    return Table(study.exposure(name), columns, made.key, history=False, comment=made.comment)


def made(
    connection: Connection,
    dictionary: Dictionary,
    study: Study,
    name: str,
    folder: Path,
    *,
    cells_at_once: int = _CELLS_AT_ONCE,
) -> tuple[Sequence[pl.DataFrame], int]:
    """Make one of the tables on drugs of the conformed tables in the warehouse.

    Args:
        connection: a session on the warehouse.
        dictionary: the data dictionary.
        study: the study.
        name: which table, one of `TABLES`.
        folder: an empty folder, for frames that do not fit into memory together.
        cells_at_once: how many cells are read at once, where participants can be told one by one.

    Returns:
        The rows, in one frame or several, and how many rows they were made of.
    """
    table = TABLES[name]
    tables = {each: core_table(dictionary, study, each) for each in table.made_of(study)}
    named = _named(connection, dictionary, study)

    def assemble(frames: Mapping[str, pl.DataFrame]) -> Assembled:
        rows = [(each, frame.height, frame.height, 0, 0, "") for each, frame in frames.items()]
        return Assembled.of(table.make(dictionary, study, frames, named), rows)

    assembling = Assembling([Group(tables, _participants(study, tables))], assemble)
    frames, account = assembling.run(connection, folder, cells_at_once=cells_at_once)
    return frames, int(account.rows["rows_in"].sum())


def _named(connection: Connection, dictionary: Dictionary, study: Study) -> set[str]:
    """The drugs that rows name, whoever's they are."""
    names = names_of(dictionary.drugs.values())
    found = set[str]()
    for spec in study.drugs.courses if study.drugs else ():
        if spec.drug:
            table = core_table(dictionary, study, spec.table)
            columns = {each: table.columns[each] for each in spec.drug}
            for rows in parts(connection, replace(table, columns=columns, key=spec.drug)):
                found |= drugs_named(spec, rows, names)
    return found


def _participants(study: Study, tables: Iterable[str]) -> dict[str, str]:
    """The column of each table that names the participant; none where a row may be of several."""
    if study.drugs is None:
        return {}
    who = study.drugs.participant
    keyed = all(who in study.tables[each].grain for each in study.drugs.known_by_participant)
    return dict.fromkeys(tables, who) if keyed else {}


def needed(study: Study, name: str) -> tuple[str, ...]:
    """The conformed tables of which a dataset is made, and those that its flags follow from."""
    dataset = study.datasets[name]
    told = TABLES["flag"].made_of(study) if dataset.from_exposure else ()
    return tuple(dict.fromkeys((*parts_of(dataset), *told)))


def dataset_frames(
    dictionary: Dictionary, study: Study, name: str, conformed: Callable[[str], pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """What a dataset is put together of, where nothing but conformed tables is at hand.

    Args:
        dictionary: the data dictionary.
        study: the study.
        name: the dataset.
        conformed: gives the rows of a conformed table of the study.
    """
    frames = {table: conformed(table) for table in needed(study, name)}
    if study.datasets[name].from_exposure:
        frames[FLAGS] = TABLES["flag"].make(dictionary, study, frames)
    return frames
