"""Raw snapshots: what a source gave, kept for ever as Parquet under the hash of its content.

The same content is stored once.
"""

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from omics_orchestrator.errors import SourceError, StoreError
from omics_orchestrator.naming import TableName
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.stores import Store
from omics_orchestrator.text_table import Hash, TextTable, slices
from omics_orchestrator.warehouse.ledger import Snapshot

_CELLS = 50_000
# Hashing a part costs the same for a hundred rows as for a thousand.
_CELLS_PROVED = 1_000_000
DESCRIPTION = "description"
"""Under which name a snapshot's scope says where the description of its project is kept."""


def content_hash(frame: pl.DataFrame) -> str:
    """Hash a frame of text, see `text_table.Hash`."""
    hashed = Hash(frame.columns)
    hashed.add(frame)
    return hashed.hexdigest()


def take(
    store: Store,
    name: TableName,
    table: pl.DataFrame | TextTable | Snapshot,
    *,
    source: str,
    scope: Mapping[str, object],
    run_id: str,
) -> Snapshot:
    """Store a table of text under its content's hash; nothing is written when it is there.

    Args:
        store: where snapshots are kept.
        name: the table they feed.
        table: a frame, a table in a file that need not fit into memory, or the snapshot that says
            it already.
        source: which source said it, by its name in the dictionary.
        scope: what was asked of the source.
        run_id: the run that asked.
    """
    if isinstance(table, Snapshot):
        again = {**scope, "fields": table.scope["fields"]}
        return replace(table, source=source, scope=again, run_id=run_id)
    content: bytes | Path
    if isinstance(table, TextTable):
        content, rows, hashed = table.path, table.rows, table.content_hash
    else:
        content, rows, hashed = _parquet(table), table.height, content_hash(table)
    key = f"{name.layer}/{name.relation}/{hashed}.parquet"
    store.put(key, content)
    return Snapshot(
        relation=str(name),
        content_hash=hashed,
        object_key=key,
        rows=rows,
        columns=len(table.columns),
        source=source,
        run_id=run_id,
        scope={**scope, "fields": list(table.columns)},
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd")
    return content.getvalue()


def fields(snapshot: Snapshot) -> tuple[str, ...]:
    """The columns of a snapshot, without opening it."""
    listed = snapshot.scope["fields"]
    return tuple(listed) if isinstance(listed, list) else ()


def project_description(store: Store, taken: Snapshot) -> Description:
    """What the REDCap project said of itself when a snapshot was taken."""
    kept = taken.scope.get(DESCRIPTION)
    if not isinstance(kept, str):
        raise SourceError(
            "the snapshot was taken by a release that did not keep the project's description",
            mend="materialise the raw table.",
            table=taken.relation,
        )
    with store.open(kept) as content:
        return Description.of_json(content.read().decode())


def columns(store: Store, snapshot: Snapshot, names: Sequence[str]) -> pl.DataFrame:
    """Read some columns of a snapshot; that they are what was stored is for the caller to prove."""
    with store.open(snapshot.object_key) as content:
        try:
            table = pq.read_table(content, columns=list(names))
        except pa.ArrowException:
            raise _other(snapshot) from None
    frame = pl.from_arrow(table)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


def read(store: Store, snapshot: Snapshot) -> pl.DataFrame:
    """Read a snapshot back, and prove that it is what was stored."""
    with store.open(snapshot.object_key) as content:
        frame = _parsed(content.read())
    if frame is None or content_hash(frame) != snapshot.content_hash:
        raise _other(snapshot)
    return frame


def parts(
    store: Store, snapshot: Snapshot, path: Path, *, cells: int = _CELLS
) -> Iterator[pl.DataFrame]:
    """Copy a snapshot into a Parquet file, and read it part by part, of about so many cells.

    Raises:
        StoreError: it is not what was stored; the last part may have come before that is known.
    """
    with store.open(snapshot.object_key) as content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
    hashed = Hash(fields(snapshot))
    try:
        for part in slices(path, cells):
            hashed.add(part)
            yield part
    except (pa.ArrowException, pl.exceptions.PolarsError):
        raise _other(snapshot) from None
    if hashed.hexdigest() != snapshot.content_hash:
        raise _other(snapshot)


def fetch(store: Store, snapshot: Snapshot, path: Path) -> Path:
    """Copy a snapshot into a Parquet file, and prove that it is what was stored."""
    for _ in parts(store, snapshot, path, cells=_CELLS_PROVED):
        pass
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
