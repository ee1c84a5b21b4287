"""Spectronaut's reports: long, a row a run and precursor, or a pivot with columns for each run."""

import re

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import called, lower, place_of
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Named
from omics_orchestrator.formats._table_rows import Inspector

_LEVEL = re.compile(r"(?:R|PG|PEP|EG|FG|F|C|E|PTM)\.[A-Z]\w+")
_PIVOT = re.compile(r"\[\d+\] .+\.(?:PG|PEP|EG|FG)\.\w+.*")
_OWN = frozenset({
    "r.filename", "pg.proteingroups", "pg.proteinaccessions", "pg.genes", "eg.precursorid",
    "pep.strippedsequence", "eg.modifiedsequence",
})  # fmt: skip
_FEW = 2


def _is_long(head: TableHead) -> bool:
    levels = sum(bool(_LEVEL.match(name)) for name in head.columns)
    return levels > _FEW and bool(_OWN & lower(head.columns))


def _is_pivot(head: TableHead) -> bool:
    return bool(_OWN & lower(head.columns)) and any(map(_PIVOT.fullmatch, head.columns))


def _runs(head: TableHead) -> list[Inspector]:
    column = place_of(head, "R.FileName")
    return [] if column is None else [Named(column)]


FORMAT = table_format(
    "spectronaut",
    (".spectronaut.tsv", "_spectronaut_report.tsv", "_report_(normal).tsv"),
    "proteomics",
    "matrix",
    Dialect(
        "pivot",
        _is_pivot,
        samples=called(
            r"\[\d+\] (.+?)(?:\.(?:raw|d|wiff|htrms|dia))*\.(?:PG|PEP|EG|FG)\.\w+.*",
        ),
        ends_lines=False,
    ),
    Dialect("long", _is_long, inspectors=_runs, ends_lines=False),
)
