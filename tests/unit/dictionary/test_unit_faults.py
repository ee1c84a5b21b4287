import re
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.dictionary.unit_faults import SCHEMA, alternatives, suspected

UNITS = {"albumin": "g/L", "crp": "mg/L", "creatinine": "umol/L", "glucose": "mmol/L", "haematocrit": "L/L", "calprotectin": "ug/g"}  # fmt: skip
MEDIANS = {"albumin": 42, "crp": 6, "creatinine": 72, "glucose": 5.2, "haematocrit": 0.41, "calprotectin": 90}  # fmt: skip
SPREADS = {"albumin": 0.04, "crp": 0.5, "creatinine": 0.1, "glucose": 0.09, "haematocrit": 0.045, "calprotectin": 0.5}  # fmt: skip
CROWD = [("alpha", "north"), ("alpha", "south"), ("beta", "north"), ("gamma", "north")]
ODD = ("gamma", "south")


def group(
    variable: str, place: tuple[str, str], size: int = 100, times: float = 1, seed: int = 0
) -> pl.DataFrame:
    """A site's values, those from `times` a unit away; the same ones for the same arguments."""
    rng = np.random.default_rng([seed, *map(ord, variable + "".join(place))])
    values = MEDIANS[variable] * 10 ** rng.normal(0, SPREADS[variable], size) * times
    return pl.DataFrame({"value": values}).select(
        pl.lit(variable).alias("variable"),
        pl.lit(place[0]).alias("study"),
        pl.lit(place[1]).alias("site"),
        "value",
        pl.lit(None, pl.String).alias("comparator"),
    )


def with_crowd(variable: str, *odd: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([*(group(variable, place) for place in CROWD), *odd])


def only(found: pl.DataFrame) -> dict[str, Any]:
    assert found.height == 1
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("variable", "times", "unit", "factor"),
    [
        ("albumin", 0.1, "g/dL", 10),
        ("albumin", 100, "mg/dL", 0.01),
        ("crp", 0.1, "mg/dL", 10),
        ("creatinine", 1 / 88.4, "mg/dL", 88.4),
        ("creatinine", 0.001, "mmol/L", 1000),
        ("glucose", 18.016, "mg/dL", 0.05551),
        ("haematocrit", 100, "%", 0.01),
        ("calprotectin", 0.001, "mg/g", 1000),
    ],
)
def test_a_site_in_another_unit_is_found_and_the_unit_named(
    variable: str, times: float, unit: str, factor: float
) -> None:
    found = only(suspected(with_crowd(variable, group(variable, ODD, times=times)), UNITS))

    assert (found["study"], found["site"]) == ODD
    assert (found["suspected_unit"], found["factor"]) == (unit, pytest.approx(factor, rel=1e-3))
    assert found["share"] > 0.8


def test_some_rows_in_another_unit_are_found_with_their_share() -> None:
    mixed = [group("albumin", ODD, 80), group("albumin", ODD, 20, times=0.1)]

    found = only(suspected(with_crowd("albumin", *mixed), UNITS))
    assert (found["rows"], found["share"], found["suspected_unit"]) == (20, 0.2, "g/dL")


@pytest.mark.parametrize("variable", list(UNITS))
def test_sites_in_one_unit_raise_no_alarm(variable: str) -> None:
    assert suspected(with_crowd(variable, group(variable, ODD)), UNITS).height == 0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ill", [0.05, 0.95])
def test_a_site_with_sicker_or_healthier_patients_raises_no_alarm(seed: int, ill: float) -> None:
    def site(place: tuple[str, str], ill: float) -> pl.DataFrame:
        flares = round(100 * ill)
        calm = group("crp", place, 100 - flares, times=0.3, seed=seed)
        return pl.concat([calm, group("crp", place, flares, times=5, seed=seed)]).with_columns(
            pl.when(pl.col("value") < 1).then(pl.lit("<")).alias("comparator"),
            pl.col("value").clip(1),
        )

    crowd = [site(place, 0.4) for place in CROWD]
    assert suspected(pl.concat([*crowd, site(ODD, ill)]), UNITS).height == 0


def test_a_shift_that_no_unit_explains_raises_no_alarm() -> None:
    assert suspected(with_crowd("albumin", group("albumin", ODD, times=3)), UNITS).height == 0


def test_a_heavy_tail_is_no_unit() -> None:
    tail = group("albumin", ODD, 20).with_columns(
        pl.col("value") * pl.Series(np.geomspace(1.5, 1500, 20))
    )
    assert suspected(with_crowd("albumin", group("albumin", ODD), tail), UNITS).height == 0


def test_a_clump_without_the_shape_of_the_others_is_no_unit() -> None:
    clump = group("crp", ODD, 30).with_columns(pl.lit(0.06).alias("value"))
    assert suspected(with_crowd("crp", group("crp", ODD, 70), clump), UNITS).height == 0


def test_one_bad_site_does_not_make_the_others_look_bad() -> None:
    three = [group("albumin", place, times=times) for place, times in zip(CROWD, (1, 1, 0.1), strict=False)]  # fmt: skip
    assert only(suspected(pl.concat(three), UNITS))["study"] == "beta"


def test_of_two_sites_the_one_that_a_unit_explains_is_suspected() -> None:
    two = [group("albumin", CROWD[0]), group("albumin", ODD, times=0.1)]
    assert only(suspected(pl.concat(two), UNITS))["suspected_unit"] == "g/dL"


def test_thresholds_and_zeros_are_no_evidence() -> None:
    odd = group("crp", ODD)
    thresholds = odd.with_columns(pl.lit(0.1).alias("value"), pl.lit("<").alias("comparator"))
    zeros = odd.with_columns(pl.lit(0.0).alias("value"))
    assert suspected(with_crowd("crp", odd, thresholds, zeros), UNITS).height == 0


def test_a_small_group_or_a_lone_one_is_not_judged() -> None:
    small = group("albumin", ODD, 19, times=0.1)
    assert suspected(with_crowd("albumin", small), UNITS).height == 0
    assert suspected(group("albumin", ODD, times=0.1), UNITS).height == 0


def test_rows_without_a_site_are_a_group_of_their_own() -> None:
    nowhere = group("albumin", ODD, times=0.1).with_columns(pl.lit(None, pl.String).alias("site"))
    assert only(suspected(with_crowd("albumin", nowhere), UNITS))["site"] == ""


def test_a_constant_variable_does_no_harm() -> None:
    crowd = with_crowd("albumin", group("albumin", ODD)).with_columns(pl.lit(40.0).alias("value"))
    assert suspected(crowd, UNITS).height == 0


def test_no_values_give_an_empty_report_of_the_same_columns() -> None:
    empty = suspected(with_crowd("albumin").clear(), UNITS)
    assert dict(empty.schema) == SCHEMA
    assert suspected(with_crowd("albumin"), {}).height == 0


def test_the_evidence_holds_counts_and_ratios_and_no_value() -> None:
    values = with_crowd("albumin", group("albumin", ODD, times=0.1))
    evidence = only(suspected(values, UNITS))["evidence"]

    assert re.findall(r"[\d.]*\d", evidence) == ["100", "100", "4", "0.099"]


@settings(max_examples=25)
@given(st.randoms(), st.sampled_from([0.1, 1, 100]), st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(random: Any, times: float, size: int) -> None:
    values = with_crowd("albumin", group("albumin", ODD, size, times=times), group("albumin", ODD))
    shuffled = values[random.sample(range(values.height), values.height)]

    assert suspected(shuffled, UNITS).equals(suspected(values, UNITS))


@pytest.mark.parametrize(
    ("variable", "unit", "expected"),
    [
        ("glucose", "mmol/L", ("mg/dL", 0.05551)),
        ("glucose", "mg/dL", ("mmol/L", 18.02)),
        ("hdl_cholesterol", "mmol/L", ("mg/dL", 0.02586)),
        ("bilirubin", "umol/L", ("mg/dL", 17.1)),
        ("urea", "mmol/L", ("mg/dL", 0.357)),
        ("crp", "mg/L", ("mg/dL", 10)),
        ("weight", "kg", ("[lb_av]", 0.4536)),
    ],
)
def test_alternatives_follow_from_dimensions_and_molar_masses(
    variable: str, unit: str, expected: tuple[str, float]
) -> None:
    assert expected in alternatives(variable, unit)


def test_a_unit_that_changes_no_number_is_no_alternative() -> None:
    assert "mg/kg" not in dict(alternatives("calprotectin", "ug/g"))
    assert all(factor != 1 for _, factor in alternatives("crp", "mg/L"))
