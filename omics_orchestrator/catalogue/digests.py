"""Checksums that lists have and the register has not, SHA-1 and SHA-512 above all.

Only files that a list names are read for it, each content once: what was found is kept by the
content's SHA-256, which is proved in the same reading.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.catalogue.checksums import entries_of
from omics_orchestrator.catalogue.digest_columns import DIGEST_KEY, HASHES
from omics_orchestrator.catalogue.verifying import Door
from omics_orchestrator.errors import StoreError

_BLOCK = 1 << 20
_PLACE = ("collection", "path", "location", "sha256", "size_bytes")


@dataclass(frozen=True)
class Wanted:
    """What a look reads.

    Attributes:
        contents: one row a content: where one file of it lies, and `algorithms`.
        waiting: how many contents are left for the next looks.
    """

    contents: pl.DataFrame
    waiting: int


def listed_without(
    files: pl.DataFrame, texts: Mapping[str, bytes], known: pl.DataFrame
) -> pl.DataFrame:
    """The files that lists name by checksums of which nothing is known: a row each, `algorithm`.

    Args:
        files: the collection's registered files that are there, with `FILE_COLUMNS`.
        texts: the content of each list, by its path.
        known: what was found before, with `DIGEST_COLUMNS`.
    """
    has_md5 = (pl.col("algorithm") == "md5") & pl.col("md5").is_not_null()
    return (
        entries_of(files, texts)
        .select("path", "algorithm")
        .unique()
        .filter(pl.col("algorithm").is_in(list(HASHES)))
        .join(files, on="path")
        .filter(~has_md5)
        .join(known, on=DIGEST_KEY, how="anti")
        .select(*_PLACE, "algorithm")
    )


def chosen(listed: Sequence[pl.DataFrame], budget_bytes: int) -> Wanted:
    """Choose the contents to read now, the smallest first, at least one if there is any."""
    contents = (
        pl.concat(listed)
        .sort("collection", "path", "algorithm")
        .group_by("sha256")
        .agg(
            pl.col("algorithm").unique(maintain_order=True).alias("algorithms"),
            *(pl.col(name).first() for name in _PLACE if name != "sha256"),
        )
        .sort("size_bytes", "sha256")
    )
    read_by_then = pl.col("size_bytes").cum_sum() - pl.col("size_bytes")
    now = contents.filter(read_by_then < max(1, budget_bytes))
    return Wanted(now, contents.height - now.height)


def found(contents: pl.DataFrame, door: Door) -> Iterator[dict[str, str] | None]:
    """Read contents, and yield a row with `DIGEST_COLUMNS` for each algorithm.

    None for a content that cannot be read, or is no longer what was registered.

    Args:
        contents: `Wanted.contents`.
        door: gives the store and the key of a collection, path and location.

    Raises:
        TransientError: a store is away.
    """
    for row in contents.iter_rows(named=True):
        store, key = door(row["collection"], row["path"], row["location"])
        hashes = {name: HASHES[name]() for name in row["algorithms"]}
        proof = hashlib.sha256()
        try:
            with store.open(key) as stream:
                _fill([proof, *hashes.values()], iter(lambda: stream.read(_BLOCK), b""))
        except StoreError:
            yield None
            continue
        if proof.hexdigest() != row["sha256"]:
            yield None
            continue
        for name, found_by in hashes.items():
            yield {"sha256": row["sha256"], "algorithm": name, "digest": found_by.hexdigest()}


def _fill(hashes: Sequence["hashlib._Hash | hashlib.blake2b"], blocks: Iterable[bytes]) -> None:
    for block in blocks:
        for each in hashes:
            each.update(block)
