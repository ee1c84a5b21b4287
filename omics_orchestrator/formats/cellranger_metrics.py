"""Cell Ranger's `metrics_summary.csv`, of one sample, of `multi`, and of its sister programs."""

import re

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import begins, has
from omics_orchestrator.formats._table_head import TableHead

_MOST = 200
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _metrics(head: TableHead) -> dict[str, object]:
    if not head.rows or len(head.columns) > _MOST:
        return {}
    return {"metrics": dict(zip(head.columns, map(_value, head.rows[0]), strict=False))}


def _value(cell: str) -> int | float | str:
    # Numbers have thousands separators, and shares a per cent sign.
    digits = cell.replace(",", "").removesuffix("%")
    if not _NUMBER.fullmatch(digits):
        return cell
    return float(digits) if "." in digits else int(digits)


def _sample(head: TableHead) -> list[str]:
    return [cell for cell in head.cells(0) if cell]


FORMAT = table_format(
    "cellranger_metrics",
    ("metrics_summary.csv",),
    "single_cell",
    "summary",
    Dialect(
        "count",
        has("Estimated Number of Cells", "Number of Reads"),
        facts=_metrics,
    ),
    Dialect("multi", begins("Category", "Library Type", "Grouped By", "Group Name", "Metric Name")),
    Dialect(
        "multi_sample",
        begins("Library or Sample", "Library Type", "Metric Name", "Metric Value"),
    ),
    Dialect(
        "vdj",
        has(
            "Estimated Number of Cells",
            "Number of Read Pairs",
            "Cells With Productive V-J Spanning Pair",
        ),
        facts=_metrics,
    ),
    Dialect("arc", begins("Sample ID", "Genome", "Pipeline version"), _sample, _metrics),
    Dialect("spaceranger", has("Sample ID", "Number of Spots Under Tissue"), _sample, _metrics),
    Dialect("aggr", begins("Category", "Metric Name", "Metric Value")),
)
