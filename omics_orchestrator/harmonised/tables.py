"""The tables of the warehouse that the dictionary describes: conformed ones, and datasets."""

from collections.abc import Mapping

import polars as pl

from omics_orchestrator.dictionary import combined, types
from omics_orchestrator.dictionary.dataset import grain_of, sources_of
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import columns
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.tables import Combined, Long
from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Column, Table

REASONS_COLUMN = "missing_reasons"
_REASONS_MEANING = "Why variables are missing in this row: as declared, or `quarantined` (JSON)"
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
    found[REASONS_COLUMN] = Column(pl.String(), _REASONS_MEANING, computed=True)
    spec = study.tables[table]
    return Table(study.core(table), found, spec.grain, history=True, comment=spec.description)


def dataset_table(dictionary: Dictionary, study: Study, name: str) -> Table:
    """The warehouse table of a dataset."""
    dataset = study.datasets[name]
    given = _OF_LONG if isinstance(dataset, Long) else {}
    made = {column: dtype for column, (_, dtype) in sources_of(dictionary, study, name).items()}
    found = _columns(dictionary, made, given)
    grain = grain_of(study, dataset)
    return Table(study.dataset(name), found, grain, history=False, comment=dataset.description)


def combined_table(dictionary: Dictionary, dataset: Combined) -> Table:
    """The warehouse table of a dataset of several studies."""
    members = combined.members(dictionary, dataset).values()
    is_long = any(isinstance(study.datasets[name], Long) for study, name in members)
    given = _OF_COMBINED | _OF_LONG if is_long else _OF_COMBINED
    found = _columns(dictionary, combined.columns(dictionary, dataset), given)
    key = (combined.STUDY, combined.ROW_KEY)
    name = TableName("datasets", dataset.dataset)
    return Table(name, found, key, history=False, comment=dataset.description)


def _columns(
    dictionary: Dictionary, made: Mapping[str, pl.DataType], given: Mapping[str, str]
) -> dict[str, Column]:
    """The columns of a dataset, each with the meaning that is given, or that of its variable."""
    variables = {
        column: name
        for name, variable in dictionary.variables.items()
        for column in types.columns(variable)
    }
    return {
        column: Column(dtype, given.get(column) or _meaning(dictionary, variables[column], column))
        for column, dtype in made.items()
    }


def _meaning(dictionary: Dictionary, name: str, column: str) -> str:
    variable = dictionary.variables[name]
    if column != name:
        return _BESIDE[column.removeprefix(f"{name}_")].format(name)
    unit = f" [{variable.unit}]" if variable.unit else ""
    note = f". {variable.description}" if variable.description else ""
    return f"{variable.label}{unit}{note}"
