"""How often a drug is given, and what that makes a day."""

import polars as pl
import pytest

from omics_orchestrator.dictionary.load import load
from omics_orchestrator.exposure.doses import daily_dose, dosing_days
from omics_orchestrator.exposure.rhythms import EVERY_DAYS
from omics_orchestrator.settings import REPOSITORY


@pytest.mark.parametrize(
    ("frequency", "a_day", "longest"),
    [
        ("tds", 120.0, 1),
        ("alternate_days", 20.0, 2),
        ("eight_weekly", 40 / 56, 56),
        ("monthly", 40 * 12 / 365.2425, 31),
        ("prn", None, None),
        (None, None, None),
    ],
)
def test_a_frequency_gives_the_dose_a_day_and_the_longest_wait(
    frequency: str | None, a_day: float | None, longest: int | None
) -> None:
    row = pl.DataFrame(
        {"dose": [40.0], "often": [frequency]}, schema_overrides={"often": pl.String}
    )
    dose, days = row.select(
        daily_dose(pl.col("dose"), pl.col("often")), dosing_days(pl.col("often")).alias("days")
    ).row(0)
    assert dose == (None if a_day is None else pytest.approx(a_day))
    assert days == longest


def test_every_frequency_of_the_dictionary_that_tells_a_time_is_known() -> None:
    codes = set(load(REPOSITORY / "data_dictionary").value_sets["drug_frequency"])
    assert codes - set(EVERY_DAYS) == {"prn", "other"}
    assert set(EVERY_DAYS) <= codes
