"""Raw snapshots: what a source gave, kept for ever as Parquet under the hash of its content.

The hash is of the cells, not of the Parquet bytes, so a new version of a library does not make old
content look new. The same content is stored once.
"""

import hashlib
import io
import json
from collections.abc import Mapping

import polars as pl

from omics_orchestrator.errors import StoreError
from omics_orchestrator.naming import TableName
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse.ledger import Snapshot


def content_hash(frame: pl.DataFrame) -> str:
    """Hash a frame of text: SHA-256 over its shape, and each column's lengths and text.

    Two frames have the same hash only if they are equal; null is not ''.
    """
    digest = hashlib.sha256(json.dumps([frame.height, *frame.columns]).encode())
    for column in frame:
        lengths = column.str.len_bytes().cast(pl.Int64).fill_null(-1)
        digest.update(lengths.to_numpy().astype("<i8").tobytes())
        digest.update("".join(column.drop_nulls()).encode())
    return digest.hexdigest()


def take(
    store: Store,
    name: TableName,
    frame: pl.DataFrame,
    *,
    source: str,
    scope: Mapping[str, object],
    run_id: str,
) -> Snapshot:
    """Store a frame of text under its content's hash; nothing is written when it is there."""
    hashed = content_hash(frame)
    key = f"{name.layer}/{name.relation}/{hashed}.parquet"
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    store.put(key, content.getvalue())
    return Snapshot(
        relation=str(name),
        content_hash=hashed,
        object_key=key,
        rows=frame.height,
        columns=frame.width,
        source=source,
        run_id=run_id,
        scope={**scope, "fields": frame.columns},
    )


def fields(snapshot: Snapshot) -> tuple[str, ...]:
    """The columns of a snapshot, without opening it."""
    listed = snapshot.scope["fields"]
    return tuple(listed) if isinstance(listed, list) else ()


def read(store: Store, snapshot: Snapshot) -> pl.DataFrame:
    """Read a snapshot back, and prove that it is what was stored."""
    with store.open(snapshot.object_key) as content:
        frame = _parsed(content.read())
    if frame is None or content_hash(frame) != snapshot.content_hash:
        raise StoreError(
            "a snapshot is not what was stored",
            mend="restore the object from a backup, or remove it and materialise the raw table.",
            file=snapshot.object_key,
        )
    return frame


def _parsed(content: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(content)
    except pl.exceptions.PolarsError:
        return None
