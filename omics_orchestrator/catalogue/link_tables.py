"""The links of files, and what they lack, as the warehouse keeps them."""

from omics_orchestrator.catalogue.link_columns import (
    DERIVATION_COLUMNS,
    DERIVATION_KEY,
    LINK_COLUMNS,
    LINK_KEY,
    SET_COLUMNS,
    SET_KEY,
    UNLINKED_COLUMNS,
    UNLINKED_KEY,
    Columns,
)
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table


def _table(name: str, columns: Columns, key: tuple[str, ...], comment: str) -> Table:
    made = {
        column: Column(dtype, meaning, computed=column.endswith("sha256"))
        for column, (dtype, meaning) in columns.items()
    }
    return Table(TableName("omics", name), made, key, history=True, comment=comment)


LINKS = _table(
    "file_sample",
    LINK_COLUMNS,
    LINK_KEY,
    "One row a file and the sample it was made from, with the rule and the evidence that tell so.",
)
UNLINKED = _table(
    "file_unlinked",
    UNLINKED_COLUMNS,
    UNLINKED_KEY,
    "One row a file that is linked to no sample: why, and which samples may be meant.",
)
SETS = _table(
    "file_set",
    SET_COLUMNS,
    SET_KEY,
    "One row a set of files that need each other: complete, or what it lacks.",
)
DERIVATIONS = _table(
    "file_derivation",
    DERIVATION_COLUMNS,
    DERIVATION_KEY,
    "One row a file and a file that it was made from, with the rule and the evidence that tell so.",
)
