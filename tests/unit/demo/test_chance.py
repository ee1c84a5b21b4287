"""Seeded chance: the same words give the same stream, and draws stay in their bounds."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.demo.gidamps.chance import Chance


@given(st.integers(), st.text())
def test_the_same_words_give_the_same_stream(seed: int, word: str) -> None:
    assert Chance.of(seed, word).mark() == Chance.of(seed, word).mark()


def test_other_words_give_another_stream() -> None:
    assert Chance.of(1, "GID-1").mark() != Chance.of(1, "GID-2").mark()


@given(st.integers(), st.floats(-50, 50), st.floats(0, 20), st.integers(0, 4))
def test_a_number_stays_between_its_limits(
    seed: int, mean: float, spread: float, digits: int
) -> None:
    assert -10 <= Chance.of(seed).number(mean, spread, -10, 10, digits) <= 10


@given(st.integers(), st.dates(), st.dates())
def test_a_day_is_never_before_the_first_nor_after_the_last(
    seed: int, first: date, last: date
) -> None:
    assert first <= Chance.of(seed).day(first, last) <= max(first, last)


@given(st.integers())
def test_a_choice_of_weight_zero_is_never_made(seed: int) -> None:
    assert Chance.of(seed).weighted({"never": 0, "always": 1}) == "always"
