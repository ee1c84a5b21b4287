"""Read kept files again and compare them with what was registered: disks rot, people tidy up.

All files at once would take days, so each look reads those whose last look is longest ago, as many
as its budget of bytes allows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from omics_orchestrator.catalogue import folders
from omics_orchestrator.catalogue._hashing import HashedStream
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store

VERIFIED_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "location": (pl.String(), "Where the bytes are kept"),
    "sha256": (pl.String(), "SHA-256 of the content, as it was registered"),
    "size_bytes": (pl.Int64(), "Its size in bytes"),
    "state": (pl.String(), "sound, vanished (it is not there) or changed (other bytes are)"),
    "verified_at": (pl.Datetime("us", "UTC"), "When it was last read again"),
}
VERIFIED_KEY = ("location",)
VERIFIED_SCHEMA = {name: dtype for name, (dtype, _) in VERIFIED_COLUMNS.items()}
_KEPT = ("collection", "path", "location", "sha256", "size_bytes")
Door = Callable[[str, str, str], tuple[Store, str]]


@dataclass(frozen=True)
class Due:
    """What a look reads again.

    Attributes:
        files: one row a location, with collection, path, location, sha256 and size_bytes.
        waiting: how many locations are left for the next looks.
    """

    files: pl.DataFrame
    waiting: int


def due(
    registered: pl.DataFrame, verified: pl.DataFrame, budget_bytes: int, before: datetime
) -> Due:
    """Choose the locations whose last look is longest ago, at least one if there is any.

    Args:
        registered: the register, with collection, path, location, sha256, size_bytes and status.
        verified: what was read again before, with `VERIFIED_COLUMNS`.
        budget_bytes: how much to read.
        before: locations that were read again later than this have time.
    """
    read_long_ago = pl.col("verified_at").is_null() | (pl.col("verified_at") < before)
    kept = (
        registered.filter(pl.col("status") != "vanished")
        .select(_KEPT)
        .unique("location", keep="first", maintain_order=True)
        .join(verified.select("location", "verified_at"), on="location", how="left")
        .filter(read_long_ago)
        .sort("verified_at", "location", nulls_last=False)
    )
    read_by_then = pl.col("size_bytes").cum_sum() - pl.col("size_bytes")
    chosen = kept.filter(read_by_then < max(1, budget_bytes)).drop("verified_at")
    return Due(chosen, kept.height - chosen.height)


def verify(files: pl.DataFrame, door: Door) -> Iterator[dict[str, object]]:
    """Read files again, and yield a row with `VERIFIED_COLUMNS` for each.

    Args:
        files: with collection, path, location, sha256 and size_bytes.
        door: gives the store and the key of a collection, path and location.

    Raises:
        TransientError: a store is away.
    """
    for collection, path, location, sha256, size in files.select(_KEPT).iter_rows():
        store, key = door(collection, path, location)
        yield {
            "location": location,
            "sha256": sha256,
            "size_bytes": size,
            "state": _state(store, key, sha256),
            "verified_at": datetime.now(UTC),
        }


def _state(store: Store, key: str, sha256: str) -> str:
    try:
        with store.open(key) as stream:
            return "sound" if HashedStream(stream).sha256() == sha256 else "changed"
    except StoreError:
        if folders.is_folder(store, key):
            return "sound" if folders.holds_folder(store, key, sha256) else "changed"
        if any(each.key == key for each in store.list(key.rpartition("/")[0])):
            raise
        return "vanished"
