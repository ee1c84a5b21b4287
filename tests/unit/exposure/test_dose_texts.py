"""What a dose says that somebody typed, and what it makes a day."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.drug_records import Courses
from omics_orchestrator.exposure.dose_texts import told
from omics_orchestrator.exposure.doses import DOSES, doses_of
from omics_orchestrator.exposure.rhythms import rhythm_of

UNITS = {"mg": ("mg", 1), "g": ("mg", 1000), "mcg": ("mg", Fraction(1, 1000)), "IU": ("[iU]", 1)}
RHYTHMS = {
    "bd": ("bd", 2, 1), "b.d.": ("bd", 2, 1), "twice a day": ("bd", 2, 1), "2x/day": ("bd", 2, 1),
    "every 12 hours": ("bd", 2, 1), "OD": ("od", 1, 1), "once daily": ("od", 1, 1),
    "every 8 weeks": ("eight_weekly", 1, 56), "8-weekly": ("eight_weekly", 1, 56),
    "q8w": ("eight_weekly", 1, 56), "every 8/52": ("eight_weekly", 1, 56),
    "eow": ("fortnightly", 1, 14), "every other week": ("fortnightly", 1, 14),
    "weekly": ("once_a_week", 1, 7), "every 10 days": ("every_10_days", 1, 10),
    "twice a week": ("2_in_1_weeks", 2, 7), "alternate days": ("alternate_days", 1, 2),
}  # fmt: skip
NUMBERS = st.fractions(Fraction(1, 10), 900, max_denominator=10).map(
    lambda number: Fraction(round(float(number), 1)).limit_denominator(10)
)
WRITINGS = st.tuples(
    st.sampled_from(["{n}{u} {r}", "{n} {u}  {r}", "{r} {n}{u}", " {n}{u}, {r} po "]),
    st.sampled_from([".", ","]),
    st.sampled_from(["", "/kg", " per kg"]),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("text", "dose", "unit", "frequency", "a_day"),
    [
        ("5 mg/kg every 8 weeks", 5, "mg/kg", "eight_weekly", 5 / 56),
        ("40mg eow", 40, "mg", "fortnightly", 40 / 14),
        ("1.2 g/day", None, "mg", None, 1200),
        ("40 mg per week", None, "mg", None, 40 / 7),
        ("40mg/12h", None, "mg", None, 80),
        ("2x500mg bd", 1000, "mg", "bd", 2000),
        ("2 x 500 mg daily", None, "mg", None, 1000),
        ("500mg x2/day", None, "mg", None, 1000),
        ("40 mg daily", 40, "mg", "od", 40),
        ("1,5 g tds", 1500, "mg", "tds", 4500),
        ("0,125 mg od", 0.125, "mg", "od", 0.125),
        ("300 mg IV q8w.", 300, "mg", "eight_weekly", 300 / 56),
        ("weekly 15mg (s/c)", 15, "mg", "once_a_week", 15 / 7),
        ("25mg PRN", 25, "mg", "prn", None),
        ("150 mg", 150, "mg", None, None),
    ],
)
def test_a_text_that_says_one_thing_is_understood(
    text: str, dose: float | None, unit: str, frequency: str | None, a_day: float | None
) -> None:
    spec = Courses(table="drugs", dose_text="typed")
    found = doses_of(spec, pl.DataFrame({"typed": [text]})).row(0, named=True)
    assert (found["dose"], found["dose_unit"], found["frequency"]) == (dose, unit, frequency)
    assert found["daily_dose"] == (None if a_day is None else pytest.approx(a_day))
    assert (found["dose_text"], found["dose_problem"]) == (text, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2x500mg", "times_or_tablets"),
        ("500 mg x 2", "times_or_tablets"),
        ("5-10 mg od", "a_range"),
        ("2 to 3 mg", "a_range"),
        ("40mg mane 20mg nocte", "several_doses"),
        ("1,250 mg", "ambiguous_number"),
        ("40mg biweekly", "ambiguous_frequency"),
        ("2 tablets bd", "no_unit"),
        ("160/80", "no_unit"),
        ("as before", "no_number"),
        ("40 mg reducing by 5 a week", "not_understood"),
        ("40mg x 2 weeks", "not_understood"),
        ("40 mg 8/52", "not_understood"),
        ("0 mg", "not_understood"),
        ("-5 mg", "not_understood"),
    ],
)
def test_a_text_that_may_mean_several_things_stays_text_with_the_reason(
    text: str, problem: str
) -> None:
    spec = Courses(table="drugs", dose_text="typed")
    found = doses_of(spec, pl.DataFrame({"typed": [text]})).row(0, named=True)
    rest = {name: None for name in DOSES if name not in ("dose_text", "dose_problem")}
    assert found == {**rest, "dose_text": text, "dose_problem": problem}


@given(NUMBERS, st.sampled_from(list(UNITS)), st.sampled_from(list(RHYTHMS)), WRITINGS)
def test_however_a_dose_is_written_it_is_the_same_dose(
    number: Fraction, unit: str, rhythm: str, writing: tuple[str, str, str, bool]
) -> None:
    form, point, weight, capitals = writing
    text = form.format(n=f"{float(number):.10g}".replace(".", point), u=f"{unit}{weight}", r=rhythm)
    found = told(text.upper() if capitals else text)
    name, factor = UNITS[unit]
    code, doses, days = RHYTHMS[rhythm]
    assert found.problem is None
    assert found.dose == number * factor
    assert found.unit == (f"{name}/kg" if weight else name)
    assert found.rhythm is not None
    assert found.rhythm.name == code
    assert found.daily == number * factor * doses / days


@given(st.text(st.sampled_from("0123456789.,x\u00d7/-mgkudwbdeory ()ié"), max_size=24) | st.text())
def test_a_text_says_either_a_dose_or_why_it_says_none(text: str) -> None:
    found = told(text)
    is_told = found.dose is not None or found.daily is not None
    assert is_told == (found.problem is None)
    if is_told:
        assert found.unit is not None
        assert min(each for each in (found.dose, found.daily) if each is not None) > 0
        assert any(character.isdigit() for character in text)


@given(st.integers(1, 200), st.sampled_from(["days", "weeks", "months", "hours"]))
def test_the_longest_wait_is_never_shorter_than_the_rhythm(count: int, unit: str) -> None:
    found = rhythm_of(f"every {count} {unit}")
    assert found is not None
    assert found.days is not None
    assert found.longest is not None
    assert found.longest >= found.days / found.doses


def test_the_column_that_says_how_often_counts_where_the_text_does_not() -> None:
    spec = Courses(table="drugs", dose_text="typed", frequency="often")
    rows = pl.DataFrame(
        {"typed": ["40mg", "40mg bd", "40mg bd", None, "40 mg or so"], "often": ["bd", "bd", "od", "od", "od"]}
    )  # fmt: skip
    found = doses_of(spec, rows)
    assert found["daily_dose"].to_list() == [80, 80, None, None, None]
    assert found["frequency"].to_list() == ["bd", "bd", None, "od", "od"]
    assert found["dose_problem"].to_list() == [
        None, None, "two_frequencies", None, "not_understood",
    ]  # fmt: skip
