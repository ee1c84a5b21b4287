"""Flags of drugs in a dataset: as they were recorded, and by the courses of drugs."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.check_datasets import of_dataset
from omics_orchestrator.dictionary.dataset import Assembled, assemble, together, whole_by
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.settled_flags import FLAGS, flags_from_exposure, settle
from omics_orchestrator.dictionary.tables import Dataset
from omics_orchestrator.exposure.tables import TABLES
from tests.unit.exposure.ward import DATASET, day, dictionary, rows, study, ward_tables

ON_IFX = {"study_id": "A", "ifx": True, "ifx_start": day("2020-01-01"), "joined": day("2020-06-01")}
FLAG = st.none() | st.booleans()


def visit(who: str, seen: str | None, **told: object) -> dict[str, object]:
    return {"study_id": who, "visit": "one", "seen": seen and day(seen), **told}


def assembled(*visits: dict[str, object]) -> Assembled:
    """The dataset of a participant who took infliximab from January to June at least."""
    frames = ward_tables(participants=(ON_IFX,), visits=visits)
    book, ward = dictionary(), study()
    flags = TABLES["flag"].make(book, ward, frames)
    return assemble(book, ward, "visits", {**frames, FLAGS: flags})


def on_ifx(visit: dict[str, object]) -> bool | None:
    found: bool | None = assembled(visit).frame["on_ifx"].item()
    return found


def test_a_flag_that_nobody_recorded_follows_from_the_courses() -> None:
    assert on_ifx(visit("A", "2020-03-01")) is True
    assert on_ifx(visit("A", "2020-09-01")) is None


def test_a_flag_that_was_recorded_stays_where_the_courses_do_not_tell() -> None:
    assert on_ifx(visit("A", "2020-09-01", on_ifx=False)) is False
    assert on_ifx(visit("B", "2020-03-01", on_ifx=True)) is True


def test_a_flag_that_the_courses_contradict_is_unknown() -> None:
    assert on_ifx(visit("A", "2020-03-01", on_ifx=False)) is None


def test_a_row_without_a_date_keeps_what_was_recorded() -> None:
    assert on_ifx(visit("A", None, on_ifx=False)) is False


def test_what_the_courses_change_stands_in_the_account_and_rows_balance() -> None:
    found = assembled(
        visit("A", "2020-03-01", on_ifx=False), {**visit("A", "2020-04-01"), "visit": "two"}
    )
    step = found.rows.filter(step="drug flags of visit").row(0, named=True)
    assert (step["rows_in"], step["rows_out"], step["excluded"]) == (2, 2, 0)
    # Both visits tell of no anti-TNF, and the second of no infliximab either.
    assert step["reason"].startswith("3 flags are known by the courses of drugs alone, 1 unknown")
    assert found.frame["had_tnf"].to_list() == [True, True]


def test_accounts_of_slices_add_up() -> None:
    one, two = (assembled(visit("A", seen, on_ifx=False)) for seen in ("2020-03-01", "2020-04-01"))
    reason = together([one, two]).rows.filter(step="drug flags of visit")["reason"].item()
    assert ", 2 unknown by them" in reason


def test_flags_come_with_the_rows_of_their_participant() -> None:
    spec = study().datasets["visits"]
    assert whole_by(study(), spec) == {
        "visit": "study_id", "participant": "study_id", FLAGS: "participant",
    }  # fmt: skip
    assert flags_from_exposure(study(), spec) == {
        "had_tnf": "participant", "on_ifx": "visit", "on_tnf": "visit", "on_steroid": "visit",
    }  # fmt: skip


@given(
    st.dictionaries(st.sampled_from("ABCDE"), st.tuples(FLAG, FLAG), min_size=1),
    st.dictionaries(st.sampled_from("ABCDE"), FLAG),
)
def test_settled_is_what_is_told_or_else_what_was_recorded(
    recorded: dict[str, tuple[bool | None, bool | None]], told: dict[str, bool | None]
) -> None:
    lines = [visit(who, None, on_ifx=ifx, on_tnf=tnf) for who, (ifx, tnf) in recorded.items()]
    flags = pl.DataFrame(
        [
            ("visit", f"{who}/one", flag, value)
            for who, value in told.items()
            for flag in ("on_ifx", "on_tnf", "on_steroid")
        ],
        schema={
            "table": pl.String,
            "row_key": pl.String,
            "variable": pl.String,
            "value": pl.Boolean,
        },
        orient="row",
    )
    before = rows("visit", *lines)
    found = settle(study(), "visit", before, flags)
    assert found.frame.drop("on_ifx", "on_tnf", "on_steroid").equals(
        before.drop("on_ifx", "on_tnf", "on_steroid")
    )
    for name, place in (("on_ifx", 0), ("on_tnf", 1)):
        wanted = [told.get(who, own[place]) for who, own in recorded.items()]
        assert found.frame[name].to_list() == wanted


def changed(**told: object) -> Study:
    spec = Dataset.model_validate({**DATASET, **told})
    return study().model_copy(update={"datasets": {"visits": spec}})


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"from_exposure": ["drug_list"]}, "no table 'drug_list' stands in it"),
        (
            {"beside": ["participant"], "from_exposure": ["participants"]},
            "did you mean 'participant'?",
        ),
        ({"rows": "drug_list", "from_exposure": ["drug_list"]}, "has no flag that `drugs: asked`"),
    ],
)
def test_a_table_without_flags_is_told_before_any_data_moves(
    told: dict[str, object], problem: str
) -> None:
    ward = changed(**told)
    (found,) = of_dataset(dictionary(ward), ward, "visits", set(ward.tables))
    assert problem in found
