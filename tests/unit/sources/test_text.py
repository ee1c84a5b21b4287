"""How cells become text."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.sources._text import as_text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("", None),
        (" 007 ", " 007 "),
        (0, "0"),
        (5.0, "5"),
        (-0.5, "-0.5"),
        (1e20, "1e+20"),  # Excel keeps 15 digits: the other five would be invented
        (float("nan"), "nan"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime.fromisoformat("2026-01-02"), "2026-01-02 00:00:00"),
        (datetime(2026, 1, 2, 3, 4, 5, 600000, UTC), "2026-01-02 03:04:05.600000+00:00"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), "NaN"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"ab"), "6162"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"b": [1, "é"], "a": date(2026, 1, 2)}, '{"b": [1, "é"], "a": "2026-01-02"}'),
    ],
)
def test_a_cell_becomes_the_text_a_person_would_write(cell: object, text: str | None) -> None:
    assert as_text(cell) == text


@given(st.floats(allow_nan=False))
def test_no_number_changes_its_value_on_the_way_to_text(number: float) -> None:
    assert float(as_text(number) or "") == number


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_no_decimal_changes_its_value_on_the_way_to_text(number: Decimal) -> None:
    assert Decimal(as_text(number) or "") == number
