"""How a cell that is not text yet becomes text: exact, the same on each machine, nothing added."""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

# A float holds 15 digits for certain; writing more would invent them.
_EXACT = 1e15


def as_text(cell: object) -> str | None:
    """Write a cell as text; a blank one is None.

    Dates and times are ISO 8601 with a space between them, truth is `true` or `false`, bytes are
    hexadecimal, nested values are JSON, and a whole number has no decimal point.
    """
    if cell is None or isinstance(cell, str):
        return cell or None
    return next((write(cell) for kind, write in _WRITERS if isinstance(cell, kind)), str(cell))


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else str(cell)


def _nested(cell: object) -> str:
    return json.dumps(cell, ensure_ascii=False, default=as_text)


# In this order: a truth is a whole number too, and a moment is a date.
_WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (float, _number),
    (bool, lambda cell: "true" if cell else "false"),
    (datetime, lambda cell: cell.isoformat(" ")),
    (date | time, lambda cell: cell.isoformat()),
    (Decimal, lambda cell: f"{cell:f}"),
    (bytes | bytearray | memoryview, lambda cell: bytes(cell).hex()),
    (dict | list | tuple, _nested),
)
