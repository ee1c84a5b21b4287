"""A REDCap project as assets: its dictionary with its history, its records, and each instrument.

The project is read as a whole, whichever of its tables are selected: they show one moment, and the
next sync builds on all of them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import psycopg
from pydantic import Field

from omics_orchestrator import mirror, snapshot
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import RedcapSource, Study
from omics_orchestrator.naming import TableName, as_part
from omics_orchestrator.orchestration.described import key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.kept import discretion_specs, kept_result, raw_spec
from omics_orchestrator.orchestration.project_dictionary import ProjectDictionary
from omics_orchestrator.orchestration.resources import RedcapProject, resource_key
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.sources import Request, redcap
from omics_orchestrator.sources.redcap import Client, Reading
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.ledger import Snapshot


class ReadConfig(dg.Config):
    """What a person may ask of one reading, in the launchpad of Dagster's UI."""

    everything: bool = Field(
        default=False, description="Read all records, not only those that changed."
    )


def records_table(study: Study, source: str) -> TableName:
    """Name the table of all records of a project."""
    return study.raw(f"{source}_record")


def project_assets(study: Study, name: str, source: RedcapSource) -> dg.AssetsDefinition:
    """The multi-asset that reads a project."""
    request = Request(study.study, name, source, frozenset(fingerprint.released(study, name)))
    tables = {form: study.raw(as_part(form)) for form in source.instruments}
    tables[mirror.RECORDS] = records_table(study, name)
    dictionary = ProjectDictionary(study, name)
    agrees = dg.AssetCheckSpec(
        "mirror_agrees",
        asset=key(tables[mirror.RECORDS]),
        description="A full read finds no record changed that the reads of changes had missed.",
    )

    @dg.multi_asset(
        name=f"{study.study}_{name}",
        specs=[
            dictionary.spec(),
            *(
                raw_spec(study, name, table, _description(study, form), {"redcap"})
                for form, table in tables.items()
            ),
        ],
        check_specs=[*discretion_specs(tables.values()), agrees],
        required_resource_keys={"warehouse", "stores", resource_key(study.study, name)},
        retry_policy=RETRY,
        # Named by the variable that holds the address: all projects of one server share its limit.
        pool=f"redcap_{source.url.lower()}",
        can_subset=True,
    )
    def read(context: dg.AssetExecutionContext, config: ReadConfig) -> Iterator[Any]:
        began = datetime.now(UTC)
        door: RedcapProject = getattr(context.resources, resource_key(study.study, name))
        store: Store = context.resources.stores.main()
        with (
            reported(),
            failures_recorded(context, tables.values()),
            context.resources.warehouse.session() as connection,
            TemporaryDirectory() as folder,
        ):
            with failures_recorded(context, [dictionary.table.name]):
                client = door.open(connection)
                described = redcap.describe(client)
                of_dictionary = dictionary.load(connection, described, context.run.run_id)
            asked = context.selected_asset_keys
            if of_dictionary.asset_key in asked:
                yield of_dictionary
            once = dictionary.once_identifiers(connection)
            reading = redcap.open_reading(client, request, described, once)
            mirrored = mirror.sync(
                client,
                reading,
                store,
                _past(connection, tables),
                began=began,
                folder=Path(folder),
                everything=config.everything,
            )
            scope = _scope(client, reading, mirrored) | {
                snapshot.DESCRIPTION: _described(store, dictionary.table.name, described)
            }
            taken = {
                form: snapshot.take(
                    store,
                    table,
                    mirrored.tables[form],
                    source=name,
                    scope=scope,
                    run_id=context.run.run_id,
                )
                for form, table in tables.items()
            }
            ledger.record_snapshots(connection, taken.values())
            shown = {**redcap.scope(reading, client), **mirrored.report}
            for form, table in tables.items():
                if key(table) in asked:
                    yield kept_result(taken[form], table, reading.withheld, shown)
            if agrees.asset_key in asked:
                yield _agreement(agrees, mirrored)

    return read


def _described(store: Store, name: TableName, described: Description) -> str:
    """Keep what the project said of itself, and give the object's key."""
    text = described.json.encode()
    key = f"{name.layer}/{name.relation}/{hashlib.sha256(text).hexdigest()}.json"
    store.put(key, text)
    return key


def _description(study: Study, form: str) -> str:
    if form == mirror.RECORDS:
        return f"Every record of the {study.label} REDCap project, and its data access group."
    return (
        f"The form `{form}` of the {study.label} REDCap project, kept exactly as it was received. "
        "Identifiers are not fetched."
    )


def _past(connection: psycopg.Connection, tables: Mapping[str, TableName]) -> dict[str, Snapshot]:
    found = {form: ledger.latest_snapshot(connection, str(table)) for form, table in tables.items()}
    return {form: kept for form, kept in found.items() if kept is not None}


def _scope(client: Client, reading: Reading, mirrored: mirror.Mirrored) -> dict[str, object]:
    """What every snapshot of this sync says of itself."""
    return {
        **redcap.scope(reading, client),
        **mirrored.report,
        **mirrored.state.scope(),
    }


def _agreement(check: dg.AssetCheckSpec, mirrored: mirror.Mirrored) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=mirrored.unannounced == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            **mirrored.report,
            "to_mend": "ask the REDCap administrator whether records were changed behind its log; "
            "until then read in full more often (`full_read_every_days`)",
        },
    )
