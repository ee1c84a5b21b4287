"""Look for what identifies a person in text that should hold none; only counts are given."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain

import polars as pl

_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
_POSTCODE = r"(?i)\b[a-z]{1,2}[0-9][a-z0-9]?\s+[0-9][a-z]{2}\b"
_TEN_DIGITS = r"(?:^|\D)([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?:\D|$)"

# A program draws it; among its digits some look like a number of a person.
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


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
        for kind, holds in _KINDS.items():
            # A number in JSON is a count of ours, and every eleventh of ten digits would be found.
            suspects = texts.filter(holds(pl.col(name))).with_columns(
                pl.col(name).map_elements(_words, pl.String())
            )
            if cells := int(suspects.filter(holds(pl.col(name)))["cells"].sum()):
                found[kind][name] = cells
    return dict(found)


def _words(text: str) -> str:
    """The names and strings of a JSON object; of any other text, all of it."""
    told: list[str] = []

    def keep(pairs: list[tuple[str, object]]) -> None:
        for name, value in pairs:
            told.append(name)
            told.extend(_strings(value))

    if not text.startswith("{"):
        return text
    try:
        json.loads(text, object_pairs_hook=keep)
    except (ValueError, RecursionError):
        return text
    return _UUID.sub("", " | ".join(told))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_strings, value))
