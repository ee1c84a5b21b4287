"""What a single field may say of itself: its decimal sign, and missing codes of its own."""

import copy
import json
from typing import Any

import polars as pl
import pytest

from omics_orchestrator.dictionary.check import problems_of
from omics_orchestrator.dictionary.conform import Conformed, conform, together
from tests.unit.dictionary.clinic import STUDY, dictionary, histories, visits


def conformed(rules: dict[str, object], **cells: str) -> Conformed:
    study: Any = copy.deepcopy(STUDY)
    study["tables"]["visit"]["variables"] |= rules
    book = dictionary(study)
    history = {"id": "91-1"} | {name: text for name, text in cells.items() if "___" in name}
    visit = {"id": "91-1"} | {name: text for name, text in cells.items() if "___" not in name}
    frames = {"visit": visits(visit), "history": histories(history)}
    return conform(book, book.studies["clinic"], "visit", frames, hash_key=b"key")


@pytest.mark.parametrize(
    ("text", "value"),
    [("12,5", 12.5), ("12", 12.0), ("12.5", None), ("1.012,5", None), ("1,0,5", None)],
)
def test_a_decimal_comma_is_read_where_a_rule_says_so(text: str, value: float | None) -> None:
    result = conformed({"weight": {"field": "weight", "decimal": ","}}, weight=text)

    assert result.frame["weight"].to_list() == [value]
    assert result.quarantine.height == (value is None)


def test_a_measurement_may_have_a_decimal_comma() -> None:
    result = conformed({"crp": {"field": "crp", "decimal": ","}}, crp="<0,5")

    assert result.frame.select("crp", "crp_comparator").row(0) == (0.5, "<")


def test_a_decimal_comma_in_a_date_is_a_problem_of_the_study_file() -> None:
    study: Any = copy.deepcopy(STUDY)
    study["tables"]["visit"]["variables"]["seen_on"] = {"field": "seen", "decimal": ","}

    (problem,) = (text for text in problems_of(dictionary(study)) if "decimal" in text)

    assert problem.startswith("studies/clinic.yaml: tables.visit: variables.seen_on: decimal:")


def test_missing_codes_of_a_field_stand_in_place_of_its_sources() -> None:
    rules = {"age": {"field": "age", "missing": {"-9": "declined"}}}

    own = conformed(rules, age="-9", crp="-1000")
    of_the_source = conformed(rules, age="-1000")

    assert json.loads(own.frame["missing_reasons"][0]) == {
        "age": "declined",
        "crp": "not_recorded",
    }
    assert of_the_source.quarantine["field"].to_list() == ["age"]


def test_an_option_may_have_no_missing_codes_at_all() -> None:
    boxes = {"beh___3": "1", "beh____1000": "1"}
    rule = {"checkbox": "beh", "option": 3}

    plain = conformed({"perianal": rule}, **boxes)
    without = conformed({"perianal": {**rule, "missing": {}}}, **boxes)

    assert plain.frame["perianal"].to_list() == [None]
    assert without.frame["perianal"].to_list() == [True]


def test_the_accounts_of_slices_add_up() -> None:
    first = conformed({}, age="34", crp="odd")
    second = conformed({}, age="-1000", crp="odd")

    both = together([first, second])

    assert both.frame.height == 2
    age = both.cells.filter(pl.col("field") == "age").row(0, named=True)
    assert (age["cells"], age["conformed"], age["missing"]) == (2, 1, 1)
    assert both.rows["rows_in"].to_list() == [2 * rows for rows in first.rows["rows_in"]]
    assert both.rows["reason"].to_list() == first.rows["reason"].to_list()
    assert both.quarantine.select("field", "count").rows() == [("crp", 2)]
    assert both.unclassified == first.unclassified
