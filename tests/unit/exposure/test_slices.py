"""The tables on drugs, made of some participants at a time, are those made of all at once."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from omics_orchestrator.dictionary.drugs import names_of
from omics_orchestrator.exposure.courses import drugs_named
from omics_orchestrator.exposure.tables import TABLES
from tests.unit.exposure.ward import DRUGS, day, dictionary, study, ward_tables

PEOPLE = "ABCDEFGHIJKLMNOP"
NAMES = [None, "something new", *(each["drug"] for each in DRUGS)]


def hospital(seed: int) -> dict[str, pl.DataFrame]:
    """Random rows of sixteen participants, with gaps and contradictions."""
    draw = random.Random(seed)

    def at() -> date | None:
        days = timedelta(days=draw.randint(0, 400))
        return draw.choice((None, day("2020-01-01") + days, day("2020-01-01") + days))

    def flag() -> bool | None:
        return draw.choice((None, True, False))

    def person(who: str) -> dict[str, object]:
        answers = {name: flag() for name in ("ifx", "ada", "had_tnf")}
        dates = {name: at() for name in ("joined", "ifx_start", "ada_start", "ada_stop")}
        return {"study_id": who, **answers, **dates}

    def visit(who: str, number: str) -> dict[str, object]:
        return {"study_id": who, "visit": number, "seen": at(), "on_ifx": flag(), "on_tnf": flag()}

    def course(who: str, number: str) -> dict[str, object]:
        named = {"typed": draw.choice(NAMES), "listed": draw.choice(NAMES)}
        return {
            "study_id": who,
            "slot": number,
            **named,
            "began": at(),
            "ended": at(),
            "still": flag(),
        }

    keys = [(who, number) for who in PEOPLE for number in ("one", "two") if draw.random() < 0.8]
    return ward_tables(
        tuple(person(who) for who in PEOPLE),
        tuple(visit(*key) for key in keys),
        tuple(course(*key) for key in keys),
    )


@pytest.mark.parametrize("tells", ["drugs", "all"])
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.sets(st.sampled_from(PEOPLE), min_size=1))
def test_some_participants_after_the_others_make_the_tables_of_all(
    tells: str, seed: int, some: set[str]
) -> None:
    records = study().model_dump(mode="json")["drugs"]
    records["courses"][1]["tells"] = tells
    ward, tables = study(records), hospital(seed)
    book = dictionary(ward)
    is_some = pl.col("study_id").is_in(sorted(some))
    slices = [
        {name: rows.filter(wanted) for name, rows in tables.items()}
        for wanted in (is_some, ~is_some)
    ]
    assert ward.drugs is not None
    named = drugs_named(ward.drugs.courses[1], tables["drug_list"], names_of(book.drugs.values()))
    for table in TABLES.values():
        whole = table.make(book, ward, tables)
        parts = [table.make(book, ward, each, named) for each in slices]
        assert whole.height > 0
        assert_frame_equal(pl.concat(parts).sort(table.key), whole.sort(table.key))
