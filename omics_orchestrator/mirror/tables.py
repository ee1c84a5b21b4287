"""The tables of a mirror: written from batches of records, and records replaced in them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from omics_orchestrator.text_table import TextTable, Writer

_ROWS_TOGETHER = 2_000


def write(
    batches: Iterable[Mapping[str, pl.DataFrame]],
    columns: Mapping[str, Sequence[str]],
    folder: Path,
) -> dict[str, TextTable]:
    """Write each table into a file of its own; `columns` names the tables and their columns."""
    folder.mkdir()
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(Writer(folder / f"{number}.parquet", columns[name]))
            for number, name in enumerate(columns)
        }
        for batch in batches:
            for name, frame in batch.items():
                writers[name].add(frame)
    return {name: writer.table for name, writer in writers.items()}


def replace(
    record: str,
    replaced: Iterable[str],
    before: Iterable[pl.DataFrame],
    changed: Path,
    after: Path,
) -> TextTable:
    """Put the rows of `changed` in the place of all rows of the records `replaced`.

    Both tables are sorted by record, and so is the result.
    """
    names = pl.Series(sorted(replaced), dtype=pl.String).implode()
    new = pl.scan_parquet(changed)
    order = new.select(record).collect()[record]
    done = 0
    with Writer(after, new.collect_schema().names()) as writer:
        for part in before:
            due = order.search_sorted(str(part[record].max() or ""), side="right")
            kept = part.filter(~pl.col(record).is_in(names))
            # Polars' own `merge_sorted` into a file reads ahead: its memory grows with the table.
            merged = pl.concat([kept, new.slice(done, due - done).collect()])
            writer.add(merged.sort(record, maintain_order=True))
            done = due
        for start in range(done, len(order), _ROWS_TOGETHER):
            writer.add(new.slice(start, _ROWS_TOGETHER).collect())
    return writer.table


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
