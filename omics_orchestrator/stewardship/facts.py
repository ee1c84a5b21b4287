"""What the warehouse holds of each conformed table, as coverage needs it; counts only."""

import polars as pl
from psycopg import Connection, sql

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.stewardship.coverage import TableFacts
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.shape import present, stored_types
from omics_orchestrator.warehouse.table import Table


def facts(connection: Connection, dictionary: Dictionary) -> dict[str, TableFacts]:
    """Count what is in each conformed table that was loaded, by its name in the warehouse."""
    tables = [
        core_table(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.tables
    ]
    counted = {str(table.name): facts_of(connection, table) for table in tables}
    return {name: each for name, each in counted.items() if each is not None}


def facts_of(connection: Connection, table: Table) -> TableFacts | None:
    """Count what is in one conformed table; None when it was never loaded."""
    stored = stored_types(connection, table)
    if not stored:
        return None
    columns = [name for name in table.columns if name in stored]
    counted = sql.SQL("select count(*), {} from {} where {}").format(
        sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(name)) for name in columns),
        table.identifier,
        present(table),
    )
    relation = str(table.name)
    with refusals(relation):
        rows, *filled = connection.execute(counted).fetchall()[0]
    cells = ledger.cells(connection, relation)
    told = pl.sum_horizontal("conformed", "missing", "quarantined")
    return TableFacts(
        rows=rows,
        filled=dict(zip(columns, filled, strict=True)),
        told=dict(cells.select("field", told).iter_rows()),
        quarantined=dict(cells.select("field", "quarantined").iter_rows()),
    )
