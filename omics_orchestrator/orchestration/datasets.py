"""Datasets as assets: those of one study, and those that put studies together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
import polars as pl

from omics_orchestrator.dictionary import combined, fingerprint
from omics_orchestrator.dictionary import dataset as datasets
from omics_orchestrator.dictionary.dataset import Assembled
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.tables import Combined
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import (
    code_version,
    combined_lineage,
    combined_table,
    core_table,
    dataset_lineage,
    dataset_table,
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
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.table import Table


@dataclass(frozen=True)
class _Dataset:
    """A dataset: its table, whose it is, the tables it is made of, and how."""

    table: Table
    owners: Sequence[str]
    version: str
    made_of: Mapping[str, Table]
    lineage: dg.TableColumnLineage
    assemble: Callable[[Mapping[str, pl.DataFrame]], Assembled]


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
    return _Dataset(
        dataset_table(dictionary, study, name),
        study.owners,
        fingerprint.of_dataset(study, name),
        {
            part: core_table(dictionary, study, part)
            for part in datasets.parts_of(study.datasets[name])
        },
        dataset_lineage(dictionary, study, name),
        lambda frames: datasets.assemble(dictionary, study, name, frames),
    )


def _of_several(dictionary: Dictionary, dataset: Combined) -> _Dataset:
    members = combined.members(dictionary, dataset)
    return _Dataset(
        combined_table(dictionary, dataset),
        dataset.owners,
        fingerprint.of_combined(dataset),
        {rows: dataset_table(dictionary, study, name) for rows, (study, name) in members.items()},
        combined_lineage(dictionary, dataset),
        lambda frames: combined.combine(dictionary, dataset, frames),
    )


def _asset(dataset: _Dataset) -> dg.AssetsDefinition:
    table, made_of = dataset.table, dataset.made_of
    version = code_version(table, dataset.version)
    deps = [key(part.name) for part in made_of.values()]
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
        ):

            def make() -> Made:
                frames = {name: read(connection, part) for name, part in made_of.items()}
                made = dataset.assemble(frames)
                leading = made.rows.filter(pl.col("step").str.starts_with("rows of "))
                return Made(made.frame, int(leading["rows_in"].sum()), made.rows)

            return materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={
                    str(part.name): loaded_content(connection, part.name)
                    for part in made_of.values()
                },
                make=make,
                config=config,
            )

    return assemble
