"""Names of a project's tables and columns as Postgres can keep them; no two become one."""

import hashlib
import re

from omics_orchestrator.naming import as_part

_TABLE_CHARACTERS = 40
_COLUMN_BYTES = 63
_HASH_LENGTH = 6
# Postgres has the first in every table; the last is the engine's.
_TAKEN = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "missing_reasons"})
_LOOKS_LIKE_A_PART = re.compile(r"_part_[0-9]+$")


def table_name(form: str, part: int = 1) -> str:
    """Name the table of an instrument, or of one of its further parts.

    Returns:
        A lower_snake name of at most 40 characters, a form's own name wherever it is one.
    """
    # No part of a name holds a blank, so a form called `visit_part_2` gets a tail of its own.
    name = as_part(f"{form} " if _LOOKS_LIKE_A_PART.search(form) else form)
    if part == 1:
        return name
    further = f"{name}_part_{part}"
    return further if len(further) <= _TABLE_CHARACTERS else as_part(f"{form} part {part}")


def column_name(column: str) -> str:
    """Name the column of an export column: the same unless Postgres has no room or use for it."""
    if len(column.encode()) <= _COLUMN_BYTES and column not in _TAKEN:
        return column
    tail = hashlib.sha256(column.encode()).hexdigest()[:_HASH_LENGTH]
    kept = column.encode()[: _COLUMN_BYTES - _HASH_LENGTH - 1].decode(errors="ignore")
    return f"{kept}_{tail}"
