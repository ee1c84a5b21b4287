"""Conformed tables and datasets as assets, one for each that the study files describe."""

from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import psycopg

from omics_orchestrator import snapshot
from omics_orchestrator.conforming import Conforming
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, Study
from omics_orchestrator.dictionary.reads import fields_read, raw_tables
from omics_orchestrator.errors import SourceError
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import (
    code_version,
    core_lineage,
    key,
)
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import (
    LoadConfig,
    Made,
    asset_spec,
    check_specs,
    materialise,
)
from omics_orchestrator.orchestration.project_dictionary import ProjectDictionary
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.redcap_project.study_check import as_the_run_has_it
from omics_orchestrator.settings import Settings
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.ledger import Snapshot

WAREHOUSE_POOL = "warehouse"


def core_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One asset for each conformed table of each study."""
    return [
        _core_asset(dictionary, study, name)
        for study in dictionary.studies.values()
        for name in study.tables
    ]


def _core_asset(dictionary: Dictionary, study: Study, name: str) -> dg.AssetsDefinition:
    table = core_table(dictionary, study, name)
    raw = [study.raw(each) for each in raw_tables(study, name)]
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
            TemporaryDirectory() as folder,
        ):
            versions = _versions(connection, study, name)
            taken = [latest_snapshot(connection, source) for source in raw]
            result = materialise(
                connection,
                table,
                run_id=context.run.run_id,
                code_version=version,
                inputs={each.relation: each.content_hash for each in taken} | versions,
                make=lambda: _made(_conforming(dictionary, study, name, stores, taken), folder),
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
    sources = dict.fromkeys(part.source for part in study.tables[name].rows)
    return {
        source: ProjectDictionary(study, source)
        for source in sources
        if isinstance(study.sources[source], RedcapSource)
    }


def _versions(connection: psycopg.Connection, study: Study, name: str) -> dict[str, str]:
    """The version of each project's dictionary; SourceError when what a table reads drifted."""
    read_by = fields_read(study, name).values()
    fields = {field.partition("___")[0] for fields in read_by for field in fields}
    found = {}
    for source, project in _projects(study, name).items():
        read = [part.name for part in study.tables[name].rows if part.source == source]
        forms = project.forms(read)
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


def _conforming(
    dictionary: Dictionary, study: Study, name: str, stores: Stores, taken: list[Snapshot]
) -> Conforming:
    store = stores.main()
    coded = _with_project_codes(dictionary, study, name, store, taken)
    by_table = {TableName.parse(each.relation).table: each for each in taken}
    return Conforming(dictionary, coded, name, by_table, store, hash_key())


def _made(conforming: Conforming, folder: str) -> Made:
    frames, accounts = conforming.run(Path(folder))
    arrived = sum(each.rows for each in conforming.taken.values())
    return Made.conformed(frames, arrived, accounts)


def _with_project_codes(
    dictionary: Dictionary, study: Study, name: str, store: Store, taken: list[Snapshot]
) -> Study:
    """The study with the codes that its projects declared when they were read."""
    by_table = {TableName.parse(each.relation).table: each for each in taken}
    read = {part.source: by_table[part.name] for part in study.tables[name].rows}
    for source in _projects(study, name):
        described = snapshot.project_description(store, read[source])
        study = as_the_run_has_it(dictionary, study, name, source, described)
    return study


def hash_key() -> bytes:
    """The secret key of the hashes that stand for records and values in quarantine."""
    return Settings.from_environment().need("key").encode()
