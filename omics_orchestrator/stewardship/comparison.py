"""Two contents of one table, compared cell by cell; cells are counted and never shown."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from omics_orchestrator.stewardship.rebuild import Content

REASONS = "missing_reasons"
_BEFORE, _AFTER = "before:", "after:"


@dataclass(frozen=True)
class VariableChange:
    """What happened to the cells of one variable; a cell is counted in one of the first four.

    Attributes:
        changed: another value.
        added: a value where none was.
        removed: none where a value was.
        reasons: still no value, and another reason for that.
        quarantined: how many more cells of its fields are in quarantine; below zero, fewer.
    """

    changed: int = 0
    added: int = 0
    removed: int = 0
    reasons: int = 0
    quarantined: int = 0

    @property
    def cells(self) -> int:
        """How many cells are not what they were."""
        return self.changed + self.added + self.removed + self.reasons


@dataclass(frozen=True)
class TableChange:
    """What happened to a table: its rows, and each variable that is not what it was."""

    rows_added: int
    rows_removed: int
    variables: Mapping[str, VariableChange]

    def __bool__(self) -> bool:
        return bool(self.rows_added or self.rows_removed or self.variables)


def compare(before: Content | None, after: Content | None) -> TableChange:
    """Compare what a table holds; None stands for a table that is not there.

    Rows are the same when their keys are. Where a key is made of other variables, or of variables
    of another type, no row is the same.
    """
    if before is None or after is None or _key_types(before) != _key_types(after):
        sides = [
            _marked(each, side).drop(each.key if each else ())
            for each, side in ((before, _BEFORE), (after, _AFTER))
        ]
        joined = pl.concat(sides, how="diagonal")
    else:
        joined = _marked(before, _BEFORE).join(
            _marked(after, _AFTER), on=list(before.key), how="full", coalesce=True
        )
    variables = _counted(joined, _columns(before, after))
    reasons = _reasons(joined)
    held = _held(before, after)
    found = {
        name: VariableChange(*variables.get(name, (0, 0, 0)), reasons[name], held.get(name, 0))
        for name in [*variables, *(name for name in held if name not in variables)]
    }
    return TableChange(
        rows_added=joined["before"].null_count(),
        rows_removed=joined["after"].null_count(),
        variables={name: each for name, each in found.items() if each != VariableChange()},
    )


def _key_types(content: Content) -> dict[str, pl.DataType]:
    return {name: content.frame.schema[name] for name in content.key}


def _marked(content: Content | None, side: str) -> pl.DataFrame:
    """The rows with the names of their columns, and a column of their own, after their side."""
    mark = side.rstrip(":")
    if content is None:
        return pl.DataFrame(schema={mark: pl.Boolean})
    renamed = {name: f"{side}{name}" for name in content.frame.columns if name not in content.key}
    return content.frame.rename(renamed).with_columns(pl.lit(value=True).alias(mark))


def _columns(before: Content | None, after: Content | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for content in filter(None, (before, after)):
        for name, columns in content.variables.items():
            found.setdefault(name, set()).update(columns)
    return found


def _counted(
    joined: pl.DataFrame, variables: Mapping[str, set[str]]
) -> dict[str, tuple[int, int, int]]:
    """For each variable, how many values changed, were added, were removed."""
    if not variables:
        return {}
    counts = joined.select(
        each.sum().alias(f"{number}:{name}")
        for name, columns in variables.items()
        for number, each in enumerate(_tests(joined, name, columns))
    ).row(0, named=True)
    return {
        name: (counts[f"0:{name}"], counts[f"1:{name}"], counts[f"2:{name}"]) for name in variables
    }


def _tests(joined: pl.DataFrame, name: str, columns: set[str]) -> tuple[pl.Expr, ...]:
    was, is_now = (_side(joined, f"{side}{name}").is_not_null() for side in (_BEFORE, _AFTER))
    differs = pl.any_horizontal(_differs(joined, column) for column in sorted(columns))
    return (was == is_now) & differs, ~was & is_now, was & ~is_now


def _differs(joined: pl.DataFrame, column: str) -> pl.Expr:
    before, after = (_side(joined, f"{side}{column}") for side in (_BEFORE, _AFTER))
    kinds = {joined.schema.get(f"{side}{column}", pl.Null()) for side in (_BEFORE, _AFTER)}
    if len(kinds - {pl.Null()}) > 1:
        # A value of another type is another value.
        return before.is_not_null() | after.is_not_null()
    return before.ne_missing(after)


def _side(joined: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column) if column in joined.columns else pl.repeat(None, pl.len())


def _held(before: Content | None, after: Content | None) -> dict[str, int]:
    """For each variable, how many more cells are in quarantine."""
    was, is_now = (dict(each.quarantined) if each else {} for each in (before, after))
    names = [*is_now, *(name for name in was if name not in is_now)]
    return {name: more for name in names if (more := is_now.get(name, 0) - was.get(name, 0))}


def _reasons(joined: pl.DataFrame) -> Counter[str]:
    """For each variable, how many cells without a value have another reason for that."""
    sides = [f"{side}{REASONS}" for side in (_BEFORE, _AFTER)]
    if not set(sides) <= set(joined.columns):
        return Counter()
    rows = joined.filter(pl.col(sides[0]).ne_missing(pl.col(sides[1])), "before", "after")
    return Counter(name for row in rows.iter_rows(named=True) for name in _otherwise(row))


def _otherwise(row: Mapping[str, object]) -> Iterator[str]:
    before, after = (_told(row[f"{side}{REASONS}"]) for side in (_BEFORE, _AFTER))
    for name in before.keys() | after.keys():
        known = (row.get(f"{side}{name}") is not None for side in (_BEFORE, _AFTER))
        if before.get(name) != after.get(name) and not any(known):
            yield name


def _told(reasons: object) -> dict[str, str]:
    return json.loads(str(reasons)) if reasons else {}
