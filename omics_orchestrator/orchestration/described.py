"""What Dagster shows of a table beside its data: columns, lineage, accounts."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

import dagster as dg
import polars as pl

from omics_orchestrator.dictionary import combined, lineage
from omics_orchestrator.dictionary.dataset import sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import flags_from_exposure
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Table

NIGHTLY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)
)
_LONGEST_TABLE = 40
_VERSION_LENGTH = 16


def key(name: TableName) -> dg.AssetKey:
    """The asset key of a table."""
    return dg.AssetKey(list(name.key))


def code_version(table: Table, rules: str) -> str:
    """The code version of a table: the rules that fill it, and the shape it has."""
    shape = [(name, str(column.dtype)) for name, column in table.columns.items()]
    text = json.dumps([rules, shape, table.key, table.history])
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]


def column_schema(table: Table) -> dg.TableSchema:
    """The columns of a table as Dagster's catalogue shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=str(column.dtype).lower(),
                description=column.comment,
                constraints=dg.TableColumnConstraints(nullable=name not in table.key),
            )
            for name, column in table.columns.items()
        ]
    )


def core_lineage(
    study: Study, table: str, origin: Mapping[str, dg.AssetKey]
) -> dg.TableColumnLineage:
    """From which raw fields each column of a conformed table is made; `origin` has their tables."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(origin[field], field) for field in fields]
            for name, fields in lineage.fields_of(study, table).items()
            if fields
        }
    )


def dataset_lineage(dictionary: Dictionary, study: Study, name: str) -> dg.TableColumnLineage:
    """From which conformed column each column of a dataset comes, and which flags are settled."""
    found = {
        column: [dg.TableColumnDep(key(study.core(table)), column)]
        for column, (table, _) in sources_of(dictionary, study, name).items()
    }
    flag = dg.TableColumnDep(key(study.exposure("flag")), "value")
    for column in flags_from_exposure(study, study.datasets[name]).keys() & found.keys():
        found[column].append(flag)
    return dg.TableColumnLineage(found)


def combined_lineage(dictionary: Dictionary, dataset: Combined) -> dg.TableColumnLineage:
    """From which column of each study's dataset each column of a combined one comes."""
    found: dict[str, list[dg.TableColumnDep]] = {}
    for study, name in combined.members(dictionary, dataset).values():
        for column in sources_of(dictionary, study, name):
            dep = dg.TableColumnDep(key(study.dataset(name)), column)
            found.setdefault(column, []).append(dep)
    return dg.TableColumnLineage(found)


def accounts(cells: pl.DataFrame) -> Mapping[str, Any]:
    """The accounting of a load as metadata: the sums, and the fields with cells in quarantine."""
    if cells.is_empty():
        return {}
    sums = cells.drop("field").rename({"cells": "arrived"}).sum().row(0, named=True)
    lost = cells.filter(pl.col("quarantined") > 0).sort("quarantined", descending=True)
    return {
        **{f"cells/{kind}": int(count) for kind, count in sums.items()},
        "quarantined_fields": dg.MetadataValue.md(markdown(lost.head(_LONGEST_TABLE))),
    }


def markdown(frame: pl.DataFrame) -> str:
    """A small frame as a Markdown table; a sentence when it is empty."""
    if frame.is_empty():
        return "none"
    lines = [frame.columns, ["---"] * frame.width, *frame.iter_rows()]
    return "\n".join("| " + " | ".join(map(_plain, line)) + " |" for line in lines)


def _plain(cell: object) -> str:
    """The text of a cell, whatever a stranger wrote into it: no mark-up, and one line."""
    return " ".join(escape(str(cell), quote=False).replace("|", "&#124;").splitlines())
