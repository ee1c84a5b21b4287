"""What a researcher opens: whole, their own, and harmless in a spreadsheet."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.file import formulas, harmless, write

DANGEROUS = ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"]


@given(st.lists(st.none() | st.text()))
def test_no_text_is_left_that_a_spreadsheet_would_run(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": [*texts, *DANGEROUS]}, schema={"text": pl.String})
    made = harmless(frame)

    assert formulas(made) == 0
    changed = [(x, y) for x, y in zip(frame["text"], made["text"], strict=True) if x != y]
    assert all(y == f"'{x}" for x, y in changed)
    assert len(changed) == formulas(frame) >= len(DANGEROUS)


def test_numbers_stay_as_they_are() -> None:
    frame = pl.DataFrame({"change": [-1.5, None], "count": [-2, 3]})
    assert harmless(frame).equals(frame)
    assert formulas(frame) == 0


def test_an_empty_text_and_a_gap_are_not_the_same(tmp_path: Path) -> None:
    write(pl.DataFrame({"a": ["", None], "b": [1, 2]}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == 'a,b\n"",1\n,2\n'


def test_parquet_holds_text_as_it_is(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": DANGEROUS})
    write(frame, tmp_path / "x.parquet")
    assert pl.read_parquet(tmp_path / "x.parquet").equals(frame)


def test_a_file_that_came_in_the_meantime_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")

    with pytest.raises(ConfigurationError, match=r"file x\.csv: it cannot be written"):
        write(pl.DataFrame({"a": [1]}), path)

    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]
