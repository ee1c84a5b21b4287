"""The source fields a cell is made of: from which form, in which snapshot, and their account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from psycopg import Connection

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.model import RedcapSource, SheetSource, Study
from omics_orchestrator.naming import TableName, as_part
from omics_orchestrator.stewardship.state import Input
from omics_orchestrator.warehouse import ledger, origin
from omics_orchestrator.warehouse.ledger import LoadRecord, Snapshot


@dataclass(frozen=True)
class FieldOrigin:
    """A source field.

    Attributes:
        field: its name at the source.
        place: the source and the form, table or sheet it stands on.
        raw: its raw table; None where no snapshot that the load read has the field.
        snapshot: what the source said when it was read for the load.
        account: what became of the field's cells in the present load, without a count of none.
        held: rule, reason and count of its cells in quarantine.
    """

    field: str
    place: str
    raw: TableName | None
    snapshot: Snapshot | None
    account: Mapping[str, int]
    held: Sequence[tuple[str, str, int]]


def field_origins(
    connection: Connection,
    study: Study,
    table: TableName,
    load: LoadRecord,
    inputs: Iterable[Input],
) -> tuple[FieldOrigin, ...]:
    """Find the fields of all rules that a cell is made of.

    Args:
        connection: a session on the warehouse.
        study: the study.
        table: the conformed table.
        load: the load that wrote the row.
        inputs: the variables, with the fields they read.
    """
    read = _read(connection, study, table, load)
    fields = {field: each.fields for each in inputs for field in each.fields}
    cells = ledger.cells(connection, str(table)).filter(pl.col("field").is_in(list(fields)))
    counts = {row.pop("field"): row for row in cells.iter_rows(named=True)}
    held = origin.held(connection, str(table), list(fields)).partition_by("field", as_dict=True)
    found = []
    for field, together in fields.items():
        taken = _holding(read, field, together)
        lost = held.get((field,))
        found.append(
            FieldOrigin(
                field,
                _place(study, table, taken),
                TableName.parse(taken.relation) if taken else None,
                taken,
                {name: count for name, count in counts.get(field, {}).items() if count},
                lost.select("rule", "reason", "count").rows() if lost is not None else (),
            )
        )
    return tuple(found)


def places(
    study: Study, table: TableName, read: Sequence[Snapshot], fields: Sequence[str]
) -> dict[str, str]:
    """Tell on which form, table or sheet each field of a rule stands, by what was read."""
    return {field: _place(study, table, _holding(read, field, fields)) for field in fields}


def _read(
    connection: Connection, study: Study, table: TableName, load: LoadRecord
) -> list[Snapshot]:
    """The snapshots that the load had read, in the order of the table's rows."""
    raw = [str(study.raw(part.name)) for part in study.tables[table.table].rows]
    taken = [
        origin.snapshot_of(connection, relation, load.inputs[relation], load.started_at)
        for relation in raw
        if relation in load.inputs
    ]
    return [each for each in taken if each is not None]


def _holding(read: Sequence[Snapshot], field: str, together: Sequence[str]) -> Snapshot | None:
    """The snapshot a rule reads: the first that has all of its fields, or at least this one."""
    for wanted in ({*together}, {field}):
        for taken in read:
            if wanted <= {*snapshot.fields(taken)}:
                return taken
    return None


def _place(study: Study, table: TableName, taken: Snapshot | None) -> str:
    if taken is None:
        return "no snapshot of the load has it"
    name = TableName.parse(taken.relation).table
    part = next(each for each in study.tables[table.table].rows if each.name == name)
    source = study.sources[part.source]
    if isinstance(source, RedcapSource):
        form = next((each for each in source.instruments if as_part(each) == name), name)
        return f"REDCap form {form} ({part.source})"
    if isinstance(source, SheetSource):
        return f"sheets {source.files} ({part.source})"
    return f"table {name} of the database ({part.source})"
