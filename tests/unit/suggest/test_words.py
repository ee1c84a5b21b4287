"""What counts as the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.suggest.likeness import likeness
from omics_orchestrator.suggest.words import Words, pieces, says_more

WORDS = Words(
    ["HBI: abdominal pain", "Age of the patient", "Platelets", "Montreal location"],
    ["montrl_uc", "montrl_date"],
    {"cd": "crohn disease", "ifx": "infliximab"},
)
texts = st.frozensets(st.sampled_from([*"abcdef", "12", "3", "platelet", "plateles"]), max_size=6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hbiabdominal_pain", {"hbi", "abdominal", "pain"}),
        ("patientage", {"patient", "age"}),
        ("montrlcdlocation", {"montrl", "crohn", "disease", "location"}),
        ("plt_lab", {"platelet", "lab"}),
        ("hemoglobin", {"haemoglobin"}),
        ("SampleID", {"sample", "id"}),
        ("<b>Date</b> of the visits", {"date", "visit"}),
        ("cucq32q7", {"cucq", "32", "7"}),
        ("antibody", {"antibody"}),
    ],
)
def test_names_come_apart_into_the_words_that_people_read(name: str, words: set[str]) -> None:
    assert WORDS.of(name) == words


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    words = Words(["date one", "date two", "date three"], [], {})
    assert words.weight("two") > words.weight("date")


def test_a_label_that_repeats_the_name_says_no_more() -> None:
    assert not says_more("sccai blood in stool", "sccai_blood_in_stool")
    assert not says_more("", "age")
    assert says_more("Age at recruitment", "age")


def test_an_apostrophe_leaves_no_letter_behind() -> None:
    assert pieces("Crohn's disease") == ["crohn", "disease"]


@given(texts, texts)
def test_likeness_is_the_same_both_ways_and_between_0_and_1(
    one: frozenset[str], other: frozenset[str]
) -> None:
    found = likeness(one, other, lambda _: 1.0)
    assert 0 <= found <= 1
    assert found == pytest.approx(likeness(other, one, lambda _: 1.0))


@given(texts.filter(bool))
def test_a_text_is_wholly_like_itself(words: frozenset[str]) -> None:
    assert likeness(words, words, lambda _: 1.0) == 1


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ({"montrl", "uc"}, {"montreal", "uc"}, 0.9),
        ({"freq", "day"}, {"frequency", "day"}, 0.9),
        ({"sacroileitis"}, {"sacroiliitis"}, 0.8),
    ],
)
def test_a_word_that_is_shortened_or_spelt_otherwise_is_nearly_the_same(
    one: set[str], other: set[str], least: float
) -> None:
    assert likeness(frozenset(one), frozenset(other), lambda _: 1.0) >= least


def test_texts_with_different_numbers_are_about_different_things() -> None:
    one, other = frozenset({"drug", "dose", "1"}), frozenset({"drug", "dose", "2"})
    assert likeness(one, other, lambda _: 1.0) < 0.3
