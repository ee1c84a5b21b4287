"""What an edit of where a study tells of drugs does to the flags of its datasets."""

from typing import Any

import polars as pl

from omics_orchestrator.stewardship.difference import difference
from omics_orchestrator.stewardship.rebuild import Rebuild
from tests.unit.exposure.ward import dictionary, study
from tests.unit.stewardship.small_world import MadeUpReadings

NAMES = sorted({name for table in study().tables.values() for name in table.as_named})
PEOPLE: list[dict[str, str]] = [
    {"study_id": "A", "joined": "2020-06-01", "ifx": "1", "ifx_start": "2020-01-01", "seen": "2020-03-01"},
    {"study_id": "B", "joined": "2020-06-01", "ifx": "0", "on_ifx": "1", "seen": "2020-03-01"},
    {"study_id": "C", "joined": "2020-06-01", "ifx": "0", "on_ifx": "0", "seen": "2020-03-01"},
]  # fmt: skip
READINGS = MadeUpReadings({
    "form": pl.DataFrame(
        [{"visit": "one", "slot": "1", **each} for each in PEOPLE], schema=dict.fromkeys(NAMES, pl.String)
    )
})  # fmt: skip


def rebuild(**now: Any) -> Rebuild:
    records = study().model_dump(mode="json")["drugs"]
    records["asked"][0]["now"] |= now
    return Rebuild(dictionary(study(records)), READINGS)


def test_a_flag_that_stands_for_another_drug_changes_in_the_dataset_alone() -> None:
    found = difference(rebuild(), rebuild(on_ifx=["ada"]))
    assert not found.untold
    assert {str(name): set(change.variables) for name, change in found.tables.items()} == {
        "datasets.ward__visits": {"on_ifx"}
    }
    (change,) = found.tables.values()
    flag = change.variables["on_ifx"]
    # A was on infliximab by the courses; what was recorded of B contradicts infliximab alone.
    assert (flag.added, flag.removed, flag.changed) == (1, 1, 0)


def test_an_edit_that_says_the_same_changes_nothing() -> None:
    assert not difference(rebuild(), rebuild(on_ifx=["ifx"])).tables
