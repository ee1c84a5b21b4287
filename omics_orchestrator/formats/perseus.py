"""Perseus' matrix: a header, lines that begin with `#!` and annotate columns, and rows."""

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_head import TableHead

_MAIN = "E"
_MARK = "#!{"


def _annotations(head: TableHead) -> list[tuple[str, ...]]:
    return [row for row in head.rows if row and row[0].startswith(_MARK)]


def _types(head: TableHead) -> list[str]:
    for row in _annotations(head):
        if row[0].startswith("#!{Type}"):
            return [row[0].removeprefix("#!{Type}"), *row[1:]]
    return []


def _samples(head: TableHead) -> list[str]:
    kinds = zip(head.columns, _types(head), strict=False)
    return [column for column, kind in kinds if kind == _MAIN]


def _facts(head: TableHead) -> dict[str, object]:
    said = (row[0].removeprefix(_MARK).partition("}")[0] for row in _annotations(head))
    return {"annotations": list(said)}


FORMAT = table_format(
    "perseus",
    (".perseus.txt",),
    "proteomics",
    "matrix",
    Dialect(
        "matrix",
        lambda head: bool(_types(head)),
        samples=_samples,
        facts=_facts,
        annotations=lambda head: len(_annotations(head)),
        is_annotated=True,
        ends_lines=False,
    ),
)
