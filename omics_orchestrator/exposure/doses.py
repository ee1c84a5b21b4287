"""How often a drug is given, and what that makes a day."""

from collections.abc import Mapping
from fractions import Fraction

import polars as pl

_MONTH = Fraction(146_097, 4_800)  # the mean month of the calendar
EVERY_DAYS: Mapping[str, Fraction] = {
    "od": Fraction(1),
    "bd": Fraction(1, 2),
    "tds": Fraction(1, 3),
    "qds": Fraction(1, 4),
    "five_times_a_day": Fraction(1, 5),
    "six_times_a_day": Fraction(1, 6),
    "alternate_days": Fraction(2),
    "once_a_week": Fraction(7),
    "fortnightly": Fraction(14),
    "monthly": _MONTH,
    "six_weekly": Fraction(42),
    "eight_weekly": Fraction(56),
    "three_monthly": 3 * _MONTH,
}
"""Days from one dose to the next; "as needed" and "other" tell none."""
_LONGEST = {"monthly": 31, "three_monthly": 92}


def daily_dose(dose: pl.Expr, frequency: pl.Expr) -> pl.Expr:
    """What a dose makes a day, in the dose's own unit; null where the frequency does not tell."""
    a_day = {name: float(1 / days) for name, days in EVERY_DAYS.items()}
    return dose * frequency.replace_strict(a_day, default=None, return_dtype=pl.Float64)


def dosing_days(frequency: pl.Expr) -> pl.Expr:
    """The longest that one dose lasts until the next, in whole days; null where nobody knows."""
    days = {name: _LONGEST.get(name, max(1, int(every))) for name, every in EVERY_DAYS.items()}
    return frequency.replace_strict(days, default=None, return_dtype=pl.Int64)
