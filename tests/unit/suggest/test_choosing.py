"""What is sure: one field a variable, one variable a field, and nothing that another comes near."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.suggest.choosing import MARGIN, SURE, choose
from omics_orchestrator.suggest.codes import Meaning
from omics_orchestrator.suggest.match import Match
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import Target


def match(field: str, variable: str, score: float) -> Match:
    kept = Variable(variable=variable, label=variable, table="t", type="integer")
    return Match(Offer(field, "form", "integer"), Target(kept, [], []), score, (), Meaning())


scores = st.floats(0, 1).map(lambda each: round(each, 4))
pairs = st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz"))
matches = st.dictionaries(pairs, scores, max_size=20).map(
    lambda found: [match(*pair, score) for pair, score in found.items()]
)


def sure(found: list[Match]) -> dict[str, str]:
    return {field: each.variable for field, each in choose(found).sure.items()}


@given(matches, st.randoms(use_true_random=False))
def test_the_order_of_matches_changes_nothing(found: list[Match], random: object) -> None:
    shuffled = found.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert choose(shuffled) == choose(found)


@given(matches)
def test_a_variable_is_given_to_one_field_at_most(found: list[Match]) -> None:
    times = Counter(sure(found).values())
    assert all(number == 1 for number in times.values())


@given(matches)
def test_what_is_not_good_in_itself_is_never_sure(found: list[Match]) -> None:
    assert all(each.score >= SURE for each in choose(found).sure.values())


@given(matches)
def test_nothing_open_comes_near_what_is_sure(found: list[Match]) -> None:
    choice = choose(found)
    for field, best in choice.sure.items():
        for each in found:
            is_rival = each.offer.field == field or each.variable == best.variable
            is_open = (
                each.variable not in sure(found).values() or each.offer.field not in choice.sure
            )
            if is_rival and is_open and each is not best:
                assert best.score - each.score >= MARGIN


def test_two_fields_that_are_equally_like_a_variable_are_both_left_open() -> None:
    choice = choose([match("a", "v", 0.95), match("b", "v", 0.93)])
    assert choice.sure == {}
    assert [each.variable for each in choice.candidates["a"]] == ["v"]


def test_what_is_clear_makes_clear_what_is_left() -> None:
    found = [match("a", "v", 1.0), match("b", "v", 0.9), match("b", "w", 0.88)]
    assert sure(found) == {"a": "v", "b": "w"}
