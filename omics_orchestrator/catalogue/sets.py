"""Sets of files that need each other: each is complete, or says what it lacks."""

import polars as pl

from omics_orchestrator.catalogue.indices import indexed
from omics_orchestrator.catalogue.link_columns import SET_SCHEMA
from omics_orchestrator.catalogue.read_pairs import read_pairs
from omics_orchestrator.catalogue.set_parts import PARTS
from omics_orchestrator.catalogue.tenx_folders import tenx_folders
from omics_orchestrator.dictionary.file_rules import Need
from omics_orchestrator.dictionary.model import Collection

_MOST_NAMED = 5


def sets_of(collection: Collection, files: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The sets of a collection.

    Args:
        collection: the collection, which says what its files need.
        files: its registered files, with `FILE_COLUMNS`.
        verdicts: what `checksums.compared` says of them.

    Returns:
        One row a set, with `SET_COLUMNS`.
    """
    need = collection.companions
    found = pl.concat(
        [
            read_pairs(files, need.read_pairs),
            indexed(files, need.index),
            tenx_folders(files, need.tenx_matrix),
            _lists(verdicts),
            _in_no_list(files, verdicts, need.checksum),
        ]
    )
    asked = [name for name, each in need if each != "ignored"]
    found = found.filter(pl.col("kind").is_in(asked))
    is_complete = (pl.col("missing").list.len() == 0) & pl.col("fault").is_null()
    placed = found.with_columns(collection=pl.lit(collection.collection), complete=is_complete)
    columns = [pl.col(name).cast(dtype) for name, dtype in SET_SCHEMA.items()]
    return placed.select(columns).sort("kind", "set")


def _lists(verdicts: pl.DataFrame) -> pl.DataFrame:
    """A list of checksums, and the files that it names."""
    is_absent = pl.col("verdict") == "absent"
    differing = pl.col("path").filter(pl.col("verdict") == "differs").unique().sort()
    more = pl.concat_str(pl.lit(" and "), differing.len() - _MOST_NAMED, pl.lit(" more"))
    named = pl.concat_str(
        pl.lit("another checksum than listed: "),
        differing.head(_MOST_NAMED).str.join(", "),
        pl.when(differing.len() > _MOST_NAMED).then(more).otherwise(pl.lit("")),
    )
    return (
        verdicts.sort("list", "path")
        .group_by("list", maintain_order=True)
        .agg(
            members=pl.col("path").filter(~is_absent).unique(maintain_order=True),
            missing=pl.col("path").filter(is_absent).unique(maintain_order=True),
            fault=pl.when(differing.len() > 0).then(named),
        )
        .select(pl.lit("checksum").alias("kind"), pl.col("list").alias("set"), *PARTS[2:])
    )


def _in_no_list(files: pl.DataFrame, verdicts: pl.DataFrame, need: Need) -> pl.DataFrame:
    """Files that must have a checksum and stand in no list."""
    is_list = pl.col("format").is_in(("checksums", "samplesheet")).fill_null(value=False)
    alone = files.filter(~is_list).join(verdicts, on="path", how="anti")
    return (alone if need == "required" else alone.clear()).select(
        kind=pl.lit("checksum"),
        set="path",
        members=pl.concat_list("path"),
        missing=pl.concat_list(pl.col("path") + ".md5"),
        fault=pl.lit(None, pl.String()),
    )
