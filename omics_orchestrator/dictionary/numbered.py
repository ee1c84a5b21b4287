"""Numbered fields, written as one: `drug_{1..6}` stands for six of them."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BeforeValidator

_SPAN = re.compile(r"\{(\d+)\.\.(\d+)\}")


def _spelt_out(fields: Any) -> Any:
    # What is no list of names is told by the type of the field itself.
    if not isinstance(fields, list | tuple):
        return fields
    return tuple(each for field in fields for each in _numbered(field))


def _numbered(field: Any) -> Iterator[Any]:
    span = _SPAN.search(field) if isinstance(field, str) else None
    if span is None:
        yield field
        return
    for number in range(int(span[1]), int(span[2]) + 1):
        yield field.replace(span[0], str(number))


Numbered = BeforeValidator(_spelt_out)
"""For a list of fields in a study file: numbered ones are spelt out, in their order."""
