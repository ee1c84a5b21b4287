"""Datasets as assets: those of one study, and those that put studies together."""

from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl
from psycopg import Connection

from omics_orchestrator.dictionary import combined, fingerprint
from omics_orchestrator.dictionary import dataset as datasets
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.settled_flags import FLAGS
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.harmonised.assembling import Assembling, Group
from omics_orchestrator.harmonised.exposure import exposure_table
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.derived import Derived, derived_asset
from omics_orchestrator.orchestration.described import combined_lineage, dataset_lineage
from omics_orchestrator.orchestration.loading import Made

_LINEAGE = "dagster/column_lineage"


def dataset_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each dataset of each study, and for each combined one."""
    of_studies = [
        _of_study(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.datasets
    ]
    of_several = [_of_several(dictionary, each) for each in dictionary.datasets.values()]
    return [derived_asset(each) for each in (*of_studies, *of_several)]


def _of_study(dictionary: Dictionary, study: Study, name: str) -> Derived:
    dataset = study.datasets[name]
    tables = {part: core_table(dictionary, study, part) for part in datasets.parts_of(dataset)}
    if dataset.from_exposure:
        tables[FLAGS] = exposure_table(study, "flag")
    assembling = Assembling(
        [Group(tables, datasets.whole_by(study, dataset))],
        lambda frames: datasets.assemble(dictionary, study, name, frames),
    )
    return Derived(
        dataset_table(dictionary, study, name),
        study.owners,
        fingerprint.of_dataset(study, name),
        _names(assembling),
        partial(_made, assembling),
        {_LINEAGE: dataset_lineage(dictionary, study, name)},
    )


def _of_several(dictionary: Dictionary, dataset: Combined) -> Derived:
    groups = [
        Group(
            {rows: dataset_table(dictionary, study, name)},
            {rows: datasets.grain_of(study, study.datasets[name])[0]},
        )
        for rows, (study, name) in combined.members(dictionary, dataset).items()
    ]
    assembling = Assembling(groups, lambda frames: combined.combine(dictionary, dataset, frames))
    return Derived(
        combined_table(dictionary, dataset),
        dataset.owners,
        fingerprint.of_combined(dataset),
        _names(assembling),
        partial(_made, assembling),
        {_LINEAGE: combined_lineage(dictionary, dataset)},
    )


def _names(assembling: Assembling) -> list[TableName]:
    return [table.name for group in assembling.groups for table in group.tables.values()]


def _made(assembling: Assembling, connection: Connection, folder: Path) -> Made:
    frames, made = assembling.run(connection, folder)
    leading = made.rows.filter(pl.col("step").str.starts_with("rows of "))
    return Made(frames, int(leading["rows_in"].sum()), made.rows)
