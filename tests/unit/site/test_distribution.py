"""Distributions: of enough people in each part, with edges that are nobody's value."""

from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.site import bins
from omics_orchestrator.site.disclosure import Cell, Range
from omics_orchestrator.site.distribution import Distribution, distribution

SMALLEST = 5
numbers = st.lists(
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)), min_size=1
)


def of(
    values: list[Any],
    kind: str = "string",
    *,
    people: list[int] | None = None,
    codes: dict[str, str] | None = None,
    **more: Any,
) -> Distribution:
    told = {"variable": "x", "label": "X", "table": "visit", "type": kind, **more}
    rows = pl.DataFrame(
        {"value": values, "person": people or list(range(len(values)))}, strict=False
    )
    return distribution(Variable.model_validate(told), codes or {}, rows, SMALLEST)


def labels(found: Distribution) -> dict[str, object]:
    return {bar.label: bar.rows for bar in found.bars}


@given(numbers, st.integers(1, 30))
def test_bins_hold_every_number_once_and_each_is_of_enough_people(
    values: list[float], people: int
) -> None:
    frame = pl.DataFrame(
        {"value": values, "person": [number % people for number in range(len(values))]},
        schema={"value": pl.Float64, "person": pl.Int64},
    )
    found = bins.of_numbers(frame, SMALLEST)
    assert sum(each.cell.rows for each in found) == len(values)
    assert len(found) == 1 or all(each.cell.people >= SMALLEST for each in found)
    assert (found[0].lower, found[-1].upper) == (None, None)
    for one, other in pairwise(found):
        assert one.upper == other.lower
    for each in found:
        held = [
            value
            for value in values
            if (each.lower is None or value >= each.lower)
            and (each.upper is None or value < each.upper)
        ]
        assert len(held) == each.cell.rows


def test_no_edge_tells_an_extreme_value() -> None:
    found = of([*range(20, 60), 3, 97], "integer")
    assert all("97" not in label and "3 " not in label for label in labels(found))
    assert found.bars[-1].label.endswith(" or more")
    assert found.bars[0].label.endswith(" or less")
    assert sum(bar.rows for bar in found.bars if isinstance(bar.rows, int)) == 42


def test_whole_numbers_are_told_one_by_one_and_up_to_the_declared_range() -> None:
    found = of([0] * 6 + [1] * 7 + [2] * 8 + [3] * 9, "integer", minimum=0, maximum=3)
    assert labels(found) == {"0": 6, "1": 7, "2": 8, "3": 9}


@pytest.mark.parametrize("kind", ["date", "partial_date"])
def test_dates_are_told_by_year(kind: str) -> None:
    days = [date(2015 + number // 10, 1 + number % 10, 1) for number in range(60)]
    found = of(days if kind == "date" else [f"{day:%Y-%m}" for day in days], kind)
    assert labels(found) == {
        "2015 or before": 10, "2016": 10, "2017": 10, "2018": 10, "2019": 10, "2020 or later": 10,
    }  # fmt: skip


def test_dates_of_few_months_are_told_by_month() -> None:
    days = [date(2025, 1 + number % 4, 1 + number // 4) for number in range(80)]
    assert list(labels(of(days, "date"))) == [
        "Jan 2025 or before", "Feb 2025", "Mar 2025", "Apr 2025 or later",
    ]  # fmt: skip


def test_categories_are_told_by_their_labels_and_a_code_that_is_gone_is_not_named() -> None:
    found = of(["a"] * 9 + ["canary"] * 8, "category", codes={"a": "Apple", "b": ""})
    assert labels(found) == {"Apple": 9, "b": 0, "a code that the dictionary does not have now": 8}
    assert found.blank == 0


def test_a_few_rows_without_a_value_hide_and_are_not_to_be_subtracted() -> None:
    found = of([True] * 60 + [False] * 40 + [None] * 2, "boolean")
    assert labels(found) == {"Yes": 60, "No": Range(38, 41)}
    assert (found.rows, found.blank, found.filled) == (102, "few", Range(98, 101))


def test_of_texts_only_how_many_there_are_is_told() -> None:
    found = of(["a rare text"] * 20 + [None] * 30, "text")
    assert found == Distribution("filled", 50, 20, 30)


def test_of_a_table_of_few_people_nothing_is_told() -> None:
    found = of([1.5] * 40, "number", people=[1, 2, 3, 4] * 10)
    assert (found.rows, found.bars, found.is_withheld) == ("few", (), True)


def test_a_number_without_any_value_has_no_bars() -> None:
    assert of([None] * 20, "number") == Distribution("filled", 20, 0, 20)


def test_a_column_without_people_is_one_bin() -> None:
    frame = pl.DataFrame({"value": [7.0] * 3, "person": [1, 2, 3]})
    assert bins.of_numbers(frame, SMALLEST) == [bins.Bin(None, None, Cell(3, 3))]
