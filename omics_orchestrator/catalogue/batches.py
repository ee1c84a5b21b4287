"""Batches: the files of a collection that arrived in one folder, or at the top of its inbox."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.catalogue.columns import FILE_KEY
from omics_orchestrator.formats import names_somebody

MOST_PICTURES = 6
# What Dagster takes in no name of a partition.
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f]|\.\.\.")
_DIGEST = 16


@dataclass(frozen=True)
class Batch:
    """What is told of a batch.

    Attributes:
        name: `collection/folder`, or the collection alone for files at the top; of a folder that
            may name a person only a hash.
        shown: whether the name says which folder it is.
        collection: the collection.
        files: how many.
        by_format: format, status and how many files, one row each.
        linked: files that are linked to a sample.
        without_owner: whole files that are not.
        personal: files that may say who a person is.
        incomplete_sets: sets that lack something.
        pictures: sha256 and what is shown, of a few of its pictures.
        digest: another one, and something of it has changed.
    """

    name: str
    shown: bool
    collection: str
    files: int
    by_format: pl.DataFrame
    linked: int
    without_owner: int
    personal: int
    incomplete_sets: int
    pictures: tuple[tuple[str, str], ...]
    digest: str


def folders(files: pl.DataFrame) -> pl.DataFrame:
    """Name the batches that files are in, the youngest first.

    Args:
        files: collection, path and modified_at.

    Returns:
        One row a batch: collection, folder (blank at the top) and name.
    """
    found = (
        files.group_by("collection", _folder("path"))
        .agg(newest=pl.col("modified_at").max())
        .sort("newest", "collection", "folder", descending=[True, False, False], nulls_last=True)
        .drop("newest")
    )
    names = [_name(*place) for place in found.iter_rows()]
    return found.with_columns(pl.Series("name", names, pl.String))


def batches(
    places: pl.DataFrame,
    files: pl.DataFrame,
    links: pl.DataFrame,
    sets: pl.DataFrame,
    pictures: pl.DataFrame,
) -> Iterator[Batch]:
    """Put the register together batch by batch, in the order of their folders.

    Args:
        places: which batches, as of `folders`.
        files: collection, path, format, status, personal_fields and sha256.
        links: collection and path of linked files.
        sets: collection, set and complete.
        pictures: sha256, kind, key and shows.
    """
    drawn = pictures.filter(pl.col("key").is_not_null()).drop("key")
    told = (
        files.with_columns(_folder("path"))
        .join(places, on=("collection", "folder"), how="semi")
        .join(links.select(FILE_KEY).unique().with_columns(linked=True), on=FILE_KEY, how="left")
        .join(drawn, on="sha256", how="left")
        .with_columns(pl.col("linked").fill_null(value=False))
        .sort("collection", "folder", "path")
    )
    lacking = sets.filter(~pl.col("complete")).with_columns(_folder("set"))
    incomplete = {
        (collection, folder): count
        for collection, folder, count in lacking.group_by("collection", "folder").len().iter_rows()
    }
    for place, own in told.partition_by(
        "collection", "folder", as_dict=True, maintain_order=True
    ).items():
        yield _batch(str(place[0]), str(place[1]), own, incomplete.get(place, 0))


def _folder(column: str) -> pl.Expr:
    path = pl.col(column)
    has_one = path.str.contains("/", literal=True)
    first = path.str.split("/").list.first()
    return pl.when(has_one).then(first).otherwise(pl.lit("")).alias("folder")


def _batch(collection: str, folder: str, own: pl.DataFrame, incomplete: int) -> Batch:
    counted = own.group_by("format", "status").len("files").sort("format", "status")
    by_format = counted.with_columns(pl.col("format").fill_null("unknown"))
    whole = own.filter(pl.col("status") == "whole")
    pictured = own.filter(pl.col("kind").is_not_null()).unique("sha256", maintain_order=True)
    chosen = pictured.sort("kind", descending=True, maintain_order=True).head(MOST_PICTURES)
    contents = own.select("path", "sha256", "status", "linked", "personal_fields", "kind")
    return Batch(
        name=_name(collection, folder),
        shown=not names_somebody(folder),
        collection=collection,
        files=own.height,
        by_format=by_format,
        linked=int(own["linked"].sum()),
        without_owner=whole.height - int(whole["linked"].sum()),
        personal=own.filter(pl.col("personal_fields").fill_null("") != "").height,
        incomplete_sets=incomplete,
        pictures=tuple(chosen.select("sha256", "shows").iter_rows()),
        digest=_digest(contents, incomplete),
    )


def _name(collection: str, folder: str) -> str:
    if not folder:
        return collection
    said = folder
    if names_somebody(folder):
        said = f"folder {hashlib.sha256(folder.encode()).hexdigest()[:8]}"
    return _NOT_IN_A_NAME.sub("_", f"{collection}/{said}")


def _digest(contents: pl.DataFrame, incomplete: int) -> str:
    text = json.dumps([contents.rows(), incomplete])
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
