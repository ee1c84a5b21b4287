"""Dates of which only the year, or the year and month, is known: kept as they are, never completed.

A partial date is ISO 8601 text of reduced precision (`2019`, `2019-05`), with the interval of days
that it allows beside it.
"""

from collections.abc import Sequence

import polars as pl

_ABOUT = r"(?i)^(?:~|circa\b|about\b|approx(?:imately)?\b\.?|ca?\b\.?)\s*"
_ISO = r"^\d{4}(?:-\d{2}(?:-\d{2})?)?$"
_YEAR, _MONTH = 4, 7


def iso(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Read text as a partial date; null where it is none.

    Args:
        text: text without white space around it; `~`, `ca.`, `about` may stand in front.
        formats: formats as strptime writes them, beside ISO; one without a day gives a month.
    """
    bare = text.str.replace(_ABOUT, "")
    as_iso = pl.when(bare.str.contains(_ISO) & earliest(bare).is_not_null()).then(bare)
    return pl.coalesce(as_iso, *(_read(bare, each) for each in formats))


def is_about(text: pl.Expr) -> pl.Expr:
    """Tell whether a text says itself that the date is not exact."""
    return text.str.contains(_ABOUT)


def earliest(partial: pl.Expr) -> pl.Expr:
    """The first day that a partial date allows."""
    whole = pl.concat_str(partial, pl.lit("-01-01")).str.slice(0, 10)
    return whole.str.to_date("%Y-%m-%d", strict=False)


def latest(partial: pl.Expr) -> pl.Expr:
    """The last day that a partial date allows."""
    first, length = earliest(partial), partial.str.len_chars()
    return (
        pl.when(length == _YEAR)
        .then(first.dt.offset_by("11mo").dt.month_end())
        .when(length == _MONTH)
        .then(first.dt.month_end())
        .otherwise(first)
    )


def _read(text: pl.Expr, form: str) -> pl.Expr:
    if "%d" in form:
        return text.str.to_date(form, strict=False).dt.strftime("%Y-%m-%d")
    has_month = any(sign in form for sign in ("%m", "%b", "%B"))
    rest, kept = ("01 ", "%Y-%m") if has_month else ("01 01 ", "%Y")
    full = "%d " + form if has_month else "%d %m " + form
    return pl.concat_str(pl.lit(rest), text).str.to_date(full, strict=False).dt.strftime(kept)
