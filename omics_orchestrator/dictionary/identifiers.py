"""Look for what identifies a person in text that should hold none; only counts are given."""

from collections import defaultdict
from collections.abc import Callable

import polars as pl

_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
_POSTCODE = r"(?i)\b[a-z]{1,2}[0-9][a-z0-9]?\s+[0-9][a-z]{2}\b"
_TEN_DIGITS = r"(?:^|\D)([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?:\D|$)"


def _has_health_number(text: pl.Expr) -> pl.Expr:
    """Ten digits whose last is the check digit that NHS and CHI numbers share (modulus 11)."""
    digits = text.str.extract(_TEN_DIGITS).str.replace_all(r"[ -]", "")
    weighted = pl.sum_horizontal(
        digits.str.slice(i, 1).cast(pl.Int64, strict=False) * (10 - i) for i in range(9)
    )
    check = (11 - weighted % 11) % 11
    return digits.is_not_null() & (digits.str.slice(9, 1).cast(pl.Int64, strict=False) == check)


_KINDS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "e-mail address": lambda text: text.str.contains(_EMAIL),
    "postcode": lambda text: text.str.contains(_POSTCODE),
    "NHS or CHI number": _has_health_number,
}


def find(frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Count cells of text columns that look like an identifier: kind → column → cells."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, dtype in frame.schema.items():
        if dtype != pl.String:
            continue
        # Each text once: most columns hold few different ones.
        texts = frame[name].drop_nulls().value_counts(name="cells")
        held = texts.select(
            pl.col("cells").filter(holds(pl.col(name))).sum().alias(kind)
            for kind, holds in _KINDS.items()
        )
        for kind, cells in held.row(0, named=True).items():
            if cells:
                found[kind][name] = cells
    return dict(found)
