"""Variables of studies that stand as columns in a dimension or a fact, under their own names."""

from collections import Counter
from collections.abc import Collection, Iterable

import polars as pl
from psycopg import sql

from omics_orchestrator.star.rows import of
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.warehouse.table import Column

_KINDS = ("category", "boolean", "integer", "number", "date", "datetime", "string")


def attributes(
    tables: Iterable[tuple[StudyTables, str]], *, least: int = 1, but: Collection[str] = ()
) -> dict[str, Column]:
    """The variables that at least so many of these tables have; no free text, nobody's name."""
    found: dict[str, Column] = {}
    seen: Counter[str] = Counter()
    for told, table in tables:
        for name in told.rules(table):
            variable, column = told.dictionary.variables[name], told.core(table).columns[name]
            is_plain = variable.type in _KINDS and not isinstance(column.dtype, pl.List)
            if is_plain and variable.sensitivity != "direct" and name not in but:
                found.setdefault(name, column)
                seen[name] += 1
    return {name: each for name, each in found.items() if seen[name] >= least}


def selected(told: StudyTables, table: str, names: Iterable[str]) -> dict[str, sql.Composable]:
    """These columns of a table, as far as it has them."""
    return {name: of(name) for name in names if told.has(table, name)}
