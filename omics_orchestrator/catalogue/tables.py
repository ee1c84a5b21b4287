"""The register of omic files, as the warehouse keeps it."""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.catalogue.columns import (
    COMPUTED,
    FILE_COLUMNS,
    FILE_KEY,
)
from omics_orchestrator.catalogue.digest_columns import DIGEST_COLUMNS, DIGEST_KEY
from omics_orchestrator.catalogue.picturing import PICTURE_COLUMNS, PICTURE_KEY
from omics_orchestrator.catalogue.verifying import VERIFIED_COLUMNS, VERIFIED_KEY
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
VERIFIED = _table(
    "verified_file",
    VERIFIED_COLUMNS,
    VERIFIED_KEY,
    "One row a place where a file is kept: whether its bytes were the same when last read again.",
)
PICTURES = _table(
    "file_picture",
    PICTURE_COLUMNS,
    PICTURE_KEY,
    "One row a content of which there may be a picture: where it lies, or why there is none.",
)
DIGESTS = _table(
    "file_digest",
    DIGEST_COLUMNS,
    DIGEST_KEY,
    "One row a content and a checksum of it that a list made us compute.",
)
