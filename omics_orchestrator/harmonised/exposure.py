"""The tables on drugs of a study, as the warehouse keeps them."""

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.exposure.tables import MEANINGS, TABLES
from omics_orchestrator.warehouse.table import Column, Table


def exposure_table(study: Study, name: str) -> Table:
    """The warehouse table of one of the tables on drugs."""
    made = TABLES[name]
    columns = {column: Column(dtype, MEANINGS[column]) for column, dtype in made.columns.items()}
    return Table(study.exposure(name), columns, made.key, history=False, comment=made.comment)
