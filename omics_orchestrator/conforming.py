"""Conform a table from snapshots of its raw tables, in slices where memory would not hold it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary import slicing
from omics_orchestrator.dictionary.conform import Conformed, conform, together
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.plan import Plan, plan
from omics_orchestrator.on_disk import Frames
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse.ledger import Snapshot

# About 1 GB of text and what is made of it.
_CELLS_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Conforming:
    """One table of a study, and the snapshots it is made of.

    Attributes:
        dictionary: the data dictionary.
        study: the study, with the codes of its projects.
        table: the name of one of its tables.
        taken: the last snapshot of each raw table, by its name in the study.
        store: where they are kept.
        hash_key: the secret key of the hashes that stand for records and values in quarantine.
    """

    dictionary: Dictionary
    study: Study
    table: str
    taken: Mapping[str, Snapshot]
    store: Store
    hash_key: bytes

    def run(
        self, folder: Path, *, cells_at_once: int = _CELLS_AT_ONCE
    ) -> tuple[Sequence[pl.DataFrame], Conformed]:
        """Conform the table.

        Args:
            folder: an empty folder; frames that do not fit into memory are kept there.
            cells_at_once: how many cells are conformed at once, where the table can be sliced.

        Returns:
            The rows, in one frame or several, and their accounts, with a frame without rows.
        """
        cells = sum(each.rows * each.columns for each in self.taken.values())
        who = slicing.whole_by(self.study, self.table)
        if cells <= cells_at_once or who is None:
            made = self._conformed({n: snapshot.read(self.store, s) for n, s in self.taken.items()})
            return [made.frame], made.without_rows()
        rows = sum(each.rows for each in self.taken.values())
        return self._in_slices(folder, who, max(1, rows * cells_at_once // cells))

    def _in_slices(
        self, folder: Path, who: str, rows: int
    ) -> tuple[Sequence[pl.DataFrame], Conformed]:
        paths = {
            name: snapshot.fetch(self.store, each, folder / f"{name}.parquet")
            for name, each in self.taken.items()
        }
        fields = slicing.key_fields(self.study, self.table, who)
        keys = {
            name: pl.read_parquet(path, columns=list(fields[name])) for name, path in paths.items()
        }
        numbers = slicing.numbered(
            self.dictionary, self.study, self.table, keys, who=who, rows=rows
        )
        columns = {name: snapshot.fields(each) for name, each in self.taken.items()}
        planned = plan(self.dictionary, self.study, self.table, columns)
        frames, accounts = Frames(folder / "conformed"), []
        for number in pl.concat(numbers.values()).unique().sort():
            rows_of = {name: _rows(path, numbers[name] == number) for name, path in paths.items()}
            made = self._conformed(rows_of, planned)
            frames.add(made.frame)
            accounts.append(made.without_rows())
        return frames, together(accounts)

    def _conformed(
        self, frames: Mapping[str, pl.DataFrame], planned: Plan | None = None
    ) -> Conformed:
        return conform(
            self.dictionary,
            self.study,
            self.table,
            frames,
            hash_key=self.hash_key,
            planned=planned,
        )


def _rows(path: Path, wanted: pl.Series) -> pl.DataFrame:
    """Read the rows of a Parquet file that are `wanted`; groups without any are passed over."""
    with pq.ParquetFile(path) as file:
        found = [pl.DataFrame(schema=dict.fromkeys(file.schema_arrow.names, pl.String))]
        start = 0
        for group in range(file.num_row_groups):
            height = file.metadata.row_group(group).num_rows
            mask = wanted.slice(start, height)
            if mask.any():
                read = file.read_row_group(group, use_threads=False)
                found.append(pl.DataFrame(read).filter(mask))
            start += height
    return pl.concat(found)
