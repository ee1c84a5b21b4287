"""A flag of a drug in a dataset: what was recorded, or what follows from the courses of drugs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.harmonised.exposure import exposure_table
from omics_orchestrator.stewardship.cell import Cell
from omics_orchestrator.stewardship.state import KNOWN, State
from omics_orchestrator.warehouse import origin


@dataclass(frozen=True)
class Flag:
    """A settled flag.

    Attributes:
        cell: where it is settled.
        state: whether it is known, and by what.
        rows: the rows on courses that decide it.
    """

    cell: Cell
    state: State
    rows: tuple[str, ...]


def flag_of(connection: Connection, study: Study, recorded: Cell) -> Flag | None:
    """The flag that stands in a dataset for a conformed cell; None where it was not asked for.

    Args:
        connection: a session on the warehouse.
        study: the study.
        recorded: the cell of the conformed table.
    """
    table = exposure_table(study, "flag")
    at = {
        "table": recorded.table.name.table,
        "row_key": "/".join(recorded.key[name] for name in recorded.table.key),
    }
    cell = Cell(table, {**at, "variable": recorded.column}, "value")
    row = origin.row(connection, table, cell.key, ["value", "recorded", "is_contradicted"])
    if row is None:
        return None
    of_drugs = (_rows(connection, study, at, name) for name in _drugs(study, recorded))
    return Flag(cell, _state(row), tuple(sorted({each for rows in of_drugs for each in rows})))


def _state(row: Mapping[str, Any]) -> State:
    if row["is_contradicted"]:
        return State("unknown", "what was recorded contradicts the courses of drugs")
    if row["value"] is None:
        return State("unknown", "it was not recorded, and the courses of drugs do not tell")
    is_recorded = row["recorded"] is not None
    return State(KNOWN, "as it was recorded" if is_recorded else "by the courses of drugs")


def _drugs(study: Study, recorded: Cell) -> Iterator[str]:
    """The drugs and classes that the flag stands for."""
    for each in study.drugs.asked if study.drugs else ():
        if each.table == recorded.table.name.table:
            yield from (*each.now.get(recorded.column, ()), *each.ever.get(recorded.column, ()))


def _rows(connection: Connection, study: Study, at: dict[str, str], exposure: str) -> list[str]:
    status = exposure_table(study, "status")
    row = origin.row(connection, status, {**at, "exposure": exposure}, ["source_rows"])
    return row["source_rows"] if row else []
