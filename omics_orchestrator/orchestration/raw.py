"""Raw assets: each source is read once, and each of its tables kept as an immutable snapshot."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fnmatch import fnmatch
from typing import Any

import dagster as dg

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import (
    Dictionary,
    RedcapSource,
    SheetSource,
    Source,
    SqlSource,
    Study,
)
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.kept import discretion_specs, kept_result, raw_spec
from omics_orchestrator.orchestration.redcap import project_assets
from omics_orchestrator.orchestration.resources import Stores, Warehouse, resource_key
from omics_orchestrator.sources import Extract, Request, delimited, excel, sql
from omics_orchestrator.warehouse import ledger

_KINDS = {"sql": "sql", "excel": "excel", "delimited": "csv"}


def raw_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The assets of each source of each study: one multi-asset reads a source."""
    return [
        project_assets(study, name, source)
        if isinstance(source, RedcapSource)
        else _source_assets(study, name, source)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
    ]


def _source_assets(study: Study, name: str, source: SqlSource | SheetSource) -> dg.AssetsDefinition:
    request = Request(study.study, name, source, frozenset(fingerprint.released(study, name)))
    tables = [study.raw(table) for table in source.tables]

    @dg.multi_asset(
        name=f"{study.study}_{name}",
        specs=[
            raw_spec(study, name, table, _description(study, source, table), {_KINDS[source.kind]})
            for table in tables
        ],
        check_specs=discretion_specs(tables),
        required_resource_keys={"warehouse", "stores"} | _resources(study, name, source),
        retry_policy=RETRY,
        can_subset=True,
    )
    def read(context: dg.AssetExecutionContext) -> Iterator[Any]:
        asked = [each for each in tables if key(each) in context.selected_asset_keys]
        with reported(), failures_recorded(context, asked):
            extract = _read(context, request)
            for table in asked:
                yield _keep(context, extract, table, name)

    return read


def _description(study: Study, source: Source, table: TableName) -> str:
    where = {
        "sql": f"The table `{table.table}` of {study.label}'s sample database",
        "excel": f"{study.label}'s Excel sheets `{getattr(source, 'files', '')}`",
        "delimited": f"{study.label}'s text files `{getattr(source, 'files', '')}`",
    }
    return f"{where[source.kind]}, kept exactly as it was received. Identifiers are not fetched."


def _resources(study: Study, name: str, source: Source) -> set[str]:
    return set() if isinstance(source, SheetSource) else {resource_key(study.study, name)}


def _read(context: dg.AssetExecutionContext, request: Request) -> Extract:
    if isinstance(request.source, SheetSource):
        return _read_sheets(context.resources.stores, request, request.source)
    client = getattr(context.resources, resource_key(request.study, request.name))
    return sql.read(client.engine(), request)


def _read_sheets(stores: Stores, request: Request, source: SheetSource) -> Extract:
    folder = stores.named(source.folder, **request.place)
    reader: Callable[..., Extract] = excel.read if source.kind == "excel" else delimited.read
    names = [item.key for item in folder.list() if fnmatch(item.key, source.files)]
    with ExitStack() as opened:
        files = [(name, opened.enter_context(folder.open(name))) for name in names]
        return reader(files, request)


def _keep(
    context: dg.AssetExecutionContext, extract: Extract, table: TableName, source: str
) -> dg.MaterializeResult:
    warehouse: Warehouse = context.resources.warehouse
    taken = snapshot.take(
        context.resources.stores.main(),
        table,
        extract.tables[table.table],
        source=source,
        scope=extract.scope,
        run_id=context.run.run_id,
    )
    with warehouse.session() as connection:
        ledger.record_snapshot(connection, taken)
    return kept_result(taken, table, extract.withheld, extract.scope)
