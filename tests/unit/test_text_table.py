"""Tables of text in files: how they are cut does not show in what is read."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import snapshot, text_table

COLUMNS = ("record", "cell")
ROWS = st.lists(st.tuples(st.text(max_size=3), st.none() | st.text(max_size=3)), max_size=40)


def frame(rows: list[tuple[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def write(path: Path, parts: list[pl.DataFrame]) -> text_table.TextTable:
    with text_table.Writer(path, COLUMNS) as writer:
        for part in parts:
            writer.add(part)
    return writer.table


@given(rows=ROWS, size=st.integers(1, 9), group=st.integers(1, 9), cells=st.integers(1, 1_000))
def test_a_table_is_read_as_it_was_written_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str | None]],
    size: int,
    group: int,
    cells: int,
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    written = write(folder / "one.parquet", list(frame(rows).iter_slices(size)))
    assert pl.concat(text_table.slices(written.path, cells)).equals(frame(rows))
    assert written.content_hash == snapshot.content_hash(frame(rows))
    frame(rows).write_parquet(folder / "other.parquet", row_group_size=group)
    found = list(text_table.slices(folder / "other.parquet", cells))
    assert pl.concat(found).equals(frame(rows))
    assert max(part.height for part in found) <= max(1, cells // 25)


def test_a_narrow_table_is_held_for_some_rows_only(tmp_path: Path) -> None:
    part = frame([("1", None)] * 1_000)
    written = write(tmp_path / "narrow.parquet", [part] * 30)
    with pq.ParquetFile(written.path) as file:
        groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sum(groups) == 30_000
    assert max(groups) <= 3_000


def test_slices_may_hold_many_groups_of_rows(tmp_path: Path) -> None:
    written = write(tmp_path / "narrow.parquet", [frame([("1", None)] * 1_000)] * 30)
    heights = [part.height for part in text_table.slices(written.path, 750_000)]
    assert len(heights) <= 2
