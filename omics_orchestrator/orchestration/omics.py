"""Omic files as assets: the register of all files, and the links from files to samples."""

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.tables import FILES, LINKS
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Collection, Dictionary
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.orchestration import documents
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import (
    NIGHTLY,
    code_version,
    key,
    markdown,
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
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.snapshot import content_hash
from omics_orchestrator.stores import Store, within
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.read import read

_MOST_NAMED = 30
_UNLINKED = """
    select path from omics.file as f
    where f._valid_to is null and f.status <> 'damaged' and not exists (
        select from omics.file_sample as s
        where s._valid_to is null and (s.collection, s.path) = (f.collection, f.path))
"""


def omics_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The register of files, and their links to samples; neither where nothing is described."""
    register = [_files(dictionary)] if _collections(dictionary) else []
    return [*register, *([_links(dictionary)] if dictionary.collections else [])]


def _collections(dictionary: Dictionary) -> list[Collection]:
    """Every collection of files: those described, and the documents of REDCap projects."""
    return [*dictionary.collections.values(), *documents.collections(dictionary).values()]


def _inboxes(dictionary: Dictionary, stores: Stores) -> list[tuple[Collection, Store]]:
    """Every collection, and where its files arrive."""
    attached = documents.collections(dictionary).items()
    return [
        *((each, stores.named(each.store)) for each in dictionary.collections.values()),
        *((each, within(stores.main(), folder)) for folder, each in attached),
    ]


def _files(dictionary: Dictionary) -> dg.AssetsDefinition:
    version = code_version(FILES, fingerprint.of_register(dictionary))
    attached = [key(table.name) for table in documents.tables(dictionary)]
    whole = dg.AssetCheckSpec(
        "every_file_is_whole",
        asset=key(FILES.name),
        description="No file is damaged or named like what it is not; each one that is, is named.",
    )

    @dg.multi_asset(
        name="omics__file",
        specs=[
            asset_spec(
                FILES,
                _owners(dictionary),
                version,
                deps=attached,
                kind="file",
                freshness=NIGHTLY,
            )
        ],
        check_specs=[*check_specs(FILES), whole],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def register(
        context: dg.AssetExecutionContext,
        config: LoadConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [FILES.name]),
            warehouse.session() as connection,
        ):
            known, inboxes = _registered(connection, version), _inboxes(dictionary, stores)
            files = pl.concat(
                catalogue.register(each, inbox, stores.main(), known) for each, inbox in inboxes
            )
            result = materialise(
                connection,
                FILES,
                run_id=context.run.run_id,
                code_version=version,
                inputs={"inbox": content_hash(files.select(pl.all().cast(pl.String)))},
                make=lambda: Made(files, files.height),
                config=config,
            )
            return result._replace(
                metadata={
                    **(result.metadata or {}),
                    **_counts(files),
                    "hidden_or_unfinished_files_left_out": sum(
                        catalogue.left_out(inbox) for _, inbox in inboxes
                    ),
                },
                check_results=[*(result.check_results or []), _wholeness(files, whole)],
            )

    return register


def _registered(connection: psycopg.Connection, version: str) -> pl.DataFrame:
    """What is registered; nothing when another version registered it, for it knew other facts."""
    last = ledger.last_load(connection, str(FILES.name))
    if last is None or last.code_version != version:
        return pl.DataFrame(schema=catalogue.FILE_SCHEMA)
    return read(connection, FILES)


def _owners(dictionary: Dictionary) -> list[str]:
    studies = {each.study for each in _collections(dictionary)}
    return sorted({owner for name in studies for owner in dictionary.studies[name].owners})


def _counts(files: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    counted = files.group_by("format", "status").len("files").sort("format", "status")
    return {"files_by_format": dg.MetadataValue.md(markdown(counted))}


def _wholeness(files: pl.DataFrame, check: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    faulty = files.drop_nulls("fault").select("path", "status", "fault").sort("path")
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=faulty.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "faulty_files": faulty.height,
            "to_mend": "ask whoever sent a file listed here to send it again, under its own name",
            "faults": dg.MetadataValue.md(markdown(faulty.head(_MOST_NAMED))),
        },
    )


def _links(dictionary: Dictionary) -> dg.AssetsDefinition:
    collections = dictionary.collections.values()
    version = code_version(LINKS, fingerprint.of_links(dictionary))
    sample_tables = {
        each.collection: core_table(dictionary, dictionary.studies[each.study], each.sample_table)
        for each in collections
    }
    deps = [FILES.name, *{table.name for table in sample_tables.values()}]
    only_whole = dg.AssetCheckSpec(
        "only_whole_files_are_linked",
        asset=key(LINKS.name),
        description="No file that failed its validation is linked to a sample.",
        blocking=True,
    )
    nobodys = dg.AssetCheckSpec(
        "every_file_has_an_owner",
        asset=key(LINKS.name),
        description="Every whole file is linked to a sample; those that are not are counted.",
    )

    @dg.multi_asset(
        name="omics__file_sample",
        specs=[asset_spec(LINKS, _owners(dictionary), version, deps=map(key, deps), kind="polars")],
        check_specs=[*check_specs(LINKS), only_whole, nobodys],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def link(
        context: dg.AssetExecutionContext, config: LoadConfig, warehouse: Warehouse
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [LINKS.name]),
            warehouse.session() as connection,
        ):
            described = [each.collection for each in collections]
            files = read(connection, FILES).filter(pl.col("collection").is_in(described))

            def make() -> Made:
                links = pl.concat(
                    catalogue.link(each, files, read(connection, sample_tables[each.collection]))
                    for each in collections
                )
                return Made(links, links.height)

            result = materialise(
                connection,
                LINKS,
                run_id=context.run.run_id,
                code_version=version,
                inputs={str(name): loaded_content(connection, name) for name in deps},
                make=make,
                config=config,
            )
            links = read(connection, LINKS)
            return result._replace(
                check_results=[
                    *(result.check_results or []),
                    _linked_whole(files, links, only_whole),
                    _unlinked(files, links, nobodys),
                ]
            )

    return link


def _linked_whole(
    files: pl.DataFrame, links: pl.DataFrame, check: dg.AssetCheckSpec
) -> dg.AssetCheckResult:
    damaged = files.filter(pl.col("status") == "damaged")
    linked = damaged.join(links, on=catalogue.FILE_KEY, how="semi").height
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=linked == 0,
        metadata={"damaged": damaged.height, "damaged_and_linked": linked},
    )


def _unlinked(
    files: pl.DataFrame, links: pl.DataFrame, check: dg.AssetCheckSpec
) -> dg.AssetCheckResult:
    alone = files.filter(pl.col("status") != "damaged").join(
        links, on=catalogue.FILE_KEY, how="anti"
    )
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=alone.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "files_linked": links.select(catalogue.FILE_KEY).n_unique(),
            "files_without_owner": alone.height,
            "to_mend": "register the sample, or add the file's name pattern to the collection",
            # Not their names: whoever named a file nobody knows may have named a person.
            "by_format": dg.MetadataValue.md(markdown(alone.group_by("format").len("files"))),
            "list_them": _UNLINKED,
        },
    )
