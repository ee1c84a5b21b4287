"""What identifies a person is found in text, and a count that looks like it is none."""

import json

import polars as pl
import pytest

from omics_orchestrator.dictionary.identifiers import find

NUMBER = "9434765919"
KIND = "NHS or CHI number"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "943 476 5919",
        f"NHS: {NUMBER}, seen today",
        json.dumps({"samples": [NUMBER]}),
        json.dumps({"run": {"comment": f"of {NUMBER}"}}),
        json.dumps({NUMBER: 1}),
        f"{{not JSON: {NUMBER}}}",
    ],
)
def test_a_health_number_is_found_wherever_somebody_wrote_it(text: str) -> None:
    assert find(pl.DataFrame({"told": [text, text, "none"]})) == {KIND: {"told": 2}}


def test_a_count_in_json_is_nobodys_number() -> None:
    counted = json.dumps(
        {"bases": int(NUMBER), "by_lane": [1, int(NUMBER)], "of": {"x": 9434765919.0}}
    )
    assert find(pl.DataFrame({"told": [counted]})) == {}


def test_other_identifiers_are_found_in_json_too() -> None:
    told = json.dumps({"by": "someone@example.org", "lives": ["EH4 2XU"]})
    assert set(find(pl.DataFrame({"told": [told]}))) == {"e-mail address", "postcode"}
