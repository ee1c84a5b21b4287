"""What is shown of counts: no small one is, and none can be computed by whoever knows the rule."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.site.disclosure import Cell, Range, Shown, one, shown

SMALLEST = 5
counts = st.lists(st.integers(0, 60), min_size=2, max_size=8)


def told(rows: list[int], smallest: int = SMALLEST) -> list[Shown]:
    """What is shown of a table with a row a person."""
    return shown([Cell(each, each) for each in rows], smallest)


@pytest.mark.parametrize(("smallest", "cells", "most"), [(3, 4, 13), (4, 3, 20), (5, 3, 26)])
def test_a_reader_who_knows_the_rule_and_the_sum_learns_no_small_count(
    smallest: int, cells: int, most: int
) -> None:
    worlds = defaultdict(list)
    for rows in itertools.product(range(most + 1), repeat=cells):
        if sum(rows) <= most:
            worlds[sum(rows), tuple(told(list(rows), smallest))].append(rows)
    for same in worlds.values():
        for values in map(set, zip(*same, strict=True)):
            assert len(values) > 1 or not 0 < min(values) < smallest, same


@given(counts)
def test_a_small_count_is_never_shown_and_every_range_holds_the_count(rows: list[int]) -> None:
    for count, each in zip(rows, told(rows), strict=True):
        if isinstance(each, int):
            assert each == count
            assert not 0 < count < SMALLEST
        elif isinstance(each, Range):
            assert SMALLEST <= each.least <= count <= each.most
        else:
            assert count > 0 or "hidden" in told(rows)


@given(counts)
def test_one_count_alone_is_never_hidden(rows: list[int]) -> None:
    assert sum(not isinstance(each, int) for each in told(rows)) != 1


@given(st.lists(st.integers(SMALLEST, 60) | st.just(0), min_size=1, max_size=8))
def test_where_no_count_is_small_nothing_is_hidden(rows: list[int]) -> None:
    assert told(rows) == rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([60, 40, 0], [60, 40, 0]),
        ([60, 40, 2], [60, Range(38, 41), "few"]),
        ([60, 3, 2], [60, "few", "few"]),
        ([60, 1, 1], [Range(54, 60), "few", "few"]),
        ([60, 5, 1], [60, "hidden", "hidden"]),
        ([40, 41, 2], ["hidden", 41, "hidden"]),
        ([3, 0], ["hidden", "hidden"]),
    ],
)
def test_what_is_shown_of_a_table_with_a_row_a_person(
    rows: list[int], expected: list[Shown]
) -> None:
    assert told(rows) == expected


def test_people_are_counted_and_not_their_rows() -> None:
    of_two_people, of_many = Cell(rows=30, people=2), Cell(rows=50, people=20)
    assert shown([of_two_people, of_many], SMALLEST) == ["hidden", "hidden"]
    assert one(30, 2, SMALLEST) == "few"
    assert one(30, 5, SMALLEST) == 30
