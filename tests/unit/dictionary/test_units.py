import subprocess
import sys
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.units import Conversion, conversion, converted, spelled

CONCENTRATIONS = ["g/L", "mg/L", "mg/dL", "g/dL", "ug/mL", "ng/mL", "pg/mL", "kg/m3", "[lb_av]/L"]
TEMPERATURES = ["Cel", "K", "[degF]"]
DICTIONARY_UNITS = [
    "g/L", "L/L", "10*12/L", "10*9/L", "mmol/L", "umol/L", "mg/L", "ug/g", "ug/mL", "uL", "a", "cm",
    "kg", "kg/m2", "%", "mg/kg", "[IU]/L", "Cel", "/min", "1", "mm[Hg]", "mm/h",
]  # fmt: skip
same_kind = st.sampled_from([CONCENTRATIONS, TEMPERATURES])
ordinary = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("source", "target", "factor", "offset"),
    [
        ("mg/dL", "mg/L", 10, 0),
        ("g/dL", "g/L", 10, 0),
        ("mg/kg", "ug/g", 1, 0),
        ("umol/L", "mmol/L", 0.001, 0),
        ("10*3/uL", "10*9/L", 1, 0),
        ("{cells}/uL", "10*9/L", 0.001, 0),
        ("%", "L/L", 0.01, 0),
        ("{ratio}", "%", 100, 0),
        ("m[IU]/L", "u[IU]/mL", 1, 0),
        ("U/L", "nkat/L", 50 / 3, 0),
        ("g/d", "g/(24.h)", 1, 0),
        ("g/(24.h)", "g/h", 1 / 24, 0),
        ("Cel", "[degF]", 1.8, 32),
        ("Cel", "K", 1, 273.15),
    ],
)
def test_a_unit_converts_exactly(source: str, target: str, factor: float, offset: float) -> None:
    assert conversion(source, target) == Conversion(factor, offset)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("umol/L", "mg/dL", "'umol/L' does not convert to 'mg/dL'"),
        ("10*9/L", "1", "does not convert"),
        ("[IU]/L", "U/L", "does not convert"),
        ("[IU]/L", "/L", "does not convert"),
        ("[arb'U]/mL", "[IU]/mL", "does not convert"),
        ("MG/L", "mg/L", "does not convert"),
        ("µg/L", "ug/L", "'µg/L' is not a UCUM unit"),
        ("mg/L", "mgs", "'mgs' is not a UCUM unit"),
        ("", "1", "'' is not a UCUM unit"),
        ("dB", "1", "does not convert"),
    ],
)
def test_what_does_not_convert_is_refused_with_the_reason(
    source: str, target: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        conversion(source, target)


def in_units(values: list[float | None], *units: str) -> list[float | None]:
    value = pl.col("value")
    for source, target in pairwise(units):
        value = conversion(source, target).of(value)
    return pl.DataFrame({"value": values}).select(value).to_series().to_list()


@given(same_kind.flatmap(lambda kind: st.tuples(*[st.sampled_from(kind)] * 2)), ordinary)
def test_there_and_back_is_where_it_was(units: tuple[str, str], value: float) -> None:
    first, second = units
    assert in_units([value], first, second, first) == [pytest.approx(value, rel=1e-12, abs=1e-9)]


@given(same_kind.flatmap(lambda kind: st.tuples(*[st.sampled_from(kind)] * 3)), ordinary)
def test_two_conversions_are_one(units: tuple[str, str, str], value: float) -> None:
    first, _, third = units
    # Near the zero of a temperature scale nearly everything cancels.
    slack = 1e-9 * max(1, conversion(first, third).factor)
    assert in_units([value], *units) == [
        pytest.approx(in_units([value], first, third)[0], rel=1e-12, abs=slack)
    ]


@given(st.lists(st.integers(-(10**6), 10**6)), st.sampled_from(["mg/L", "mg/dL", "ug/L", "ng/L"]))
def test_a_power_of_ten_only_moves_the_point(values: list[int], unit: str) -> None:
    tens = {"mg/L": 1000, "mg/dL": 100, "ug/L": 10**6, "ng/L": 10**9}[unit]
    assert in_units([float(value) for value in values], unit, "g/L") == [
        value / tens for value in values
    ]


def test_a_null_stays_null() -> None:
    assert in_units([None, 3.0], "mm", "cm") == [None, 0.3]


def test_each_row_may_have_a_unit_of_its_own() -> None:
    rows = pl.DataFrame(
        {
            "value": [3.0, 3.0, 36.6, 5.0],
            "factor": [0.1, 10.0, 1.8, None],
            "offset": [0.0, 0.0, 32.0, None],
        }
    )
    found = rows.select(converted(*map(pl.col, rows.columns))).to_series()
    assert found.to_list() == [0.3, 30.0, pytest.approx(97.88), None]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("mg/l", "mg/L"),
        ("MG/L", "mg/L"),
        (" mg / L\n", "mg/L"),
        ("g/dl", "g/dL"),
        ("mg/100ml", "mg/dL"),
        ("mg%", "mg/dL"),
        ("\N{MICRO SIGN}g/g", "ug/g"),
        ("\N{GREEK SMALL LETTER MU}g/g", "ug/g"),
        ("ug/g", "ug/g"),
        ("mcg/g", "ug/g"),
        ("MCG/G", "ug/g"),
        ("x10^9/L", "10*9/L"),
        ("10^9/l", "10*9/L"),
        ("x 10*9/L", "10*9/L"),
        ("\N{MULTIPLICATION SIGN} 10⁹/L", "10*9/L"),
        ("10E12/L", "10*12/L"),
        ("x10(9)/L", "10*9/L"),
        ("K/\N{MICRO SIGN}L", "10*3/uL"),
        ("cells/mm3", "/uL"),
        ("mmol/l", "mmol/L"),
        ("MMOL/L", "mmol/L"),
        ("mM", "mmol/L"),
        ("iu/l", "[IU]/L"),
        ("mIU/L", "m[IU]/L"),
        ("u/l", "U/L"),
        ("U/L", "U/L"),
        ("%", "%"),
        ("kg/m²", "kg/m2"),
        ("mL/min/1.73 m²", "mL/min/{1.73_m2}"),
        ("mm/hr", "mm/h"),
        ("mmHg", "mm[Hg]"),
        ("℃", "Cel"),
        ("bpm", "/min"),
    ],
)
def test_the_spellings_of_laboratories_are_known(text: str, unit: str) -> None:
    assert spelled(text) == unit


@pytest.mark.parametrize("text", ["Mmol/L", "Mg/L", "MIU/L", "MU/L", "M"])
def test_a_capital_that_may_mean_mega_is_not_taken_for_milli(text: str) -> None:
    assert spelled(text) is None


@pytest.mark.parametrize(
    "text",
    ["", " ", "/", "g/", "g//L", "109/L", "10 9/L", "10^9mg/L", "K", "x", "mg/L (new)", "12"],
)
def test_an_unknown_spelling_is_not_guessed(text: str) -> None:
    assert spelled(text) is None


@pytest.mark.parametrize("unit", DICTIONARY_UNITS)
def test_each_unit_of_the_dictionary_converts_and_is_its_own_spelling(unit: str) -> None:
    assert conversion(unit, unit) == Conversion(1, 0)
    known = spelled(unit)
    assert known is not None
    assert conversion(known, unit) == Conversion(1, 0)


@given(st.text("mMuµkgGlLdDoOiIuU/%x10^*9 ²⁹", max_size=9))
def test_whatever_is_known_is_ucum_and_known_again(text: str) -> None:
    unit = spelled(text)
    if unit is not None:
        assert conversion(unit, unit) == Conversion(1, 0)
        assert spelled(unit) == unit


def test_the_libraries_are_loaded_by_the_first_conversion_only() -> None:
    program = (
        "import sys; import omics_orchestrator.dictionary.units; "
        "sys.exit(any(name in sys.modules for name in ('pint', 'lark', 'ucumvert')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
