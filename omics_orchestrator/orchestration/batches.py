"""Each batch of files as a partition of `omics/batch`: what it holds, and a few of its pictures.

The partitions are dynamic, and belong to an asset that nothing executes, so that no run has to
choose any. There is one a folder and never one a file. Pictures are links to the files' pages: an
image inside Dagster's own records could not be taken back.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

import dagster as dg
import polars as pl
import psycopg

from omics_orchestrator.catalogue.batches import Batch, batches, folders
from omics_orchestrator.catalogue.columns import FILE_KEY
from omics_orchestrator.catalogue.link_tables import LINKS, SETS
from omics_orchestrator.catalogue.tables import FILES, PICTURES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.described import key, markdown
from omics_orchestrator.orchestration.omics import collections, owners
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse.read import some_columns
from omics_orchestrator.warehouse.shape import stored_types
from omics_orchestrator.warehouse.table import Table

BATCH = dg.AssetKey(["omics", "batch"])
_PARTITIONS_NAME = "omics_batch"
PARTITIONS = dg.DynamicPartitionsDefinition(name=_PARTITIONS_NAME)
# Beyond these Dagster's pages become slow.
MOST_BATCHES = 5_000
_DATA_VERSION = "dagster/data_version"
_VERSION = "1"


def batch_specs(dictionary: Dictionary) -> list[dg.AssetSpec]:
    """The asset of which each batch is a partition, where there is a register of files."""
    if not collections(dictionary):
        return []
    tied = [LINKS.name, SETS.name] if dictionary.collections else []
    return [
        dg.AssetSpec(
            BATCH,
            deps=[key(name) for name in (FILES.name, *tied, PICTURES.name)],
            description="One partition a batch: the files of a collection that arrived in one "
            "folder. Told by omics/file_picture when anything of a batch has changed.",
            group_name="omics",
            kinds={"file"},
            owners=owners(dictionary),
            code_version=_VERSION,
            partitions_def=PARTITIONS,
        )
    ]


def tell_batches(
    context: dg.AssetExecutionContext,
    connection: psycopg.Connection,
    files: pl.DataFrame,
    pictures: pl.DataFrame,
) -> dict[str, int]:
    """Report every batch of which anything changed since it was told last; count them.

    Args:
        context: of the run that tells.
        connection: to the warehouse.
        files: the register, as `catalogue.batches.batches` needs it.
        pictures: of the files, with `PICTURE_COLUMNS`.
    """
    links = _some(connection, LINKS, FILE_KEY)
    sets = _some(connection, SETS, ("collection", "set", "complete"))
    every = folders(files)
    kept = _with_room(every, context.instance.get_dynamic_partitions(_PARTITIONS_NAME))
    told_before = context.instance.event_log_storage.get_latest_tags_by_partition(
        BATCH, dg.DagsterEventType.ASSET_MATERIALIZATION, [_DATA_VERSION]
    )
    changed = [
        each
        for each in batches(kept, files, links, sets, pictures)
        if told_before.get(each.name, {}).get(_DATA_VERSION) != each.digest
    ]
    context.instance.add_dynamic_partitions(_PARTITIONS_NAME, [each.name for each in changed])
    for each in changed:
        context.log_event(_event(each))
    return {
        "batches": every.height,
        "batches_told": len(changed),
        "batches_beyond_the_most": every.height - kept.height,
    }


def _some(connection: psycopg.Connection, table: Table, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of a table, which need not be there."""
    if stored_types(connection, table):
        return some_columns(connection, table, columns, {})
    return pl.DataFrame(schema={name: table.schema[name] for name in columns})


def _with_room(every: pl.DataFrame, known: Sequence[str]) -> pl.DataFrame:
    """The batches that have a partition, and the youngest of the others that there is room for."""
    is_known = pl.col("name").is_in(list(known))
    room = max(0, MOST_BATCHES - len(known))
    return pl.concat([every.filter(is_known), every.filter(~is_known).head(room)])


def _event(batch: Batch) -> dg.AssetMaterialization:
    address = _address()
    query = {"batch": batch.name} if batch.shown else {"collection": batch.collection}
    pictures = [
        f"[![{shows}]({address}/files/{sha256}/picture)]({address}/files/{sha256})"
        for sha256, shows in batch.pictures
    ]
    return dg.AssetMaterialization(
        BATCH,
        partition=batch.name,
        metadata={
            "dagster/row_count": batch.files,
            "by_format": dg.MetadataValue.md(markdown(batch.by_format)),
            "linked": batch.linked,
            "whole_and_nobodys": batch.without_owner,
            "sets_incomplete": batch.incomplete_sets,
            "may_name_a_person": batch.personal,
            "pictures": dg.MetadataValue.md("\n".join(pictures) or "none"),
            "its_files": dg.MetadataValue.url(f"{address}/files?{urlencode(query)}"),
        },
        tags={_DATA_VERSION: batch.digest},
    )


def _address() -> str:
    """Where the pages are: behind the same door as Dagster, or on this machine's other port."""
    given = Settings.from_environment()
    return f"http://127.0.0.1:{given.pages_port}" if given.embedded else ""
