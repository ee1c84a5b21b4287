"""A table that is conformed in slices of participants is the table conformed as a whole."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from omics_orchestrator.dictionary import slicing
from omics_orchestrator.dictionary.conform import Conformed, conform, together
from omics_orchestrator.dictionary.model import Dictionary
from tests.unit.dictionary.made_up import dictionary, frame

KEY = {"study_id": {"field": "id", "letters": "upper"}, "timepoint": "t"}
VARIABLES: dict[str, Any] = {
    "timepoint": "string", "crp": "number", "crp_at_first": "number", "left": "boolean", "weight": "number",
}  # fmt: skip
LEFT = {"when": "left", "reason": "withdrew", "rows": "all"}


def study(**visit: Any) -> Dictionary:
    given = {
        "rows": ["redcap.visit", "redcap.labs"],
        "grain": ["study_id", "timepoint"],
        "variables": {
            **KEY,
            "crp": "crp",
            "weight": "weight",
            "crp_at_first": {"broadcast": "crp", "at": {"timepoint": "1"}},
        },
        "exclude": [{**LEFT, "of": "history"}],
    }
    history = {
        "rows": ["redcap.history"],
        "grain": ["study_id"],
        "variables": {"study_id": KEY["study_id"], "left": "left"},
    }
    return dictionary(VARIABLES, {"visit": given | visit, "history": history})


ids = st.sampled_from(["a", "A", " a", "b", "c", "d", None, "-1000"])
numbers = st.sampled_from(["1", "2.5", "x", "-1000", "", None])
timepoints = st.sampled_from(["1", "2", None])


def rows(**fields: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[dict[str, str | None]]]:
    return st.lists(st.fixed_dictionaries(fields), max_size=8)


def of(known: Dictionary, frames: dict[str, pl.DataFrame]) -> Conformed:
    return conform(known, known.studies["clinic"], "visit", frames, hash_key=b"key")


@settings(max_examples=30, deadline=None)
@given(
    rows(id=ids, t=timepoints, crp=numbers),
    rows(id=ids, t=timepoints, weight=numbers),
    rows(id=ids, left=st.sampled_from(["yes", "no", "?", None])),
    st.integers(1, 6),
)
def test_slices_of_participants_give_what_the_whole_gives(
    visit: list[Any], labs: list[Any], history: list[Any], size: int
) -> None:
    known = study()
    raw = {
        "visit": frame([{"id": "z", "t": "1", "crp": "1"}, *visit]),
        "labs": frame([{"id": "z", "t": "1", "weight": "1"}, *labs]),
        "history": frame([{"id": "z", "left": "no"}, *history]),
    }
    clinic = known.studies["clinic"]
    who = slicing.whole_by(clinic, "visit")
    fields = slicing.key_fields(clinic, "visit", who)
    keys = {name: each.select(fields[name]) for name, each in raw.items()}
    numbers = slicing.numbered(known, clinic, "visit", keys, who=who, rows=size)

    slices = [
        of(known, {name: each.filter(numbers[name] == n) for name, each in raw.items()})
        for n in pl.concat(numbers.values()).unique().sort()
    ]

    assert all(each.null_count() == 0 for each in numbers.values())
    whole, found = together([of(known, raw)]), together(slices)
    alike: dict[str, Any] = {"check_row_order": False}
    assert_frame_equal(found.frame, whole.frame, **alike)
    assert_frame_equal(found.cells, whole.cells, **alike)
    assert_frame_equal(found.quarantine, whole.quarantine, **alike)
    assert_frame_equal(found.rows, whole.rows, **alike)


def test_a_large_table_is_cut_and_a_participant_never_is() -> None:
    known, clinic = study(), study().studies["clinic"]
    key = frame([{"id": name, "t": "1"} for name in "aAbbccdd"]).select("id")
    keys = {"visit": key, "labs": key, "history": key}

    found = slicing.numbered(known, clinic, "visit", keys, who="study_id", rows=6)

    assert found["visit"].n_unique() > 2
    of_each = pl.DataFrame({"id": key["id"].str.to_uppercase(), "slice": found["visit"]})
    assert of_each.unique().height == 4


@pytest.mark.parametrize(
    "visit",
    [
        {"grain": ["timepoint"], "variables": {"timepoint": "t", "crp": "crp"}},
        {"exclude": [LEFT | {"when": "crp > 1", "per": "timepoint"}],
         "variables": {**KEY, "crp": "crp", "one": {"broadcast": "crp", "at": {"timepoint": "1"}}}},
    ],
)  # fmt: skip
def test_a_table_whose_rows_depend_on_those_of_others_is_not_cut(visit: dict[str, Any]) -> None:
    known = dictionary({**VARIABLES, "one": "number"}, {
        "visit": {"rows": ["redcap.visit"], "grain": ["study_id", "timepoint"], "exclude": [{**LEFT, "of": "history"}], **visit},
        "history": {"rows": ["redcap.history"], "grain": ["study_id"], "variables": {"study_id": "id", "left": "left"}},
    })  # fmt: skip
    assert slicing.whole_by(known.studies["clinic"], "visit") is None


def test_a_table_of_slots_is_cut_only_by_what_all_its_slots_share() -> None:
    part = {"table": "redcap.visit", "slots": {"number": "n", "fields": {"who": ["who_{1..3}"]}}}
    known = dictionary(
        {"timepoint": "string", "crp": "number"},
        {"visit": {"rows": [part], "variables": {"study_id": "who"}}},
    )
    assert slicing.whole_by(known.studies["clinic"], "visit") is None
