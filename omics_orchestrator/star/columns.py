"""The columns that facts and dimensions share: their keys, and the row they come from."""

from collections.abc import Mapping, Sequence

import polars as pl

from omics_orchestrator.naming import TableName
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column, Table

TEXT, NUMBER, COUNT = pl.String(), pl.Float64(), pl.Int64()
DATE, FLAG = pl.Date(), pl.Boolean()
MEMBERS = {
    "study_key": "dim_study",
    "participant_key": "dim_participant",
    "visit_key": "dim_visit",
    "date_key": "dim_date",
    "site_key": "dim_site",
    "drug_key": "dim_drug",
    "variable_key": "dim_variable",
    "start_date_key": "dim_date",
    "stop_date_key": "dim_date",
}
_MEANINGS = {
    "study_key": "The study",
    "participant_key": "The participant",
    "visit_key": "The visit",
    "date_key": "The day",
    "site_key": "The site of the participant",
    "drug_key": "The drug, or the class of drugs",
    "variable_key": "The variable",
    "start_date_key": "The first day on which it can have started",
    "stop_date_key": "The last day that it can have lasted",
}
ORIGIN = {
    "source_table": Column(TEXT, "The table whose row it is"),
    "row_key": Column(TEXT, "The key of that row, its parts joined by /"),
}


def keys(*names: str) -> dict[str, Column]:
    """Columns that are keys of dimensions."""
    return {name: Column(TEXT, f"{_MEANINGS[name]}: see {MEMBERS[name]}") for name in names}


def view(
    name: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    parts: Sequence[Part],
) -> View:
    """A fact or dimension; which of its columns lead to other dimensions is told by their names."""
    members = {
        column: dimension
        for column, dimension in MEMBERS.items()
        if column in columns and dimension != name
    }
    table = Table(TableName("star", name), columns, key, history=False, comment=grain)
    return View(table, parts, members)
