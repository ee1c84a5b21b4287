"""Which rows a table has: repeats, events, slots, joins, exclusions, each with its account."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from omics_orchestrator.dictionary import outcome
from omics_orchestrator.dictionary.conform import Conformed
from omics_orchestrator.dictionary.tables import Slots
from omics_orchestrator.errors import SourceError
from tests.unit.dictionary.made_up import KEY, Rows, conformed, dictionary

REPEATS: Rows = [
    {"id": "a", "redcap_repeat_instance": None, "crp": "1"},
    {"id": "a", "redcap_repeat_instance": "1", "crp": "2"},
    {"id": "a", "redcap_repeat_instance": "10", "crp": "x"},
    {"id": "b", "redcap_repeat_instance": "2", "crp": "4"},
]


def labs(instance: str | int) -> Conformed:
    part = {"table": "redcap.labs", "instance": instance}
    known = dictionary(
        {"crp": "number"}, {"visit": {"rows": [part], "variables": {**KEY, "crp": "crp"}}}
    )
    return conformed(known, labs=REPEATS)


@pytest.mark.parametrize(
    ("instance", "found"),
    [
        ("first", {"a": 1.0, "b": 4.0}),
        ("last", {"a": None, "b": 4.0}),
        (1, {"a": 2.0}),
        (2, {"b": 4.0}),
    ],
)
def test_one_repeat_counts_and_the_others_are_counted(
    instance: str | int, found: dict[str, float | None]
) -> None:
    made = labs(instance)
    assert dict(made.frame.select("study_id", "crp").rows()) == found
    left = 4 - len(found)
    assert made.rows.row(0) == (
        "redcap.labs: instance", 4, 4 - left, left, 0, f"instance is not {instance}",
    )  # fmt: skip
    assert made.cells.filter(field="crp")["left_out"].item() == left
    assert outcome.is_balanced(made.cells)


def test_repeats_that_nobody_chose_from_stop_the_table() -> None:
    with pytest.raises(SourceError, match=r"redcap\.labs gives several rows to one id") as refused:
        labs("all")
    assert "instance: first" in str(refused.value)


def test_rows_of_other_events_are_left_out_and_counted() -> None:
    part = {"table": "redcap.visit", "at": ["baseline"]}
    known = dictionary(
        {"age": "integer"}, {"visit": {"rows": [part], "variables": {**KEY, "age": "age"}}}
    )
    made = conformed(
        known,
        visit=[
            {"id": "a", "redcap_event_name": "baseline", "age": "30"},
            {"id": "a", "redcap_event_name": "later", "age": "31"},
        ],
    )
    assert made.frame["age"].to_list() == [30]
    assert made.rows.row(0, named=True)["excluded"] == 1
    assert outcome.is_balanced(made.cells)


SLOTS = {
    "table": "redcap.history",
    "slots": {"number": "slot", "fields": {"drug": ["drug", "drug_{2..3}"], "why": ["why_{1..2}", None]}},
}  # fmt: skip
HISTORY: Rows = [
    {"id": "a", "drug": "ifx", "drug_2": "-1000", "drug_3": "", "why_1___1": "1", "why_1____1000": "0",
     "why_2___1": "0", "why_2____1000": "1", "seen": "x"},
    {"id": "b", "drug": "", "drug_2": None, "drug_3": "ada", "why_1___1": "0", "why_1____1000": "0",
     "why_2___1": "0", "why_2____1000": "0", "seen": "x"},
]  # fmt: skip


def prescriptions(rows: Rows = HISTORY) -> Conformed:
    known = dictionary(
        {"slot": "integer", "drug": "string", "flare": "boolean"},
        {
            "visit": {
                "rows": [SLOTS],
                "grain": ["study_id", "slot"],
                "variables": {
                    **KEY,
                    "slot": "slot",
                    "drug": "drug",
                    "flare": {"checkbox": "why", "option": 1},
                },
            }
        },
    )
    return conformed(known, history=rows)


def test_slots_become_rows_and_empty_ones_none() -> None:
    made = prescriptions()
    assert made.frame.select("study_id", "slot", "drug", "flare").sort("study_id", "slot").rows() == [
        ("a", 1, "ifx", True),
        ("a", 2, None, None),
        ("b", 3, "ada", None),
    ]  # fmt: skip
    assert made.rows.row(0) == ("redcap.history: slots", 6, 3, 3, 0, "empty_slot")


def test_the_cells_of_slots_are_accounted_for_under_their_own_fields() -> None:
    made = prescriptions()
    fates = {line["field"]: line for line in made.cells.iter_rows(named=True)}
    assert outcome.is_balanced(made.cells)
    assert made.cells["cells"].to_list() == [2] * 9
    assert (fates["drug"]["conformed"], fates["drug"]["blank"]) == (1, 1)
    assert (fates["drug_2"]["missing"], fates["drug_3"]["conformed"]) == (1, 1)
    assert (fates["id"]["conformed"], fates["seen"]["left_out"]) == (2, 2)
    assert made.unclassified == ("seen",)


def test_a_name_with_too_few_slots_is_refused() -> None:
    with pytest.raises(ValidationError, match="as many fields as there are slots"):
        Slots.model_validate({"number": "slot", "fields": {"a": ["a_{1..3}"], "b": ["b_{1..2}"]}})


def test_a_raw_table_named_twice_is_refused_as_its_cells_would_be_counted_twice() -> None:
    with pytest.raises(ValidationError, match=r"redcap\.labs is named twice"):
        dictionary({}, {"visit": {"rows": ["redcap.labs", "redcap.labs"], "variables": KEY}})


WITHDRAWAL: Rows = [
    {"id": "a", "event": "1", "withdrawn": ""},
    {"id": "a", "event": "2", "withdrawn": "0"},
    {"id": "a", "event": "3", "withdrawn": ""},
    {"id": "b", "event": "1", "withdrawn": "1"},
]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("this", [("a", 1), ("a", 3), ("b", 1)]),
        ("later", [("a", 1), ("b", 1)]),
        ("all", [("b", 1)]),
    ],
)
def test_who_withdrew_is_left_out_and_counted(rows: str, left: list[tuple[str, int]]) -> None:
    exclude = {
        "when": "withdrawn",
        "reason": "withdrew consent",
        "rows": rows,
        "order": "timepoint",
    }
    variables = {
        **KEY,
        "timepoint": "event",
        "withdrawn": {"field": "withdrawn", "codes": {0: True, 1: False}},
    }
    known = dictionary(
        {"timepoint": "integer", "withdrawn": "boolean"},
        {
            "visit": {
                "rows": ["redcap.visit"],
                "grain": ["study_id", "timepoint"],
                "variables": variables,
                "exclude": [exclude],
            }
        },
    )  # fmt: skip
    made = conformed(known, visit=WITHDRAWAL)
    assert made.frame.select("study_id", "timepoint").rows() == left
    gone = 4 - len(left)
    assert made.rows.row(-1) == (
        "exclude: withdrew consent",
        4,
        len(left),
        gone,
        0,
        "withdrew consent",
    )
    assert made.cells["left_out"].to_list() == [gone] * 3
    assert outcome.is_balanced(made.cells)


def test_a_withdrawal_in_one_table_holds_for_the_others() -> None:
    visit = {
        "rows": ["redcap.visit"],
        "grain": ["study_id", "timepoint"],
        "variables": {
            **KEY,
            "timepoint": "event",
            "withdrawn": {"field": "withdrawn", "codes": {0: True, 1: False}},
        },
    }
    exclude = {"of": "visit", "when": "withdrawn", "reason": "withdrew", "rows": "later"}
    labs = {
        "rows": ["redcap.labs"],
        "grain": ["study_id", "timepoint"],
        "variables": {**KEY, "timepoint": "event", "crp": "crp"},
        "exclude": [{**exclude, "order": "timepoint"}],
    }
    known = dictionary(
        {"timepoint": "integer", "withdrawn": "boolean", "crp": "number"},
        {"visit": visit, "labs": labs},
    )
    values = [{"id": who, "event": at, "crp": "1"} for who, at in ("a1", "a2", "a3", "b9", "c1")]
    made = conformed(known, "labs", labs=values, visit=WITHDRAWAL)
    found = made.frame.select("study_id", "timepoint").sort("study_id").rows()
    assert found == [("a", 1), ("b", 9), ("c", 1)]
    assert made.rows.row(-1) == ("exclude: withdrew", 5, 3, 2, 0, "withdrew")
    assert outcome.is_balanced(made.cells)


def test_no_broadcast_value_stems_from_a_row_that_is_left_out() -> None:
    variables = {
        **KEY,
        "timepoint": "event",
        "withdrawn": {"field": "withdrawn", "codes": {0: True, 1: False}},
        "state_at_2": {"broadcast": "withdrawn", "at": {"timepoint": "2"}},
    }
    exclude = {"when": "withdrawn", "reason": "withdrew", "rows": "later", "order": "timepoint"}
    known = dictionary(
        {"timepoint": "integer", "withdrawn": "boolean", "state_at_2": "boolean"},
        {
            "visit": {
                "rows": ["redcap.visit"],
                "grain": ["study_id", "timepoint"],
                "variables": variables,
                "exclude": [exclude],
            }
        },
    )
    assert conformed(known, visit=WITHDRAWAL).frame["state_at_2"].to_list() == [None, None]


def test_a_row_that_only_one_form_has_is_kept() -> None:
    known = dictionary(
        {"age": "integer", "crp": "number"},
        {
            "visit": {
                "rows": ["redcap.visit", {"table": "redcap.labs", "instance": "first"}],
                "variables": {**KEY, "age": "age", "crp": "crp"},
            }
        },
    )
    made = conformed(known, visit=[{"id": "c", "age": "3"}], labs=REPEATS)
    found = made.frame.select("study_id", "age", "crp").sort("study_id").rows()
    assert found == [("a", None, 1.0), ("b", None, 4.0), ("c", 3, None)]


def test_what_follows_from_the_key_is_there_whichever_form_has_the_row() -> None:
    centre = {"pattern": "id", "codes": {"9.*": "glasgow", "[a-z]": "edinburgh"}}
    known = dictionary(
        {"age": "integer", "crp": "number", "centre": {"type": "category", "codes": "centre"}},
        {
            "visit": {
                "rows": ["redcap.visit", {"table": "redcap.labs", "instance": "first"}],
                "variables": {**KEY, "centre": centre, "age": "age", "crp": "crp"},
            }
        },
        value_sets={"centre": {"glasgow": "Glasgow", "edinburgh": "Edinburgh"}},
    )
    made = conformed(known, visit=[{"id": "91", "age": "3"}], labs=REPEATS)
    found = made.frame.select("study_id", "centre").sort("study_id").rows()
    assert found == [("91", "glasgow"), ("a", "edinburgh"), ("b", "edinburgh")]


cells = st.sampled_from([None, "", " ", "ifx", "-1000", "1", "0"])


@given(st.lists(st.tuples(st.sampled_from("ab1"), *[cells] * 8), max_size=6), st.randoms())
def test_slots_balance_and_do_not_depend_on_the_order_of_rows(
    drawn: list[tuple[str | None, ...]], random: Any
) -> None:
    names = list(HISTORY[0])
    rows = [dict(zip(names, row, strict=True)) for row in drawn]
    schema = dict.fromkeys(names, pl.String)
    made, other = (
        prescriptions(each or [dict.fromkeys(names)])
        for each in (rows, random.sample(rows, len(rows)))
    )
    assert schema.keys() == set(made.cells["field"])
    assert outcome.is_balanced(made.cells)
    lost = made.rows.select(
        pl.col("rows_in") - pl.sum_horizontal("rows_out", "excluded", "quarantined")
    )
    assert lost.to_series().eq(0).all()
    key = ["study_id", "slot"]
    assert made.frame.sort(key).equals(other.frame.sort(key))
