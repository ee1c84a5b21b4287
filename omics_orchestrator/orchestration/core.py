"""Conformed tables and datasets as assets, one for each that the study files describe."""

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary import dataset as datasets
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.dictionary.plan import rules_of
from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import (
    code_version,
    core_lineage,
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
from omics_orchestrator.orchestration.project_dictionary import ProjectDictionary
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.redcap_project.codes import with_missing_codes
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.ledger import Snapshot
from omics_orchestrator.warehouse.read import read

WAREHOUSE_POOL = "warehouse"


def core_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each conformed table of each study."""
    return [
        _core_asset(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.tables
    ]


def dataset_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each dataset of each study."""
    return [
        _dataset_asset(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.datasets
    ]


def _core_asset(dictionary: Dictionary, study: Study, name: str) -> dg.AssetsDefinition:
    table = core_table(dictionary, study, name)
    raw = [study.raw(rows.partition(".")[2]) for rows in study.tables[name].rows]
    dictionaries = [key(project.table.name) for project in _projects(study, name).values()]
    version = code_version(table, fingerprint.of_table(dictionary, study, name))

    @dg.multi_asset(
        name="__".join(table.name.key),
        specs=[
            asset_spec(
                table, study.owners, version, deps=[*map(key, raw), *dictionaries], kind="polars"
            )
        ],
        check_specs=check_specs(table),
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def load(
        context: dg.AssetExecutionContext,
        config: LoadConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [table.name]),
            warehouse.session() as connection,
        ):
            versions = _versions(connection, study, name)
            taken = [latest_snapshot(connection, source) for source in raw]
            result = materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={each.relation: each.content_hash for each in taken} | versions,
                make=lambda: _conformed(dictionary, study, name, stores, taken),
                config=config,
            )
            origin = {
                field: key(name)
                for name, each in zip(raw, taken, strict=True)
                for field in snapshot.fields(each)
            }
            lineage = core_lineage(study, name, origin)
            return result._replace(
                metadata={**(result.metadata or {}), "dagster/column_lineage": lineage}
            )

    return load


def _projects(study: Study, name: str) -> dict[str, ProjectDictionary]:
    """The REDCap projects that a table reads, by their name in the study file."""
    sources = dict.fromkeys(rows.partition(".")[0] for rows in study.tables[name].rows)
    return {
        source: ProjectDictionary(study, source)
        for source in sources
        if isinstance(study.sources[source], RedcapSource)
    }


def _versions(connection: psycopg.Connection, study: Study, name: str) -> dict[str, str]:
    """The version of each project's dictionary; SourceError when what a table reads drifted."""
    fields = {f.partition("___")[0] for rule in rules_of(study, name).values() for f in rule.fields}
    found = {}
    for source, project in _projects(study, name).items():
        split = [rows.partition(".") for rows in study.tables[name].rows]
        forms = project.forms([table for of, _, table in split if of == source])
        version = project.refuse_drift(connection, study.core(name), fields, forms)
        found[str(project.table.name)] = version
    return found


def latest_snapshot(connection: psycopg.Connection, source: TableName) -> Snapshot:
    """What a source said last; SourceError when it was never read."""
    taken = ledger.latest_snapshot(connection, str(source))
    if taken is None:
        raise SourceError(
            "no snapshot has been taken yet", mend="materialise the raw table.", table=str(source)
        )
    return taken


def _conformed(
    dictionary: Dictionary, study: Study, name: str, stores: Stores, taken: list[Snapshot]
) -> Made:
    store = stores.main()
    frames = {TableName.parse(each.relation).table: snapshot.read(store, each) for each in taken}
    study = _with_project_codes(study, name, taken)
    conformed = conform(dictionary, study, name, frames, hash_key=hash_key())
    return Made(
        frame=conformed.frame,
        rows_in=sum(frame.height for frame in frames.values()),
        rows=conformed.rows,
        cells=conformed.cells,
        quarantine=conformed.quarantine,
        unclassified=conformed.unclassified,
    )


def _with_project_codes(study: Study, name: str, taken: list[Snapshot]) -> Study:
    """The study with the missing data codes that its projects declared when they were read."""
    for rows, each in zip(study.tables[name].rows, taken, strict=True):
        codes, exempt = (each.scope.get(k) for k in ("missing_codes", "without_missing_codes"))
        if isinstance(codes, dict) and isinstance(exempt, list):
            study = with_missing_codes(study, name, rows.partition(".")[0], codes, exempt)
    return study


def hash_key() -> bytes:
    """The secret key of the hashes that stand for records and values in quarantine."""
    return Settings.from_environment().need("key").encode()


def _dataset_asset(dictionary: Dictionary, study: Study, name: str) -> dg.AssetsDefinition:
    table = dataset_table(dictionary, study, name)
    dataset = study.datasets[name]
    parts = [dataset.rows, *dataset.beside]
    version = code_version(table, fingerprint.of_dataset(study, name))
    spec = asset_spec(
        table, study.owners, version, deps=[key(study.core(part)) for part in parts], kind="polars"
    )
    lineage = {"dagster/column_lineage": dataset_lineage(dictionary, study, name)}

    @dg.multi_asset(
        name="__".join(table.name.key),
        specs=[spec.merge_attributes(metadata=lineage)],
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
            return materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={
                    str(study.core(part)): loaded_content(connection, study.core(part))
                    for part in parts
                },
                make=lambda: _assembled(connection, dictionary, study, name),
                config=config,
            )

    return assemble


def _assembled(
    connection: psycopg.Connection, dictionary: Dictionary, study: Study, name: str
) -> Made:
    dataset = study.datasets[name]
    tables: dict[str, pl.DataFrame] = {
        part: read(connection, core_table(dictionary, study, part))
        for part in (dataset.rows, *dataset.beside)
    }
    assembled = datasets.assemble(dictionary, study, name, tables)
    return Made(assembled.frame, tables[dataset.rows].height, assembled.rows)
