"""How the cells of a column are written, judged by some of them; they are never shown."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from omics_orchestrator.suggest.offer import Kind

_TRUTHS = frozenset({"yes", "no", "true", "false", "1", "0"})
_COMPARATOR = re.compile(r"^(?:<=|>=|<|>|≤|≥)\s*")
_INTEGER = re.compile(r"[-+]?\d+")
_NUMBER: Mapping[Literal[".", ","], re.Pattern[str]] = {
    ".": re.compile(r"[-+]?\d+(?:\.\d+)?"),
    ",": re.compile(r"[-+]?\d+(?:,\d+)?"),
}
_ISO_DATE, _ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d-%m-%Y", "%Y%m%d")


@dataclass(frozen=True)
class Written:
    """How a column is written; as in `Offer`."""

    kind: Kind
    formats: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    has_comparators: bool = False


def written(cells: Iterable[str]) -> Written:
    """Judge how a column is written. Where two ways fit, as in 03/04/2024, it stays text."""
    found = {cell.strip() for cell in cells} - {""}
    if not found:
        return Written("text")
    if {cell.casefold() for cell in found} <= _TRUTHS and len(found) > 1:
        return Written("boolean")
    return _dates(found) or _numbers(found) or Written("text")


def _dates(cells: Collection[str]) -> Written | None:
    if all(_ISO_DATE.fullmatch(cell) for cell in cells):
        return Written("date")
    if all(_ISO_TIME.fullmatch(cell) for cell in cells):
        return Written("datetime")
    fitting = [each for each in _DATES if all(_is_date(cell, each) for cell in cells)]
    return Written("date", (fitting[0],)) if len(fitting) == 1 else None


def _is_date(cell: str, written_as: str) -> bool:
    try:
        datetime.strptime(cell, written_as)  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return False
    return True


def _numbers(cells: Collection[str]) -> Written | None:
    bare = {_COMPARATOR.sub("", cell) for cell in cells}
    compared = bool(bare - set(cells))
    if all(_INTEGER.fullmatch(cell) for cell in bare):
        return Written("number" if compared else "integer", has_comparators=compared)
    for decimal, number in _NUMBER.items():
        if all(number.fullmatch(cell) for cell in bare):
            return Written("number", decimal=decimal, has_comparators=compared)
    return None
