"""The difference of two full rebuilds, cell by cell in plain Python: what `difference` must equal."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omics_orchestrator.dictionary import types
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import TableName
from omics_orchestrator.stewardship.rebuild import Rebuild

Told = tuple[int, int, Mapping[str, tuple[int, int, int, int, int]]]
"""Rows added, rows removed; variable → changed, added, removed, reasons, more in quarantine."""


@dataclass
class Rebuilt:
    """A table: its rows by their keys, the type of each column, and cells in quarantine."""

    key: tuple[tuple[str, str], ...]
    rows: dict[tuple[Any, ...], dict[str, Any]]
    types: dict[str, str]
    quarantined: dict[str, int]


_NOTHING = Rebuilt((), {}, {}, {})
_KINDS = ("changed", "added", "removed", "reasons")


def rebuilt(rebuild: Rebuild) -> dict[str, Rebuilt | None]:
    """Make every table; None where what was read is not enough."""
    return {str(name): _rebuilt(rebuild, name) for name in rebuild.versions()}


def _rebuilt(rebuild: Rebuild, name: TableName) -> Rebuilt | None:
    try:
        made = rebuild.content(name)
    except SourceError:
        return None
    rows = {tuple(row[key] for key in made.key): row for row in made.frame.iter_rows(named=True)}
    assert len(rows) == made.frame.height
    kinds = {name: str(dtype) for name, dtype in made.frame.schema.items()}
    key = tuple((name, kinds[name]) for name in made.key)
    return Rebuilt(key, rows, kinds, dict(made.quarantined))


def compared(
    before: Rebuilt | None, after: Rebuilt | None, known: tuple[Dictionary, Dictionary]
) -> Told:
    """Go through every cell of two tables; None stands for a table that is not there."""
    was, now = before or _NOTHING, after or _NOTHING
    apart = was.key != now.key
    pairs = [(row, None if apart else now.rows.get(key)) for key, row in was.rows.items()]
    pairs += [(None, row) for key, row in now.rows.items() if apart or key not in was.rows]
    own, theirs = (_variables(*each) for each in zip((was, now), known, strict=True))
    counts = {
        name: Counter(
            _kind(_cell(old, name, own), _cell(new, name, theirs), None not in (old, new))
            for old, new in pairs
        )
        for name in {**own, **theirs}
    }
    more = {
        name: now.quarantined.get(name, 0) - was.quarantined.get(name, 0)
        for name in {**was.quarantined, **now.quarantined}
    }
    told = {
        name: (*(counts.get(name, Counter())[kind] for kind in _KINDS), more.get(name, 0))
        for name in {**counts, **more}
    }
    return (
        sum(old is None for old, _ in pairs),
        sum(new is None for _, new in pairs),
        {name: each for name, each in told.items() if any(each)},
    )


def _variables(table: Rebuilt, known: Dictionary) -> dict[str, dict[str, str]]:
    """The variables of a table that are not of its key, with their columns and these one's types."""
    key = {name for name, _ in table.key}
    found = {
        name: {each: table.types[each] for each in types.columns(known.variables[name])}
        for name in table.types
        if name in known.variables and name not in key
    }
    beside = {column for columns in found.values() for column in columns}
    rest = table.types.keys() - beside - key - known.variables.keys() - {"missing_reasons"}
    return found | {name: {name: table.types[name]} for name in rest}


def _cell(
    row: dict[str, Any] | None, name: str, variables: dict[str, dict[str, str]]
) -> tuple[object, dict[str, object], str | None]:
    """A variable in a row: its value, all of its columns with their types, why it is missing."""
    if row is None:
        return None, {}, None
    columns = variables.get(name, {})
    known = {each: (kind, row[each]) for each, kind in columns.items() if row[each] is not None}
    why = json.loads(row.get("missing_reasons") or "{}").get(name)
    return (row[name] if columns else None), known, why


def _kind(
    was: tuple[object, dict[str, object], str | None],
    now: tuple[object, dict[str, object], str | None],
    in_both: bool,
) -> str:
    if (was[0] is None) != (now[0] is None):
        return "added" if was[0] is None else "removed"
    if was[1] != now[1]:
        return "changed"
    return "reasons" if in_both and was[0] is None and was[2] != now[2] else "same"
