"""Which numbers of a name tell something."""

from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.suggest.numbering import places, telling, without_steady
from omics_orchestrator.suggest.offer import Offer


def questions(*numbers: int) -> list[Offer]:
    return [
        Offer(f"q{number}", "form", "coded", choices={"0": "0"}, position=place)
        for place, number in enumerate(numbers)
    ]


def test_a_number_that_no_other_field_has_is_no_part_of_the_name() -> None:
    assert telling(["smokeryn1", "sex"]) == {"smokeryn1": "smokeryn", "sex": "sex"}


def test_the_field_without_a_number_is_the_first_of_several() -> None:
    assert telling(["dose", "dose_2", "dose_3"]) == {
        "dose": "dose_1",
        "dose_2": "dose_2",
        "dose_3": "dose_3",
    }


def test_the_number_of_a_questionnaire_is_part_of_its_name() -> None:
    found = without_steady({"CUCQ-32: item 1", "CUCQ-32: item 2", "CUCQ-32: total"})
    assert sorted(found.values()) == ["CUCQ: item 1", "CUCQ: item 2", "CUCQ: total"]


def test_a_number_that_changes_stays() -> None:
    texts = {"drug 1 dose", "drug 2 dose", "drug 3 dose"}
    assert set(without_steady(texts).values()) == texts


def test_a_replaced_question_has_the_number_of_its_place() -> None:
    found = places(questions(1, 2, 3, 36, 5, 6))
    assert found["q36"] == "q_4"
    assert found["q5"] == "q_5"


def test_a_list_whose_numbers_contradict_the_places_says_nothing() -> None:
    assert places(questions(1, 2, 4, 3, 5, 36)) == {}


def test_a_list_in_its_order_needs_no_places() -> None:
    assert places(questions(1, 2, 3, 4, 5)) == {}


@given(st.permutations(questions(1, 2, 3, 36, 5, 6, 7)))
def test_places_are_those_of_the_source_in_whatever_order_fields_come(offers: list[Offer]) -> None:
    assert places(offers) == places(questions(1, 2, 3, 36, 5, 6, 7))
