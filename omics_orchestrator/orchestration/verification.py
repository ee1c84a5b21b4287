"""Kept files read again, as an asset: some each night, so that rot and loss are found in time."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

import dagster as dg
import polars as pl
import psycopg
from pydantic import Field

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue import verifying
from omics_orchestrator.catalogue.tables import FILES, VERIFIED
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import NIGHTLY, code_version, key, markdown
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import asset_spec, check_specs, checked
from omics_orchestrator.orchestration.omics import collections, inboxes, owners
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.read import read, some_columns
from omics_orchestrator.warehouse.shape import fit

_TOGETHER, _MOST_NAMED = 100, 30
_ASKED = ("collection", "path", "location", "sha256", "size_bytes", "status")
_NONE = pl.DataFrame(schema=dict.fromkeys(verifying.VERIFIED_KEY, pl.String()))


class VerifyConfig(dg.Config):
    """How much one look reads again."""

    gigabytes: float = Field(20.0, description="How many GB to read again.")
    hours: float = Field(20.0, description="How many hours a file that was read again has time.")


def verification_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """What reading kept files again has shown, where there is a register of files."""
    return [_verification(dictionary)] if collections(dictionary) else []


def _verification(dictionary: Dictionary) -> dg.AssetsDefinition:
    # It is made of the register and does not follow it: each look takes hours of reading.
    version = code_version(VERIFIED, "")
    sound = dg.AssetCheckSpec(
        "kept_files_are_as_they_were",
        asset=key(VERIFIED.name),
        description="Every file that was read again holds the bytes it was registered with.",
    )

    @dg.multi_asset(
        name="__".join(VERIFIED.name.key),
        specs=[
            asset_spec(
                VERIFIED, owners(dictionary), version, deps=[], kind="file", freshness=NIGHTLY
            )
        ],
        check_specs=[*check_specs(VERIFIED), sound],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def verify(
        context: dg.AssetExecutionContext,
        config: VerifyConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [VERIFIED.name]),
            warehouse.session() as connection,
        ):
            with connection.transaction():
                fit(connection, FILES)
                fit(connection, VERIFIED)
            known = some_columns(connection, FILES, _ASKED, {})
            due = verifying.due(
                known,
                read(connection, VERIFIED),
                round(config.gigabytes * 1e9),
                datetime.now(UTC) - timedelta(hours=config.hours),
            )
            found = verifying.verify(due.files, door(stores, dictionary))
            _record(connection, known, found, Load(context.run.run_id, version, {}, 0))
            return _told(connection, due, sound, context.run.run_id)

    return verify


def door(stores: Stores, dictionary: Dictionary) -> verifying.Door:
    """Open the place where a file is kept: our own store, or its collection's inbox."""
    main = stores.main()
    there: Mapping[str, Store] = {
        each.collection: inbox for each, inbox in inboxes(dictionary, stores)
    }

    def opened(collection: str, path: str, location: str) -> tuple[Store, str]:
        kept = catalogue.key_of(main, location)
        return (main, kept) if kept else (there[collection], path)

    return opened


def _record(
    connection: psycopg.Connection,
    known: pl.DataFrame,
    found: Iterable[dict[str, object]],
    load: Load,
) -> None:
    """Register what was found, some files at a time, and forget places where nothing is kept."""
    kept, looked_at = known["location"], iter(found)
    gone = some_columns(connection, VERIFIED, verifying.VERIFIED_KEY, {})
    gone = gone.filter(~pl.col("location").is_in(kept.implode()))
    while rows := list(islice(looked_at, _TOGETHER)):
        amend(connection, VERIFIED, pl.DataFrame(rows, schema=VERIFIED.schema), gone, load)
        gone = _NONE
    if gone.height or ledger.last_load(connection, str(VERIFIED.name)) is None:
        amend(connection, VERIFIED, pl.DataFrame(schema=VERIFIED.schema), gone, load)


def _told(
    connection: psycopg.Connection, due: verifying.Due, check: dg.AssetCheckSpec, run_id: str
) -> dg.MaterializeResult:
    last = ledger.last_load(connection, str(VERIFIED.name))
    if last is None:
        raise RuntimeError("a look at kept files left no load")
    if last.run_id != run_id:
        ledger.record_unchanged(connection, last, run_id)
    rows = read(connection, VERIFIED)
    unsound = rows.filter(pl.col("state") != "sound").select("location", "state", "verified_at")
    metadata = {"read_again": due.files.height, "left_for_the_next_looks": due.waiting}
    result = checked(connection, VERIFIED, last.content_hash, metadata)
    shown = dg.AssetCheckResult(
        check_name=check.name,
        asset_key=check.asset_key,
        passed=unsound.is_empty(),
        metadata={
            "unsound": unsound.height,
            "to_mend": "take the file from a backup or its sender, and put it where it was",
            "files": dg.MetadataValue.md(markdown(unsound.head(_MOST_NAMED))),
        },
    )
    return result._replace(check_results=[*(result.check_results or []), shown])
