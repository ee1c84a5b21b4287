"""How a table is put together from parts, none of which is the whole table."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import snapshot, text_table
from omics_orchestrator.mirror import tables

NAMES = st.sampled_from(["1", "01", "1 ", "10", "2", "é", "e\u0301", "\U0001f9ec", "Z", "a,b"])
ROWS = st.lists(st.tuples(NAMES, st.sampled_from([None, "", "x", "y"])), max_size=8)


def frame(rows: list[tuple[str, str | None]]) -> pl.DataFrame:
    schema = {"record": pl.String, "cell": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("record", maintain_order=True)


@given(before=ROWS, changed=ROWS, gone=st.sets(NAMES), size=st.integers(1, 8))
def test_a_record_is_replaced_whole_and_all_others_stay_as_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[str, str | None]],
    changed: list[tuple[str, str | None]],
    gone: set[str],
    size: int,
) -> None:
    replaced = {name for name, _ in changed} | gone
    one, other = (
        list(frame(rows).iter_slices(size)) or [frame(rows)] for rows in (before, changed)
    )
    file = tmp_path_factory.mktemp("tables") / "after.parquet"
    after = tables.replace("record", replaced, one, other, file)
    kept = [row for row in before if row[0] not in replaced]
    expected = frame([*kept, *changed])
    assert pl.read_parquet(after.path).equals(expected)
    assert after.content_hash == snapshot.content_hash(expected)


def test_a_large_table_is_written_and_read_in_parts_that_are_small(tmp_path: Path) -> None:
    rows = [(f"{number:06}", "x") for number in range(200_000)]
    frame(rows).write_parquet(tmp_path / "before.parquet")
    frame([("000007", "y")]).write_parquet(tmp_path / "changed.parquet")
    one, other = tmp_path / "before.parquet", tmp_path / "changed.parquet"
    before, changed = text_table.slices(one), text_table.slices(other)
    after = tables.replace("record", {"000007"}, before, changed, tmp_path / "after.parquet")
    with pq.ParquetFile(after.path) as file:
        parts = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sum(parts) == 200_000
    assert max(parts) <= 10_000
    assert max(part.height for part in text_table.slices(after.path)) <= 10_000
