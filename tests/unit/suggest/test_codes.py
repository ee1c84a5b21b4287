"""What the choices of a field mean in our codes."""

import pytest

from omics_orchestrator.suggest.codes import are_numbers, meaning, missing_codes, says_yes_or_no
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import Target, targets
from omics_orchestrator.suggest.words import Words
from tests.unit.suggest.hospital import book, clinics_project

WORDS = Words(["Male", "Ex-smoker", "Never smoked", "Stricturing disease"], [], {})


def target(variable: str) -> Target:
    known = targets(book(), {"clinic": {"redcap": clinics_project()}}, study="ward")
    return next(each for each in known if each.variable.variable == variable)


def offer(**choices: str) -> Offer:
    told = {code.removeprefix("c"): label for code, label in choices.items()}
    return Offer("f", "form", "coded", choices=told, missing=missing_codes(told))


def test_a_label_is_read_without_regard_to_case_and_white_space() -> None:
    assert meaning(offer(c1="MALE", c2="Female"), target("sex"), WORDS).codes == {
        "1": "male",
        "2": "female",
    }


def test_a_label_spelt_otherwise_is_known_where_no_other_comes_near() -> None:
    assert meaning(offer(c1="Ex smoker"), target("smoking_status"), WORDS).codes == {
        "1": "ex_smoker"
    }


def test_a_label_of_another_study_is_known_by_what_that_study_maps_it_to() -> None:
    found = meaning(offer(c9="Lifelong abstainer"), target("smoking_status"), WORDS)
    assert found.codes == {"9": "non_smoker"}


def test_a_label_that_says_nothing_known_is_left_open() -> None:
    found = meaning(offer(c1="Male", c3="Prefers not to say"), target("sex"), WORDS)
    assert found.codes == {"1": "male"}
    assert found.unclear == ("3",)
    assert found.share == 0.5


def test_a_missing_value_among_the_choices_keeps_its_reason() -> None:
    found = meaning(offer(c1="Male", c9="Not recorded"), target("sex"), WORDS)
    assert (found.missing, found.unclear) == ({"9": "not_recorded"}, ())


@pytest.mark.parametrize(
    "label", ["Unknown", "not known", "Unknown / Not Reported", "Missing", "N/K"]
)
def test_what_people_write_for_a_missing_value_is_known(label: str) -> None:
    assert missing_codes({"9": label})


@pytest.mark.parametrize("label", ["Unknown primary tumour", "None", "Not applicable", "No"])
def test_an_answer_is_no_missing_value(label: str) -> None:
    assert not missing_codes({"9": label})


def test_yes_and_no_are_read_whatever_their_codes() -> None:
    found = meaning(offer(c1="Yes", c2="No (earlier form)"), target("ifx"), WORDS)
    assert found.codes == {"1": True, "2": False}


def test_yes_no_and_unknown_is_a_question_of_yes_or_no() -> None:
    assert says_yes_or_no({"1": "Yes", "0": "No", "9": "Unknown"})
    assert not says_yes_or_no({"1": "Yes", "0": "No", "2": "Partly"})


def test_codes_are_numbers_only_where_their_labels_say_so() -> None:
    assert are_numbers({"0": "0 (best)", "3": "3 (worst)"})
    assert not are_numbers({"0": "0 to 3", "1": "4 to 6"})
    assert not are_numbers({"0": "Normal", "1": "Mild"})


def test_texts_of_a_column_are_codes_only_where_all_of_them_are() -> None:
    known = Offer("f", "t", "text", samples=frozenset({"Male", "female"}))
    other = Offer("f", "t", "text", samples=frozenset({"Male", "somebody"}))
    assert meaning(known, target("sex"), WORDS).codes == {"Male": "male", "female": "female"}
    assert meaning(other, target("sex"), WORDS).codes == {}
