"""Pictures of files as an asset: some of those due each run; then each batch tells its state."""

import time
from collections.abc import Iterator
from itertools import islice

import dagster as dg
import polars as pl
import psycopg
from pydantic import Field

from omics_orchestrator.catalogue import picturing, publishing
from omics_orchestrator.catalogue.link_tables import LINKS, SETS
from omics_orchestrator.catalogue.tables import FILES, PICTURES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.batches import tell_batches
from omics_orchestrator.orchestration.core import WAREHOUSE_POOL
from omics_orchestrator.orchestration.described import NIGHTLY, code_version, key, markdown
from omics_orchestrator.orchestration.faults import RETRY, failures_recorded, reported
from omics_orchestrator.orchestration.loading import asset_spec, check_specs, checked
from omics_orchestrator.orchestration.omics import collections, owners
from omics_orchestrator.orchestration.publishable import PUBLISHABLE, judged
from omics_orchestrator.orchestration.resources import Stores, Warehouse
from omics_orchestrator.orchestration.verification import door
from omics_orchestrator.pictures import drawers
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.read import read, some_columns
from omics_orchestrator.warehouse.shape import fit

_TOGETHER = 100
_ASKED = ("collection", "path", "location", "sha256", "format", "status", "personal_fields")
Row = dict[str, object]


class PictureConfig(dg.Config):
    """How much one run draws; the next one goes on."""

    minutes: float = Field(20.0, description="Draw for so many minutes.")
    files: int = Field(5_000, description="Draw no more files than this.")


def picture_assets(dictionary: Dictionary) -> list[dg.AssetsDefinition]:
    """The pictures of files, where there is a register of files."""
    return [_pictures(dictionary)] if collections(dictionary) else []


def _pictures(dictionary: Dictionary) -> dg.AssetsDefinition:
    marks = sorted({drawer.made_by for drawer in drawers().values()})
    version = code_version(PICTURES, " ".join(marks))
    tied = [LINKS.name, SETS.name] if dictionary.collections else []
    deps = [key(name) for name in (FILES.name, *tied)]

    @dg.multi_asset(
        name="__".join(PICTURES.name.key),
        # Also nightly: what one run had no time for is drawn by the next.
        specs=[
            asset_spec(
                PICTURES, owners(dictionary), version, deps=deps, kind="file", freshness=NIGHTLY
            )
        ],
        check_specs=[*check_specs(PICTURES), PUBLISHABLE],
        retry_policy=RETRY,
        pool=WAREHOUSE_POOL,
    )
    def draw(
        context: dg.AssetExecutionContext,
        config: PictureConfig,
        warehouse: Warehouse,
        stores: Stores,
    ) -> dg.MaterializeResult:
        with (
            reported(),
            failures_recorded(context, [PICTURES.name]),
            warehouse.session() as connection,
        ):
            with connection.transaction():
                fit(connection, FILES)
                fit(connection, PICTURES)
                picturing.index_contents(connection)
            registered = some_columns(connection, FILES, (*_ASKED, "modified_at"), {})
            before = read(connection, PICTURES)
            due = picturing.due(registered, before)
            store, load = stores.main(), Load(context.run.run_id, version, {}, 0)
            out = pl.concat([due.gone, due.withheld.select("sha256")])
            # First the pictures, then their rows: no picture is left that nobody knows of.
            picturing.remove(store, before.join(out, on="sha256", how="semi")["key"])
            made = picturing.make(due.files.head(config.files), door(stores, dictionary), store)
            drawn = _record(connection, due, _in_time(made, config.minutes * 60), load)
            left = {"looked_at": drawn, "left_for_the_next_runs": due.files.height - drawn}
            after = read(connection, PICTURES)
            told = tell_batches(context, connection, registered, after)
            return _told(connection, registered, after, load, left | told)

    return draw


def _record(
    connection: psycopg.Connection, due: picturing.Due, made: Iterator[Row], load: Load
) -> int:
    """Register what was drawn, some files at a time, and what has no picture; count the files."""
    rows, gone, count = due.withheld, due.gone, 0
    while drawn := list(islice(made, _TOGETHER)):
        rows = pl.concat([rows, pl.DataFrame(drawn, schema=PICTURES.schema)])
        amend(connection, PICTURES, rows, gone, load)
        rows, gone, count = rows.clear(), gone.clear(), count + len(drawn)
    is_first = ledger.last_load(connection, str(PICTURES.name)) is None
    if rows.height or gone.height or is_first:
        amend(connection, PICTURES, rows, gone, load)
    return count


def _in_time(made: Iterator[Row], seconds: float) -> Iterator[Row]:
    """What is made until the time is over, one row at least."""
    end = time.monotonic() + seconds
    for row in made:
        yield row
        if time.monotonic() > end:
            return


def _told(
    connection: psycopg.Connection,
    registered: pl.DataFrame,
    pictures: pl.DataFrame,
    load: Load,
    told: dict[str, int],
) -> dg.MaterializeResult:
    last = ledger.last_load(connection, str(PICTURES.name))
    if last is None:
        raise RuntimeError("a look at pictures left no load")
    if last.run_id != load.run_id:
        ledger.record_unchanged(connection, last, load.run_id)
    kinds = pictures.drop_nulls("kind").group_by("kind").len("files").sort("kind")
    reasons = pictures.drop_nulls("reason").group_by("reason").len("files").sort("reason")
    others = registered.filter(
        pl.col("status") == "whole", ~pl.col("format").is_in(list(drawers()))
    )
    formats = others.group_by("format").len("files").sort("format")
    metadata = {
        **told,
        "pictures": dg.MetadataValue.md(markdown(kinds)),
        "no_picture_because": dg.MetadataValue.md(markdown(reasons)),
        "formats_without_pictures": dg.MetadataValue.md(markdown(formats)),
    }
    result = checked(connection, PICTURES, last.content_hash, metadata)
    found = judged(publishing.standing(connection))
    return result._replace(check_results=[*(result.check_results or []), found])
