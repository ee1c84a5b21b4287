"""Datasets as assets: those of one study, and those that put studies together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import polars as pl

from omics_orchestrator.dictionary import combined, fingerprint
from omics_orchestrator.dictionary import dataset as datasets
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.harmonised.assembling import Assembling, Group
from omics_orchestrator.harmonised.tables import combined_table, core_table, dataset_table
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import (
    code_version,
    combined_lineage,
    dataset_lineage,
    key,
)
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    Made,
    asset_spec,
    check_specs,
    loaded_content,
    materialise,
)
from omics_orchestrator.orchestration.resources import Warehouse
from omics_orchestrator.warehouse.table import Table


@dataclass(frozen=True)
class _Dataset:
    """A dataset: its table, whose it is, and how it is made."""

    table: Table
    owners: Sequence[str]
    version: str
    lineage: dg.TableColumnLineage
    assembling: Assembling


def dataset_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each dataset of each study, and for each combined one."""
    of_studies = [
        _of_study(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.datasets
    ]
    of_several = [_of_several(dictionary, each) for each in dictionary.datasets.values()]
    return [_asset(each) for each in (*of_studies, *of_several)]


def _of_study(dictionary: Dictionary, study: Study, name: str) -> _Dataset:
    dataset = study.datasets[name]
    tables = {part: core_table(dictionary, study, part) for part in datasets.parts_of(dataset)}
    return _Dataset(
        dataset_table(dictionary, study, name),
        study.owners,
        fingerprint.of_dataset(study, name),
        dataset_lineage(dictionary, study, name),
        Assembling(
            [Group(tables, datasets.whole_by(study, dataset))],
            lambda frames: datasets.assemble(dictionary, study, name, frames),
        ),
    )


def _of_several(dictionary: Dictionary, dataset: Combined) -> _Dataset:
    groups = [
        Group(
            {rows: dataset_table(dictionary, study, name)},
            datasets.whole_by(study, study.datasets[name]),
        )
        for rows, (study, name) in combined.members(dictionary, dataset).items()
    ]
    return _Dataset(
        combined_table(dictionary, dataset),
        dataset.owners,
        fingerprint.of_combined(dataset),
        combined_lineage(dictionary, dataset),
        Assembling(groups, lambda frames: combined.combine(dictionary, dataset, frames)),
    )


def _asset(dataset: _Dataset) -> dg.AssetsDefinition:
    table, version = dataset.table, code_version(dataset.table, dataset.version)
    made_of = [part.name for group in dataset.assembling.groups for part in group.tables.values()]
    deps = [key(name) for name in made_of]
    spec = asset_spec(table, dataset.owners, version, deps=deps, kind="polars")

    @dg.multi_asset(
        name="__".join(table.name.key),
        specs=[spec.merge_attributes(metadata={"dagster/column_lineage": dataset.lineage})],
        check_specs=check_specs(table),
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def assemble(
        context: dg.AssetExecutionContext, config: LoadConfig, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [table.name]),
            warehouse.session() as connection,
            TemporaryDirectory() as folder,
        ):

            def make() -> Made:
                frames, made = dataset.assembling.run(connection, Path(folder))
                leading = made.rows.filter(pl.col("step").str.starts_with("rows of "))
                return Made(frames, int(leading["rows_in"].sum()), made.rows)

            return materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={str(name): loaded_content(connection, name) for name in made_of},
                make=make,
                config=config,
            )

    return assemble
