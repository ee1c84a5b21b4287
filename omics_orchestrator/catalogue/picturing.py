"""Which files get a picture, and the pictures themselves, each kept once a content.

A file that may say who a person is has none, and loses the one that was drawn before that was
found. What has no picture has a row with the reason.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import polars as pl
from psycopg import Connection

from omics_orchestrator.catalogue.verifying import Door
from omics_orchestrator.errors import StoreError
from omics_orchestrator.pictures import Picture, draw, drawers
from omics_orchestrator.stores import Store

PICTURE_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "sha256": (pl.String(), "SHA-256 of the content it is of"),
    "kind": (pl.String(), "thumbnail or plot; empty where there is no picture"),
    "key": (pl.String(), "Where it lies in the platform's own store"),
    "shows": (pl.String(), "What there is to be seen"),
    "reason": (pl.String(), "Why there is no picture"),
    "made_by": (pl.String(), "What it was drawn by; another mark, and it is drawn again"),
}
PICTURE_KEY = ("sha256",)
PICTURE_SCHEMA = {name: dtype for name, (dtype, _) in PICTURE_COLUMNS.items()}
PERSONAL = "the file may say who a person is"
_BY_CONTENT = """
    create index if not exists file_by_content on omics.file (sha256) where _valid_to is null
"""
_NEEDED = ("sha256", "format", "collection", "path", "location")


@dataclass(frozen=True)
class Due:
    """What a look at the register asks for.

    Attributes:
        files: contents to draw, the newest first, with sha256, format, collection, path, location.
        withheld: rows (`PICTURE_COLUMNS`) of contents that may have no picture.
        gone: sha256 of contents that are registered no more.
    """

    files: pl.DataFrame
    withheld: pl.DataFrame
    gone: pl.DataFrame


def index_contents(connection: Connection) -> None:
    """See to it that a content is found quickly: the pages ask for each picture by its hash."""
    connection.execute(_BY_CONTENT)


def due(registered: pl.DataFrame, pictured: pl.DataFrame) -> Due:
    """Compare the register with the pictures that there are.

    Args:
        registered: the register, with the columns of `Due.files`, status, personal_fields and
            modified_at.
        pictured: what was drawn before, with `PICTURE_COLUMNS`.
    """
    marks = {name: drawer.made_by for name, drawer in drawers().items()}
    is_personal = pl.col("personal_fields").fill_null(PERSONAL) != ""
    contents = (
        registered.filter(pl.col("format").is_in(list(marks)), pl.col("status") == "whole")
        .with_columns(
            is_personal.any().over("sha256").alias("is_personal"),
            pl.col("format").replace_strict(marks, return_dtype=pl.String).alias("mark"),
        )
        .sort("modified_at", "path", descending=[True, False], nulls_last=True)
        .unique("sha256", keep="first", maintain_order=True)
    )
    drawn = pictured.select("sha256", pl.col("made_by").alias("mark"))
    withheld = contents.filter("is_personal").select(
        "sha256",
        *(pl.lit(None, pl.String).alias(name) for name in ("kind", "key", "shows")),
        pl.lit(PERSONAL).alias("reason"),
        pl.lit("").alias("made_by"),
    )
    return Due(
        files=contents.filter(~pl.col("is_personal"))
        .join(drawn, on=["sha256", "mark"], how="anti", maintain_order="left")
        .select(_NEEDED),
        withheld=withheld.join(pictured, on=list(PICTURE_SCHEMA), how="anti", nulls_equal=True),
        gone=pictured.join(contents, on="sha256", how="anti").select("sha256"),
    )


def make(files: pl.DataFrame, door: Door, store: Store) -> Iterator[dict[str, object]]:
    """Draw files, keep the pictures in the store, and yield a row (`PICTURE_COLUMNS`) for each.

    Args:
        files: as of `Due.files`.
        door: gives the store and the key of a collection, path and location.
        store: where pictures are kept.

    Raises:
        TransientError: a store is away.
    """
    for sha256, format_name, collection, path, location in files.iter_rows():
        drawer = drawers()[format_name]
        try:
            source, key = door(collection, path, location)
            with source.open(key) as stream:
                picture, made_by = draw(format_name, stream), drawer.made_by
        except StoreError as error:  # archived, or gone since: it is tried again
            picture, made_by = Picture(reason=error.what), ""
        place = f"pictures/{sha256}.{drawer.suffix}" if picture.content else None
        if place:
            _keep(store, place, picture.content)
        yield {
            "sha256": sha256,
            "kind": drawer.kind if place else None,
            "key": place,
            "shows": picture.shows or None,
            "reason": picture.reason or None,
            "made_by": made_by,
        }


def remove(store: Store, keys: pl.Series) -> None:
    """Take pictures out of the store; those that are not there need nothing."""
    for key in keys.drop_nulls():
        with suppress(StoreError):
            store.remove(key, store.stat(key).etag)


def _keep(store: Store, key: str, content: bytes) -> None:
    """Write a picture, in the place of one that was drawn otherwise."""
    if not store.put(key, content):
        store.remove(key, store.stat(key).etag)
        store.put(key, content)
