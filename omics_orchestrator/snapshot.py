"""Raw snapshots: what a source gave, kept for ever as Parquet under the hash of its content.

The hash is of the cells, not of the Parquet bytes, so a new version of a library does not make old
content look new. The same content is stored once.
"""

import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from omics_orchestrator.errors import StoreError
from omics_orchestrator.naming import TableName
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse.ledger import Snapshot

_CELLS = 100_000


def content_hash(frame: pl.DataFrame) -> str:
    """Hash a frame of text, see `hash_of_slices`."""
    return hash_of_slices(frame.columns, [frame])


def hash_of_slices(columns: Sequence[str], slices: Iterable[pl.DataFrame]) -> str:
    """Hash a table of text: SHA-256 over its shape, and each column's lengths and text.

    Two tables have the same hash only if they are equal, however they are sliced; null is not ''.
    """
    height = 0
    digests = [(hashlib.sha256(), hashlib.sha256()) for _ in columns]
    for part in slices:
        height += part.height
        # All columns at once: column by column costs four times as much.
        sizes = part.select(pl.col(columns).str.len_bytes().cast(pl.Int64).fill_null(-1))
        texts = part.select(pl.col(columns).str.join("")).row(0)
        for digest, size, text in zip(digests, sizes.iter_columns(), texts, strict=True):
            digest[0].update(size.to_numpy().astype("<i8", copy=False).data)
            digest[1].update(text.encode())
    whole = hashlib.sha256(json.dumps([height, *columns]).encode())
    for lengths, text in digests:
        whole.update(lengths.digest() + text.digest())
    return whole.hexdigest()


def slices(path: Path, cells: int = _CELLS) -> Iterator[pl.DataFrame]:
    """Read a Parquet file in slices of so many cells; at least one comes."""
    table = pl.scan_parquet(path)
    schema = table.collect_schema()
    rows = max(1, cells // len(schema))
    batches = table.collect_batches(chunk_size=rows, maintain_order=True)
    yield next(batches, pl.DataFrame(schema=schema))
    yield from batches


def take(
    store: Store,
    name: TableName,
    table: pl.DataFrame | Path | Snapshot,
    *,
    source: str,
    scope: Mapping[str, object],
    run_id: str,
) -> Snapshot:
    """Store a table of text under its content's hash; nothing is written when it is there.

    Args:
        store: where snapshots are kept.
        name: the table they feed.
        table: a frame, a Parquet file that need not fit into memory, or the snapshot that says it
            already.
        source: which source said it, by its name in the dictionary.
        scope: what was asked of the source.
        run_id: the run that asked.
    """
    if isinstance(table, Snapshot):
        again = {**scope, "fields": table.scope["fields"]}
        return replace(table, source=source, scope=again, run_id=run_id)
    columns, rows, hashed = _measured(table)
    key = f"{name.layer}/{name.relation}/{hashed}.parquet"
    store.put(key, table if isinstance(table, Path) else _parquet(table))
    return Snapshot(
        relation=str(name),
        content_hash=hashed,
        object_key=key,
        rows=rows,
        columns=len(columns),
        source=source,
        run_id=run_id,
        scope={**scope, "fields": columns},
    )


def _measured(table: pl.DataFrame | Path) -> tuple[list[str], int, str]:
    """The columns of a table, how many rows it has, and its hash."""
    if isinstance(table, pl.DataFrame):
        return table.columns, table.height, content_hash(table)
    with pq.ParquetFile(table) as file:
        columns, rows = list(file.schema_arrow.names), int(file.metadata.num_rows)
    return columns, rows, hash_of_slices(columns, slices(table))


def _parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    return content.getvalue()


def fields(snapshot: Snapshot) -> tuple[str, ...]:
    """The columns of a snapshot, without opening it."""
    listed = snapshot.scope["fields"]
    return tuple(listed) if isinstance(listed, list) else ()


def read(store: Store, snapshot: Snapshot) -> pl.DataFrame:
    """Read a snapshot back, and prove that it is what was stored."""
    with store.open(snapshot.object_key) as content:
        frame = _parsed(content.read())
    if frame is None or content_hash(frame) != snapshot.content_hash:
        raise _other(snapshot)
    return frame


def fetch(store: Store, snapshot: Snapshot, path: Path) -> Path:
    """Copy a snapshot into a Parquet file, and prove that it is what was stored."""
    with store.open(snapshot.object_key) as content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
    try:
        hashed = hash_of_slices(fields(snapshot), slices(path))
    except (pa.ArrowException, pl.exceptions.PolarsError):
        raise _other(snapshot) from None
    if hashed != snapshot.content_hash:
        raise _other(snapshot)
    return path


def _other(snapshot: Snapshot) -> StoreError:
    return StoreError(
        "a snapshot is not what was stored",
        mend="restore the object from a backup, or remove it and materialise the raw table.",
        file=snapshot.object_key,
    )


def _parsed(content: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(content)
    except pl.exceptions.PolarsError:
        return None
