"""The register of omic files and its links, as the warehouse keeps them."""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.catalogue.columns import (
    COMPUTED,
    FILE_COLUMNS,
    FILE_KEY,
    LINK_COLUMNS,
    LINK_KEY,
)
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table


def _table(
    name: str,
    columns: Mapping[str, tuple[pl.DataType, str]],
    key: tuple[str, ...],
    comment: str,
) -> Table:
    made = {
        column: Column(dtype, meaning, computed=column in COMPUTED)
        for column, (dtype, meaning) in columns.items()
    }
    return Table(TableName("omics", name), made, key, history=True, comment=comment)


FILES = _table(
    "file",
    FILE_COLUMNS,
    FILE_KEY,
    "One row an omic file: what it is, whether it is whole, and where it lies.",
)
LINKS = _table(
    "file_sample",
    LINK_COLUMNS,
    LINK_KEY,
    "One row a file and the sample it was made from, with the rule that tells so.",
)
