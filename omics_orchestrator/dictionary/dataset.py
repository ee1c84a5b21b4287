"""A dataset: the rows of one conformed table, with the columns of others beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.dictionary.conform import ROW_SCHEMA
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.errors import DictionaryError


@dataclass(frozen=True)
class Assembled:
    """A dataset's rows, and the account of how they came together (see `conform.ROW_SCHEMA`)."""

    frame: pl.DataFrame
    rows: pl.DataFrame


def sources_of(
    dictionary: Dictionary, study: Study, name: str
) -> dict[str, tuple[str, pl.DataType]]:
    """Each column of a dataset with the table it comes from and its type.

    Raises:
        DictionaryError: two tables would give the same column.
    """
    dataset = study.datasets[name]
    found: dict[str, tuple[str, pl.DataType]] = {}
    clashes = []
    for table in (dataset.rows, *dataset.beside):
        for column, dtype in columns(dictionary, study, table).items():
            if column in found and column not in study.tables[table].grain:
                clashes.append(
                    f"studies/{study.study}.yaml: datasets.{name}: both {found[column][0]} and "
                    f"{table} have a column {column}"
                )
            found.setdefault(column, (table, dtype))
    if clashes:
        raise DictionaryError(clashes)
    return found


def assemble(
    dictionary: Dictionary, study: Study, name: str, tables: Mapping[str, pl.DataFrame]
) -> Assembled:
    """Put a dataset together; every row of its leading table stays, and none is multiplied."""
    dataset = study.datasets[name]
    frame = tables[dataset.rows]
    account = []
    for table in dataset.beside:
        key = list(study.tables[table].grain)
        there = tables[table].drop("missing_reasons")
        alone = frame.join(there, on=key, how="anti").height
        frame = frame.join(there, on=key, how="left", validate="m:1", maintain_order="left")
        found = f"{alone} without a row in {table}"
        account.append((f"beside {table}", frame.height, frame.height, 0, 0, found))
    wanted = list(sources_of(dictionary, study, name))
    return Assembled(frame.select(wanted), pl.DataFrame(account, schema=ROW_SCHEMA, orient="row"))
