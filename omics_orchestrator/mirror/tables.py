"""The tables of a mirror: written from batches of records, and records replaced in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from omics_orchestrator.text_table import TextTable, Writer


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
    changed: Iterable[pl.DataFrame],
    after: Path,
) -> TextTable:
    """Put the rows of `changed` in the place of all rows of the records `replaced`.

    Both come in slices, at least one each, sorted by record; so is the result.
    """
    names = pl.Series(sorted(replaced), dtype=pl.String).implode()
    new = _Sorted(record, iter(changed))
    with Writer(after, new.waiting.columns) as writer:
        for part in before:
            kept = part.filter(~pl.col(record).is_in(names))
            due = pl.concat(new.upto(str(part[record].max() or "")))
            # Slice by slice: merged into a file, Polars reads ahead, and holds more and more.
            writer.add(kept.merge_sorted(due, key=record))
        for rest in new.rest():
            writer.add(rest)
    return writer.table


class _Sorted:
    """Slices of rows sorted by record, of which only one is held: those not yet handed out."""

    def __init__(self, record: str, coming: Iterator[pl.DataFrame]) -> None:
        self.record, self._coming, self.waiting = record, coming, next(coming)

    def upto(self, last: str) -> Iterator[pl.DataFrame]:
        """Hand out the rows of all records up to the `last`."""
        while True:
            due = self.waiting[self.record].search_sorted(last, side="right")
            yield self.waiting[:due]
            self.waiting = self.waiting[due:]
            if not self.waiting.is_empty() or (more := next(self._coming, None)) is None:
                return
            self.waiting = more

    def rest(self) -> Iterator[pl.DataFrame]:
        """Hand out all other rows."""
        yield self.waiting
        yield from self._coming


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
