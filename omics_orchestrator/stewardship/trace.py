"""From a harmonised cell back to study, instrument, field, rule, snapshot and load.

Rules are those of the dictionary as it is now; loads and snapshots are those of the row. No value
is read unless it is asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from omics_orchestrator.dictionary import combined, types
from omics_orchestrator.dictionary.dataset import sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import flags_from_exposure
from omics_orchestrator.dictionary.tables import Beside, Dataset, Long
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.tables import core_table, dataset_table
from omics_orchestrator.stewardship.cell import Cell
from omics_orchestrator.stewardship.flag import Flag, flag_of
from omics_orchestrator.stewardship.source_fields import FieldOrigin, field_origins
from omics_orchestrator.stewardship.state import Input, State, inputs_of, state_of
from omics_orchestrator.warehouse import origin
from omics_orchestrator.warehouse.ledger import LoadRecord
from omics_orchestrator.warehouse.table import Table


@dataclass(frozen=True)
class Station:
    """A table on the way: which column of which row, and the load that wrote the row.

    A flag of a drug is settled on its way.
    """

    cell: Cell
    load: LoadRecord
    flag: Flag | None = None


@dataclass(frozen=True)
class Trace:
    """Where a cell comes from.

    Attributes:
        study: whose it is.
        variable: its variable, by its name in the dictionary.
        stations: the tables it went through, the one that was asked for first.
        state: whether the cell is known, and why not.
        inputs: the variables it is made of, the last step first, each with its rule.
        fields: the source fields it is made of.
        courses: the rows on courses of drugs that decide it, where it is a flag of a drug.
        value: what the cell says, where that was asked for.
    """

    study: Study
    variable: str
    stations: tuple[Station, ...]
    state: State
    inputs: tuple[Input, ...]
    fields: tuple[FieldOrigin, ...]
    courses: tuple[str, ...] = ()
    value: object = None


@dataclass(frozen=True)
class _Way:
    """Walks from a cell to the conformed table."""

    connection: Connection
    dictionary: Dictionary

    def to_core(self, cell: Cell) -> Iterator[Station]:
        yield self._station(cell)
        name = cell.table.name
        if name.layer == "core":
            return
        if name.domain is None:
            yield from self.to_core(self._member(cell))
            return
        study = self.dictionary.studies[name.domain]
        dataset = study.datasets[name.table]
        if isinstance(dataset, Long):
            below = self._of_long(study, dataset, cell)
        else:
            below = self._of_dataset(study, dataset, cell)
            yield from self._settled(study, dataset, below)
        yield from self.to_core(below)

    def _settled(self, study: Study, dataset: Dataset, recorded: Cell) -> Iterator[Station]:
        """The flag that stands in the dataset for what was recorded, where one does."""
        is_flag = recorded.column in flags_from_exposure(study, dataset)
        flag = flag_of(self.connection, study, recorded) if is_flag else None
        if flag is not None:
            station = self._station(flag.cell)
            yield replace(station, flag=flag)

    def _station(self, cell: Cell) -> Station:
        row = origin.row(self.connection, cell.table, cell.key, ())
        if row is None:
            raise self._no_row(cell)
        return Station(cell, origin.load(self.connection, row["_load_id"]))

    def _no_row(self, cell: Cell) -> ConfigurationError:
        first = cell.table.key[0]
        told = f"no row of it has this {' and '.join(cell.table.key)}"
        if len(cell.key) > 1:
            rows = origin.rows_with(self.connection, cell.table, {first: cell.key[first]})
            told += f"; {rows:,} have this {first}"
        return ConfigurationError(
            told, mend="look the key up with `omics table`.", table=str(cell.table.name)
        )

    def _member(self, cell: Cell) -> Cell:
        """The cell of the study's dataset that a cell of a combined one is."""
        several = self.dictionary.datasets[cell.table.name.table]
        for study, name in combined.members(self.dictionary, several).values():
            table = dataset_table(self.dictionary, study, name)
            key = cell.key[combined.ROW_KEY].split("/", len(table.key) - 1)
            if study.study != cell.key[combined.STUDY] or len(key) != len(table.key):
                continue
            found = dict(zip(table.key, key, strict=True))
            if origin.row(self.connection, table, found, ()) is None:
                continue
            if cell.column in table.columns:
                return Cell(table, found, cell.column)
        raise ConfigurationError(
            f"the study {cell.key[combined.STUDY]} has no {cell.column}",
            mend="see `omics dictionary coverage` for the studies that have it.",
            table=str(cell.table.name),
        )

    def _of_long(self, study: Study, dataset: Long, cell: Cell) -> Cell:
        table = core_table(self.dictionary, study, dataset.long)
        column = cell.column
        if column in ("variable", "value", "unit"):
            column = cell.key["variable"]
        elif column == "comparator":
            column = f"{cell.key['variable']}_comparator"
        return Cell(table, {name: cell.key[name] for name in table.key}, column)

    def _of_dataset(self, study: Study, dataset: Dataset, cell: Cell) -> Cell:
        source, _ = sources_of(self.dictionary, study, cell.table.name.table)[cell.column]
        table = core_table(self.dictionary, study, source)
        beside = next((each for each in dataset.beside if each.table == source), None)
        if beside is None or not beside.dated:
            return Cell(table, {name: cell.key[name] for name in table.key}, cell.column)
        return Cell(table, self._nearest(study, dataset, beside, table, cell), cell.column)

    def _nearest(
        self, study: Study, dataset: Dataset, beside: Beside, table: Table, cell: Cell
    ) -> dict[str, str]:
        """The key of the row that stands beside by its date."""
        leading = core_table(self.dictionary, study, dataset.rows)
        ((here, there),) = beside.dated.items()
        own = {name: cell.key[name] for name in leading.key}
        row = origin.row(self.connection, leading, own, [here])
        person = {name: own[name] for name in table.key if name in leading.key}
        found = origin.nearest(
            self.connection,
            table,
            person,
            dated=there,
            day=row[here] if row else None,
            within_days=beside.within_days,
        )
        if found is None:
            raise ConfigurationError(
                f"no row of {beside.table} stands beside this one",
                mend="none is within the days that the study file allows: there is no cell.",
                table=str(cell.table.name),
            )
        return found


def trace(
    connection: Connection, dictionary: Dictionary, cell: Cell, *, show_value: bool = False
) -> Trace:
    """Follow a cell to its source.

    Args:
        connection: a session on the warehouse.
        dictionary: the data dictionary.
        cell: which cell.
        show_value: read its value as well.

    Raises:
        ConfigurationError: no row has the key.
    """
    stations = tuple(_Way(connection, dictionary).to_core(cell))
    last = stations[-1]
    study = dictionary.studies[last.cell.table.name.domain or ""]
    variable = _variable_of(dictionary, last.cell.column)
    inputs = inputs_of(study, last.cell.table.name.table, variable)
    row = _row(connection, last.cell, [each.variable for each in inputs])
    flag = next((each.flag for each in stations if each.flag is not None), None)
    recorded = state_of(row, last.cell.column, variable, inputs[0].rule)
    return Trace(
        study=study,
        variable=variable,
        stations=stations,
        state=flag.state if flag else recorded,
        inputs=tuple(each.with_state(row) for each in inputs),
        fields=field_origins(connection, study, last.cell.table.name, last.load, inputs),
        courses=flag.rows if flag else (),
        value=_value(connection, cell) if show_value else None,
    )


def _row(connection: Connection, cell: Cell, variables: list[str]) -> Mapping[str, Any]:
    wanted = [name for name in variables if name in cell.table.columns]
    row = origin.row(connection, cell.table, cell.key, [cell.column, *wanted, "missing_reasons"])
    return row or {}


def _value(connection: Connection, cell: Cell) -> object:
    row = origin.row(connection, cell.table, cell.key, [cell.column])
    return row[cell.column] if row else None


def _variable_of(dictionary: Dictionary, column: str) -> str:
    """The variable that a column belongs to: `crp_comparator` is one of `crp`."""
    if column in dictionary.variables:
        return column
    return next(
        name for name, each in dictionary.variables.items() if column in types.columns(each)
    )
