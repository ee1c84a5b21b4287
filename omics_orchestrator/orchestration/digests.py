"""Checksums computed for lists, as an asset: some gigabytes each run, so that links wait for none.

What is not read in time is told as not compared, and read by the next run or at night.
"""

from collections.abc import Iterator
from itertools import islice

import dagster as dg
import polars as pl
import psycopg
from pydantic import Field

from omics_orchestrator.catalogue import digests, linking
from omics_orchestrator.catalogue.list_texts import texts_of
from omics_orchestrator.catalogue.tables import DIGESTS, FILES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import NIGHTLY, code_version, key
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import asset_spec, check_specs, checked
from omics_orchestrator.orchestration.omics import owners
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.orchestration.verification import door
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.shape import fit

_TOGETHER = 100
_NONE = pl.DataFrame(schema=DIGESTS.schema)


class DigestConfig(dg.Config):
    """How much one run reads for lists of checksums."""

    gigabytes: float = Field(50.0, description="How many GB to read for lists of checksums.")


def digest_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The checksums that lists ask for, where collections are described."""
    return [_digests(dictionary)] if dictionary.collections else []


def _digests(dictionary: Dictionary) -> dg.AssetsDefinition:
    version = code_version(DIGESTS, "")
    compared = dg.AssetCheckSpec(
        "every_listed_file_is_read",
        asset=key(DIGESTS.name),
        description="Every file that a list names was read by the list's own kind of checksum.",
    )

    @dg.multi_asset(
        name="__".join(DIGESTS.name.key),
        # Also nightly: what one run had no time for is read by the next.
        specs=[
            asset_spec(
                DIGESTS,
                owners(dictionary),
                version,
                deps=[key(FILES.name)],
                kind="file",
                freshness=NIGHTLY,
            )
        ],
        check_specs=[*check_specs(DIGESTS), compared],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def compute(
        context: dg.AssetExecutionContext,
        config: DigestConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [DIGESTS.name]),
            warehouse.session() as connection,
        ):
            with connection.transaction():
                fit(connection, DIGESTS)
            listed = _listed(connection, dictionary, stores)
            wanted = digests.chosen(listed, round(config.gigabytes * 1e9))
            found = digests.found(wanted.contents, door(stores, dictionary))
            load = Load(context.run.run_id, version, {}, 0)
            unread = _record(connection, found, load)
            result = _told(connection, load, wanted, unread)
            shown = dg.AssetCheckResult(
                check_name=compared.name,
                asset_key=compared.asset_key,
                passed=not (unread or wanted.waiting),
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "could_not_be_read": unread,
                    "left_for_the_next_runs": wanted.waiting,
                    "to_mend": "nothing for those left: the next run reads on, or now with more "
                    "`gigabytes` in the launchpad; what could not be read was taken away or "
                    "changed: look through the inboxes anew (`omics/file`)",
                },
            )
            return result._replace(check_results=[*(result.check_results or []), shown])

    return compute


def _listed(
    connection: psycopg.Connection, dictionary: Dictionary, stores: Stores
) -> list[pl.DataFrame]:
    """Of each collection, the files that lists name by checksums that are not known yet."""
    files, known = read(connection, FILES), read(connection, DIGESTS)
    found = []
    for each in dictionary.collections.values():
        needed = linking.lists_needed(each, files)
        texts, _ = texts_of(needed, stores.main(), stores.named(each.store))
        found.append(digests.listed_without(linking.there_of(each, files), texts, known))
    return found


def _record(
    connection: psycopg.Connection, found: Iterator[dict[str, str] | None], load: Load
) -> int:
    """Keep what was computed, some contents at a time; count the contents that were not read."""
    unread = 0
    while some := list(islice(found, _TOGETHER)):
        rows = [row for row in some if row]
        unread += len(some) - len(rows)
        if rows:
            amend(connection, DIGESTS, pl.DataFrame(rows, schema=DIGESTS.schema), _NONE, load)
    if ledger.last_load(connection, str(DIGESTS.name)) is None:
        amend(connection, DIGESTS, _NONE, _NONE, load)
    return unread


def _told(
    connection: psycopg.Connection, load: Load, wanted: digests.Wanted, unread: int
) -> dg.MaterializeResult:
    last = ledger.last_load(connection, str(DIGESTS.name))
    if last is None:
        raise RuntimeError("a look at lists of checksums left no load")
    if last.run_id != load.run_id:
        ledger.record_unchanged(connection, last, load.run_id)
    metadata = {
        "contents_read": wanted.contents.height - unread,
        "left_for_the_next_runs": wanted.waiting,
    }
    return checked(connection, DIGESTS, last.content_hash, metadata)
