"""Each kind of rule: what it makes of a cell, and what it says became of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from omics_orchestrator.dictionary.tables import Table
from tests.unit.dictionary.made_up import KEY, conformed, dictionary, one_value

MG_L = {"type": "measurement", "unit": "mg/L"}
LOCATION = {"type": "category", "codes": "location"}
SETS = {"location": {"L1": "Ileum", "L2": "Colon", "L3": "Both"}}


@pytest.mark.parametrize(
    ("type_", "rule", "row", "value", "fate"),
    [
        ("number", {"field": "f", "decimal": ","}, {"f": "12,5"}, 12.5, "conformed"),
        ("number", {"field": "f", "thousands": " "}, {"f": "1 200"}, 1200.0, "conformed"),
        ("number", {"field": "f", "thousands": ".", "decimal": ","}, {"f": "1.200,5"}, 1200.5, "conformed"),
        ("number", {"field": "f", "thousands": ","}, {"f": "12,00"}, None, "quarantined"),
        ("measurement", {"field": "f", "thousands": ","}, {"f": "> 1,800"}, 1800.0, "conformed"),
        (MG_L, {"field": "f", "words": {"trace": "<1"}}, {"f": "trace"}, 1.0, "conformed"),
        (MG_L, {"field": "f", "words": {"trace": "<1"}}, {"f": "traces"}, None, "quarantined"),
        (MG_L, {"field": "f", "unit": "mg/dL"}, {"f": "0.5"}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_in_text": True}, {"f": "5 mg/L"}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_in_text": True}, {"f": "<0.5 mg/dl"}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_in_text": True}, {"f": "5"}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_in_text": True}, {"f": "5 bananas"}, None, "quarantined"),
        (MG_L, {"field": "f", "unit_field": "u"}, {"f": "0.5", "u": "mg/dL"}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_field": "u"}, {"f": "5", "u": ""}, 5.0, "conformed"),
        (MG_L, {"field": "f", "unit_field": "u"}, {"f": "5", "u": "mmol/L"}, None, "quarantined"),
        ("text", {"format": "MID-{f}"}, {"f": "90-1"}, "MID-90-1", "conformed"),
        ("text", {"format": "MID-{f}"}, {"f": " "}, None, "blank"),
        ("text", {"format": "MID-{f}", "letters": "upper"}, {"f": "a"}, "MID-A", "conformed"),
        ("text", {"format": "MID-{f}"}, {"f": "-1000"}, None, "missing"),
        (LOCATION, {"checkboxes": "f", "codes": {0: "L1", 1: "L2"}, "several": ["L2", "L1"]},
         {"f___0": "1", "f___1": "1"}, "L2", None),
        ("text", {"checkboxes": "f", "codes": {0: "L1", 1: "L2"}, "several": "list"},
         {"f___0": "1", "f___1": "1"}, "L1;L2", None),
        (LOCATION, {"checkboxes": "f", "codes": {0: "L1", 1: "L1"}}, {"f___0": "1", "f___1": "0"}, "L1", None),
    ],
)  # fmt: skip
def test_a_rule_gives_a_value_or_says_why_not(
    type_: str | Mapping[str, Any],
    rule: object,
    row: dict[str, str],
    value: object,
    fate: str | None,
) -> None:
    found, fates, _ = one_value(type_, rule, row, value_sets=SETS)
    assert found == pytest.approx(value) if isinstance(value, float) else found == value
    assert fate is None or fates["f"] == fate


@pytest.mark.parametrize(
    ("row", "value", "fates"),
    [
        ({"a": "1", "b": "2"}, 1, ("conformed", "conformed")),
        ({"a": "", "b": "2"}, 2, ("blank", "conformed")),
        ({"a": "-1000", "b": "2"}, 2, ("missing", "conformed")),
        ({"a": "x", "b": "2"}, 2, ("quarantined", "conformed")),
        ({"a": "", "b": ""}, None, ("blank", "blank")),
    ],
)
def test_the_first_field_that_says_something_counts(
    row: dict[str, str], value: int | None, fates: tuple[str, str]
) -> None:
    found, became, _ = one_value("integer", {"coalesce": ["a", "b"]}, row)
    assert (found, (became["a"], became["b"])) == (value, fates)


def test_a_comparator_is_that_of_the_number_which_counts() -> None:
    _, _, made = one_value("measurement", {"coalesce": ["a", "b"]}, {"a": "5", "b": "<9"})
    assert made.frame.select("value", "value_comparator").row(0) == (5.0, None)


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"a": "2", "b": "9", "c": "resection"}, "colectomy, other, resection"),
        ({"a": "", "b": "9", "c": None}, "other"),
        ({"a": "", "b": "-1000", "c": ""}, None),
        ({"a": "3", "b": "9", "c": ""}, "other"),
    ],
)
def test_several_fields_are_put_together_as_text(
    row: dict[str, str | None], value: str | None
) -> None:
    parts = [{"field": "a", "codes": {2: "colectomy"}}, {"field": "b", "codes": {9: "other"}}, "c"]
    assert one_value("text", {"join": parts}, row)[0] == value


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"d1": "21", "d2": "", "o1": ""}, True),
        ({"d1": "", "d2": "21", "o1": "9"}, True),
        ({"d1": "3", "d2": "", "o1": "RISANKIZUMAB"}, True),
        ({"d1": "3", "d2": "", "o1": ""}, False),
        ({"d1": "", "d2": None, "o1": "-1000"}, None),
    ],
)
def test_a_code_is_looked_for_in_several_fields_and_nothing_said_is_unknown(
    row: dict[str, str | None], value: bool | None
) -> None:
    rule = {"any_of": [{"fields": ["d1", "d2"], "codes": [21]}, {"fields": ["o1"], "codes": ["Risankizumab"]}]}  # fmt: skip
    assert one_value("boolean", rule, row)[0] is value


@pytest.mark.parametrize(
    ("text", "value", "earliest", "latest", "approximate"),
    [
        ("2019", "2019", date(2019, 1, 1), date(2019, 12, 31), False),
        ("2019-02", "2019-02", date(2019, 2, 1), date(2019, 2, 28), False),
        ("2019-02-03", "2019-02-03", date(2019, 2, 3), date(2019, 2, 3), False),
        ("03/02/2019", "2019-02-03", date(2019, 2, 3), date(2019, 2, 3), False),
        ("02/2020", "2020-02", date(2020, 2, 1), date(2020, 2, 29), False),
        ("ca. 2019", "2019", date(2019, 1, 1), date(2019, 12, 31), True),
        ("~02/2020", "2020-02", date(2020, 2, 1), date(2020, 2, 29), True),
    ],
)
def test_a_partial_date_stays_partial_with_the_days_it_allows(
    text: str, value: str, earliest: date, latest: date, approximate: bool
) -> None:
    rule = {"field": "f", "formats": ["%d/%m/%Y", "%m/%Y"]}
    _, _, made = one_value("partial_date", rule, {"f": text})
    columns = ["value", "value_earliest", "value_latest", "value_approximate"]
    assert made.frame.select(columns).row(0) == (value, earliest, latest, approximate)


@pytest.mark.parametrize("text", ["2019-13", "2019-02-30", "199", "spring 2019", "13/2019"])
def test_what_is_no_date_at_all_is_quarantined(text: str) -> None:
    value, fates, _ = one_value("partial_date", {"field": "f", "formats": ["%m/%Y"]}, {"f": text})
    assert (value, fates["f"]) == (None, "quarantined")


def test_a_unit_nobody_knows_is_named_as_the_reason() -> None:
    rule = {"field": "f", "unit_field": "u"}
    _, fates, made = one_value(MG_L, rule, {"f": "5", "u": "spoons"})
    assert (fates["f"], fates["u"]) == ("quarantined", "quarantined")
    assert set(made.quarantine["reason"]) == {"unknown_unit"}


def test_the_value_at_one_timepoint_stands_in_every_row_of_the_participant() -> None:
    variables = {
        **KEY,
        "timepoint": "event",
        "healing": "healing",
        "healing_at_2": {"broadcast": "healing", "at": {"timepoint": "2"}},
    }
    known = dictionary(
        {"timepoint": "string", "healing": "boolean", "healing_at_2": "boolean"},
        {"visit": {"rows": ["redcap.visit"], "grain": ["study_id", "timepoint"], "variables": variables}},
    )  # fmt: skip
    made = conformed(
        known,
        visit=[
            {"id": "a", "event": "1", "healing": "0"},
            {"id": "a", "event": "2", "healing": "1"},
            {"id": "b", "event": "1", "healing": "1"},
        ],
    )
    assert made.frame["healing_at_2"].to_list() == [True, True, None]


def test_a_reason_stands_beside_a_value_that_no_field_gives() -> None:
    _, _, made = one_value("integer", {"coalesce": ["a", "b"]}, {"a": "-1000", "b": ""})
    assert made.frame["missing_reasons"][0] == '{"value": "not_recorded"}'


@pytest.mark.parametrize("text", ["no field", "{a} and {", "{}"])
def test_a_format_without_a_field_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="name at least one field in braces"):
        Table.model_validate(
            {"description": "x", "rows": ["r.t"], "grain": ["v"], "variables": {"v": {"format": text}}}
        )  # fmt: skip
