"""Tables of text in Parquet files, written, read and hashed part by part: none need fit in memory.

The hash is of the cells, not of the Parquet bytes, so a new version of a library does not make old
content look new.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

_CELLS = 50_000
# A file of very many groups of rows has a footer larger than memory.
_MOST_GROUPS = 200
# What a row of few columns costs, as so many cells.
_LEAST_WIDTH = 25


class Hash:
    """SHA-256 over a table's shape, and each column's lengths and text.

    Two tables have the same hash only if they are equal, however they are sliced; null is not ''.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.height = 0
        self._digests = [(hashlib.sha256(), hashlib.sha256()) for _ in columns]

    def add(self, part: pl.DataFrame) -> None:
        """Go on with the next rows."""
        self.height += part.height
        # All columns at once: column by column costs four times as much.
        sizes = part.select(pl.col(self.columns).str.len_bytes().cast(pl.Int64).fill_null(-1))
        texts = part.select(pl.col(self.columns).str.join("")).row(0)
        for digest, size, text in zip(self._digests, sizes.iter_columns(), texts, strict=True):
            digest[0].update(size.to_numpy().astype("<i8", copy=False).data)
            digest[1].update(text.encode())

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        whole = hashlib.sha256(json.dumps([self.height, *self.columns]).encode())
        for lengths, text in self._digests:
            whole.update(lengths.digest() + text.digest())
        return whole.hexdigest()


@dataclass(frozen=True)
class TextTable:
    """A table of text in a Parquet file, and what is known of it."""

    path: Path
    columns: tuple[str, ...]
    rows: int
    content_hash: str


class Writer:
    """Writes a table part by part, and hashes it on the way."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        schema = pa.schema([(name, pa.large_string()) for name in columns])
        self._path, self._hash = path, Hash(columns)
        # Nobody filters by the statistics, and they are a quarter of the work.
        self._file = pq.ParquetWriter(
            path, schema, compression="zstd", use_dictionary=False, write_statistics=False
        )
        self._waiting: list[pl.DataFrame] = []

    def add(self, part: pl.DataFrame) -> None:
        """Append rows of the table's columns; they are held in memory whole."""
        if not part.is_empty():
            self._waiting.append(part)
        # What is done with a few rows costs as much as with a thousand.
        enough = max(_rows(_CELLS, part.width), self._hash.height // _MOST_GROUPS)
        if sum(each.height for each in self._waiting) > enough:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            part = pl.concat(self._waiting)
            self._waiting = []
            self._hash.add(part)
            self._file.write_table(part.to_arrow().cast(self._file.schema))

    @property
    def table(self) -> TextTable:
        """What was written; the file is whole only after the end of the `with` block."""
        found = self._hash
        return TextTable(self._path, tuple(found.columns), found.height, found.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        self._file.close()


def _rows(cells: int, width: int) -> int:
    return max(1, cells // max(width, _LEAST_WIDTH))


def slices(path: Path, cells: int = _CELLS) -> Iterator[pl.DataFrame]:
    """Read a Parquet file in slices of about so many cells; at least one comes."""
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if not file.metadata.num_rows:
            yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))
            return
        rows = _rows(cells, len(names))
        groups = range(file.num_row_groups)
        together = max(1, rows // file.metadata.row_group(0).num_rows)
        for start in groups[::together]:
            # One iterator over all groups, or threads, would hold more memory than the slice.
            some = groups[start : start + together]
            yield from map(pl.DataFrame, file.iter_batches(rows, some, use_threads=False))
