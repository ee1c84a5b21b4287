"""Raw assets: each source is read once, and each of its tables kept as an immutable snapshot."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fnmatch import fnmatch
from typing import Any

import dagster as dg

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Dictionary, RedcapSource, SheetSource, Source, Study
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import NIGHTLY, key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.resources import Stores, Warehouse, resource_key
from omics_orchestrator.sources import Extract, Request, delimited, excel, redcap, sql
from omics_orchestrator.warehouse import ledger

_KINDS = {
    "redcap": {"redcap", "parquet"},
    "sql": {"sql", "parquet"},
    "excel": {"excel", "parquet"},
    "delimited": {"csv", "parquet"},
}


def raw_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """One multi-asset for each source of each study."""
    return [
        _source_assets(study, name, source)
        for study in dictionary.studies.values()
        for name, source in study.sources.items()
    ]


def _source_assets(study: Study, name: str, source: Source) -> dg.AssetsDefinition:
    request = Request(study.study, name, source, frozenset(fingerprint.released(study, name)))
    tables = {f"{name}__{table}": study.raw(table) for table in source.tables}
    outputs = {
        output: dg.AssetSpec(
            key(table),
            description=_description(study, source, table.table),
            group_name=table.group,
            kinds=_KINDS[source.kind],
            owners=list(study.owners),
            code_version=fingerprint.of_raw(study, name),
            freshness_policy=NIGHTLY,
            skippable=True,
        )
        for output, table in tables.items()
    }
    withheld = [
        dg.AssetCheckSpec(
            "no_identifier",
            asset=key(table),
            description="No field that identifies a person, and no free text that nobody "
            "released, was asked for or has arrived.",
            blocking=True,
        )
        for table in tables.values()
    ]

    @dg.multi_asset(
        name=f"{study.study}_{name}",
        specs=list(outputs.values()),
        check_specs=withheld,
        required_resource_keys={"warehouse", "stores"} | _resources(study, name, source),
        retry_policy=RETRY,
        pool=_pool(source),
        can_subset=True,
    )
    def read(context: dg.AssetExecutionContext) -> Iterator[Any]:
        asked = [each for each in tables.values() if key(each) in context.selected_asset_keys]
        with reported(), failures_recorded(context, asked):
            extract = _read(context, request)
            for table in asked:
                yield _keep(context, extract, table, name)

    return read


def _description(study: Study, source: Source, table: str) -> str:
    where = {
        "redcap": f"The form `{table}` of the {study.label} REDCap project",
        "sql": f"The table `{table}` of {study.label}'s sample database",
        "excel": f"{study.label}'s Excel sheets `{getattr(source, 'files', '')}`",
        "delimited": f"{study.label}'s text files `{getattr(source, 'files', '')}`",
    }
    return f"{where[source.kind]}, kept exactly as it was received. Identifiers are not fetched."


def _resources(study: Study, name: str, source: Source) -> set[str]:
    return set() if isinstance(source, SheetSource) else {resource_key(study.study, name)}


def _pool(source: Source) -> str | None:
    # Named by the variable that holds the address: all projects of one server share its limit.
    return f"redcap_{source.url.lower()}" if isinstance(source, RedcapSource) else None


def _read(context: dg.AssetExecutionContext, request: Request) -> Extract:
    source = request.source
    if isinstance(source, SheetSource):
        return _read_sheets(context.resources.stores, request, source)
    client = getattr(context.resources, resource_key(request.study, request.name))
    if isinstance(source, RedcapSource):
        return redcap.read(client.open(), request)
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
    frame = extract.tables[table.table]
    taken = snapshot.take(
        context.resources.stores.main(),
        table,
        frame,
        source=source,
        scope=extract.scope,
        run_id=context.run.run_id,
    )
    with warehouse.session() as connection:
        ledger.record_snapshot(connection, taken)
    return dg.MaterializeResult(
        asset_key=key(table),
        data_version=dg.DataVersion(taken.content_hash),
        check_results=[_withheld_result(extract, table)],
        metadata={
            "dagster/row_count": frame.height,
            "columns": frame.width,
            "snapshot": taken.object_key,
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(name, type="text") for name in frame.columns]
            ),
            **{f"scope/{name}": value for name, value in extract.scope.items()},
        },
    )


def _withheld_result(extract: Extract, table: TableName) -> dg.AssetCheckResult:
    columns = extract.tables[table.table].columns
    slipped = sorted({column.partition("___")[0] for column in columns} & set(extract.withheld))
    listed = "\n".join(f"| {field} | {rule} |" for field, rule in sorted(extract.withheld.items()))
    return dg.AssetCheckResult(
        check_name="no_identifier",
        asset_key=key(table),
        passed=not slipped,
        metadata={
            "fields_withheld_by_the_source": len(extract.withheld),
            "withheld": dg.MetadataValue.md(f"| field | rule |\n| --- | --- |\n{listed}"),
            "arrived_all_the_same": ", ".join(slipped) or "none",
        },
    )
