"""Episodes: against all that the dates allow, and against OMOP's algorithm on complete dates."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.exposure.bounds import COURSES, STOPS_BEFORE_IT_STARTS, bound
from omics_orchestrator.exposure.episodes import merge, numbered
from tests.unit.exposure import oracle
from tests.unit.exposure.histories import courses, histories

_FIRST = date(2015, 1, 1)
_COMPLETE = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), min_size=1, max_size=8)


def complete(spans: list[tuple[int, int]], gap: int = 30, drug: str = "ifx") -> pl.DataFrame:
    """Courses whose dates are all known: first day and length."""
    lines = []
    for number, (start, length) in enumerate(spans):
        first = _FIRST + timedelta(days=start)
        last = first + timedelta(days=length)
        lines.append(("1", drug, str(number), first, first, last, last, None, None, gap))
    return pl.DataFrame(lines, schema={**COURSES, "gap_days": pl.Int64()}, orient="row")


def drug_era(spans: list[tuple[int, int]], gap: int) -> list[tuple[date, date]]:
    """OMOP's sweep: an era ends where, with each end moved by the gap, as many ended as began."""
    events = sorted(
        event
        for start, length in spans
        for event in ((start, -1, 0), (start + length + gap, 1, start + length))
    )
    eras, running, first = [], 0, 0
    for day, kind, end in events:
        if running == 0:
            first = day
        running -= kind
        if running == 0:
            eras.append((_FIRST + timedelta(days=first), _FIRST + timedelta(days=end)))
    return eras


def ours(frame: pl.DataFrame) -> list[tuple[date, date]]:
    episodes = merge(numbered(bound(frame)))
    assert episodes["is_one"].all()
    assert (episodes["start_earliest"] == episodes["start_latest"]).all()
    return episodes.select("start_earliest", "stop_latest").rows()


@given(_COMPLETE, st.sampled_from([0, 1, 30, 90]))
def test_on_complete_dates_episodes_are_omops_drug_eras(
    spans: list[tuple[int, int]], gap: int
) -> None:
    assert ours(complete(spans, gap)) == drug_era(spans, gap)


def test_a_course_that_starts_thirty_days_after_the_end_belongs_and_the_next_day_does_not() -> None:
    assert len(ours(complete([(0, 10), (40, 10)]))) == 1
    assert len(ours(complete([(0, 10), (41, 10)]))) == 2


@given(_COMPLETE, st.randoms(use_true_random=False))
def test_the_order_in_which_courses_were_written_does_not_matter(
    spans: list[tuple[int, int]], chance: random.Random
) -> None:
    frame = complete(spans)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=chance.randint(0, 9999))
    assert merge(numbered(bound(frame))).equals(merge(numbered(bound(shuffled))))


@pytest.mark.parametrize("seed", [11, 12])
def test_episodes_are_as_few_as_the_dates_allow_and_say_when_there_may_be_more(seed: int) -> None:
    told = list(histories(700, seed))
    bounded = bound(courses(told))
    found = merge(numbered(bounded)).group_by("participant").agg(pl.len(), pl.col("is_one").all())
    by_history = {row[0]: row[1:] for row in found.iter_rows()}
    impossible = set(bounded.filter(problem=STOPS_BEFORE_IT_STARTS)["participant"])
    looked_at = [n for n in range(len(told)) if str(n) not in impossible]
    assert len(looked_at) > 300
    right = {str(n): oracle.episodes(told[n].rows, told[n].world) for n in looked_at}
    assert {n: by_history[n] for n in right} == right


def test_what_stops_before_it_starts_is_an_episode_of_its_own_at_no_known_date() -> None:
    wrong = complete([(0, 10), (100, 10)]).with_columns(
        pl.when(pl.col("source") == "1").then(_FIRST + timedelta(days=50)).otherwise("stop_latest")
        .alias("stop_latest"),
        pl.when(pl.col("source") == "1").then(_FIRST + timedelta(days=50)).otherwise("stop_earliest")
        .alias("stop_earliest"),
    )  # fmt: skip
    episodes = merge(numbered(bound(wrong)))
    assert episodes["source_rows"].to_list() == [["0"], ["1"]]
    assert episodes.row(1)[3:7] == (None, None, None, None)
