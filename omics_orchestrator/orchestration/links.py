"""What omic files are tied to, as assets: samples, nobody yet, each other, what they are made of.

The four are made together, since a file that is not the one its list tells of is linked to nobody,
and none is made of another person's file.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.link_tables import DERIVATIONS, LINKS, SETS, UNLINKED
from omics_orchestrator.catalogue.list_texts import texts_of
from omics_orchestrator.catalogue.tables import DIGESTS, FILES
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.model import Collection, Dictionary
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration import derivation_checks, link_checks
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import code_version, key
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
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.shape import fit
from omics_orchestrator.warehouse.table import Table

_TABLES = (LINKS, UNLINKED, SETS, DERIVATIONS)


def link_asset(dictionary: Dictionary) -> dg.AssetsDefinition:
    """The links, sets and derivations of every described collection's files."""
    deps = _deps(dictionary)
    rules = fingerprint.of_links(dictionary)
    versions = {table.name: code_version(table, rules) for table in _TABLES}

    def spec(table: Table) -> dg.AssetSpec:
        needed = map(key, deps)
        version = versions[table.name]
        return asset_spec(table, _owners(dictionary), version, deps=needed, kind="polars")

    @dg.multi_asset(
        name="__".join(LINKS.name.key),
        specs=[spec(table) for table in _TABLES],
        check_specs=[
            *(each for table in _TABLES for each in check_specs(table)),
            *link_checks.SPECS.values(),
            *derivation_checks.SPECS.values(),
        ],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def link(
        context: dg.AssetExecutionContext,
        config: LoadConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> Iterator[dg.MaterializeResult]:
        with (
            reported(),
            failures_recorded(context, list(versions)),
            warehouse.session() as connection,
        ):
            inputs = {str(name): loaded_content(connection, name) for name in deps}
            files = read(connection, FILES)
            tied = catalogue.Tied.together(
                [
                    _tied(connection, dictionary, stores, files, each)
                    for each in dictionary.collections.values()
                ]
            )
            made = catalogue.derived(tied.inputs, files, tied.links, _made_before(connection))
            found = [
                *link_checks.results(files, tied),
                *derivation_checks.results(files, made),
            ]
            frames = (tied.links, tied.unlinked, tied.sets, made.rows)
            for table, frame in zip(_TABLES, frames, strict=True):
                result = materialise(
                    connection,
                    table,
                    run_id=context.run.run_id,
                    code_version=versions[table.name],
                    inputs=inputs,
                    make=partial(Made, frame, frame.height),
                    # One file that goes may be all that was derived; the register has its guard.
                    config=LoadConfig(allow_shrink=1.0) if table is DERIVATIONS else config,
                )
                own = [each for each in found if each.asset_key == key(table.name)]
                yield result._replace(check_results=[*(result.check_results or []), *own])

    return link


def _made_before(connection: psycopg.Connection) -> pl.DataFrame:
    with connection.transaction():
        fit(connection, DERIVATIONS)
    return read(connection, DERIVATIONS)


def _deps(dictionary: Dictionary) -> list[TableName]:
    return sorted(
        {
            FILES.name,
            DIGESTS.name,
            *(_samples(dictionary, each).name for each in dictionary.collections.values()),
        }
    )


def _samples(dictionary: Dictionary, collection: Collection) -> Table:
    return core_table(dictionary, dictionary.studies[collection.study], collection.sample_table)


def _owners(dictionary: Dictionary) -> list[str]:
    studies = {each.study for each in dictionary.collections.values()}
    return sorted({owner for name in studies for owner in dictionary.studies[name].owners})


def _tied(
    connection: psycopg.Connection,
    dictionary: Dictionary,
    stores: Stores,
    files: pl.DataFrame,
    collection: Collection,
) -> catalogue.Tied:
    samples = read(connection, _samples(dictionary, collection))
    needed = catalogue.texts_needed(collection, files)
    texts, problems = texts_of(needed, stores.main(), stores.named(collection.store))
    tied = catalogue.tie(collection, files, samples, texts, read(connection, DIGESTS))
    return replace(tied, problems=[*problems, *tied.problems])
