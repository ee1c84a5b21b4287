"""Tables of text as Parquet files, written and replaced part by part: none need fit into memory."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

_BATCHES_TOGETHER = 4
# A part of a Parquet file is held in memory whole, by who writes it and by who reads it.
_ROWS_TOGETHER = 2_000


def write(
    batches: Iterable[Mapping[str, pl.DataFrame]],
    columns: Mapping[str, Sequence[str]],
    folder: Path,
) -> dict[str, Path]:
    """Write each table into a file of its own; `columns` names the tables and their columns."""
    folder.mkdir()
    found = {name: folder / f"{number}.parquet" for number, name in enumerate(columns)}
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(
                pq.ParquetWriter(
                    path, _schema(columns[name]), compression="zstd", use_dictionary=False
                )
            )
            for name, path in found.items()
        }
        for batch in batches:
            for name, frame in batch.items():
                if not frame.is_empty():
                    writers[name].write_table(frame.to_arrow().cast(_schema(frame.columns)))
    return found


def replace(record: str, replaced: Iterable[str], before: Path, changed: Path, after: Path) -> Path:
    """Put the rows of `changed` in the place of all rows of the records `replaced`.

    Both files are sorted by record, and so is the result.
    """
    names = pl.Series(sorted(replaced), dtype=pl.String).implode()
    kept = pl.scan_parquet(before).filter(~pl.col(record).is_in(names))
    kept.merge_sorted(pl.scan_parquet(changed), key=record).sink_parquet(
        after, row_group_size=_ROWS_TOGETHER
    )
    return after


def differing(record: str, before: Path, after: Path) -> set[str]:
    """Name the records whose rows differ between two files of one table."""
    # Polars' hash is the same within a process, which is all it is used for here.
    one, other = (
        pl.scan_parquet(path)
        .select(record, row=pl.struct(pl.all()).hash())
        .group_by(record)
        .agg(pl.col("row").sort())
        .collect(engine="streaming")
        for path in (before, after)
    )
    joined = one.join(other, on=record, how="full", coalesce=True)
    return set(joined.filter(pl.col("row").ne_missing(pl.col("row_right")))[record])


def _schema(columns: Sequence[str]) -> pa.Schema:
    return pa.schema([(name, pa.large_string()) for name in columns])
