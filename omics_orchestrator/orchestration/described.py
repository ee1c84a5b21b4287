"""What Dagster shows of a table beside its data: columns, lineage, accounts."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

import dagster as dg
import polars as pl

from omics_orchestrator.dictionary import combined, lineage, types
from omics_orchestrator.dictionary.dataset import grain_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Combined, Long
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table

NIGHTLY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)
)
REASONS_COLUMN = "missing_reasons"
_REASONS_MEANING = "Which variables were declared missing in this row, each with its reason (JSON)"
_BESIDE = {
    "comparator": "Comparator of {}: a value below or above what the assay can tell",
    "earliest": "The first day that {} allows",
    "latest": "The last day that {} allows",
    "approximate": "Whether {} was given as approximate",
}
_OF_COMBINED = {
    combined.STUDY: "The study a row comes from",
    combined.ROW_KEY: "The key of the row in its study's dataset",
}
_OF_LONG = {
    "variable": "Which variable, by its name in the dictionary",
    "value": "Its value, in the unit beside it",
    "comparator": "`<` or `>` where the assay cannot tell the value itself",
    "unit": "The unit of the value, in UCUM",
}
_LONGEST_TABLE = 40
_VERSION_LENGTH = 16


def key(name: TableName) -> dg.AssetKey:
    """The asset key of a table."""
    return dg.AssetKey(list(name.key))


def core_table(dictionary: Dictionary, study: Study, table: str) -> Table:
    """The warehouse table of a conformed table: columns and their meaning, key, history."""
    meanings = {
        column: _meaning(dictionary, name, column)
        for name in rules_of(study, table)
        for column in types.columns(dictionary.variables[name])
    }
    found = {
        column: Column(dtype, meanings[column])
        for column, dtype in columns(dictionary, study, table).items()
    }
    found[REASONS_COLUMN] = Column(pl.String(), _REASONS_MEANING)
    spec = study.tables[table]
    return Table(study.core(table), found, spec.grain, history=True, comment=spec.description)


def dataset_table(dictionary: Dictionary, study: Study, name: str) -> Table:
    """The warehouse table of a dataset."""
    variables, dataset = _variables(dictionary), study.datasets[name]
    given = _OF_LONG if isinstance(dataset, Long) else {}
    found = {
        column: Column(dtype, given.get(column) or _meaning(dictionary, variables[column], column))
        for column, (_, dtype) in sources_of(dictionary, study, name).items()
    }
    grain = grain_of(study, dataset)
    return Table(study.dataset(name), found, grain, history=False, comment=dataset.description)


def combined_table(dictionary: Dictionary, dataset: Combined) -> Table:
    """The warehouse table of a dataset of several studies."""
    variables, key = _variables(dictionary), (combined.STUDY, combined.ROW_KEY)
    found = {
        column: Column(
            dtype, _OF_COMBINED.get(column) or _meaning(dictionary, variables[column], column)
        )
        for column, dtype in combined.columns(dictionary, dataset).items()
    }
    name = TableName("datasets", dataset.dataset)
    return Table(name, found, key, history=False, comment=dataset.description)


def code_version(table: Table, rules: str) -> str:
    """The code version of a table: the rules that fill it, and the shape it has."""
    shape = [(name, str(column.dtype)) for name, column in table.columns.items()]
    text = json.dumps([rules, shape, table.key, table.history])
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]


def _variables(dictionary: Dictionary) -> dict[str, str]:
    """The variable of each column that a table may have."""
    return {
        column: name
        for name, variable in dictionary.variables.items()
        for column in types.columns(variable)
    }


def _meaning(dictionary: Dictionary, name: str, column: str) -> str:
    variable = dictionary.variables[name]
    if column != name:
        return _BESIDE[column.removeprefix(f"{name}_")].format(name)
    unit = f" [{variable.unit}]" if variable.unit else ""
    note = f". {variable.description}" if variable.description else ""
    return f"{variable.label}{unit}{note}"


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
    """From which conformed column each column of a dataset comes."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(key(study.core(table)), column)]
            for column, (table, _) in sources_of(dictionary, study, name).items()
        }
    )


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
