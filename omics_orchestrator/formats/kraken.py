"""Kraken's report and output, and Bracken's abundances."""

import re

from omics_orchestrator.formats._kraken_tree import Clades
from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import begins, has
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Identifiers, NumbersFrom, Shares
from omics_orchestrator.formats._table_rows import Inspector

_PERCENT = re.compile(r"\s*\d{1,3}(?:\.\d+)?")
_RANK = re.compile(r"(?:[A-Z]\d*|-|no rank|[a-z]+)")
_READS = re.compile(r"\s*\d+(?:\.\d+)?")
_TAXON = re.compile(r"\d+")
_CLASSIFIED = re.compile(r"(?:\d+|.+ \(taxid \d+\))")
_LENGTH = re.compile(r"\d+(?:\|\d+)?")
_MAPPING = re.compile(r"(?:(?:\d+|A|\|):(?:\d+|\|)\s*)*")
_REPORT = (_PERCENT, _READS, _READS, _RANK, _TAXON, re.compile(r".+"))
_WITH_MINIMIZERS = (*_REPORT[:3], _READS, _READS, *_REPORT[3:])
_OUTPUT = (re.compile(r"[CU]"), re.compile(r"\S+"), _CLASSIFIED, _LENGTH, _MAPPING)


def _all_rows(head: TableHead, columns: tuple[re.Pattern[str], ...]) -> bool:
    rows = (head.columns, *head.rows)
    return all(
        len(row) == len(columns)
        and all(column.fullmatch(cell) for column, cell in zip(columns, row, strict=True))
        for row in rows
    )


def _is_report(head: TableHead) -> bool:
    return head.separator == "\t" and _all_rows(head, _REPORT)


def _has_minimizers(head: TableHead) -> bool:
    return head.separator == "\t" and _all_rows(head, _WITH_MINIMIZERS)


def _is_output(head: TableHead) -> bool:
    return head.separator == "\t" and _all_rows(head, _OUTPUT)


def _clades(_: TableHead) -> list[Inspector]:
    return [Clades()]


FORMAT = table_format(
    "kraken",
    (
        ".kreport",
        ".kreport.txt",
        ".kraken2.report.txt",
        ".kraken.report.txt",
        ".kreport2",
        ".kraken2",
        ".bracken",
    ),
    "microbiome",
    "matrix",
    Dialect("report", _is_report, inspectors=_clades, has_header=False),
    Dialect("report_with_minimizers", _has_minimizers, inspectors=_clades, has_header=False),
    Dialect("output", _is_output, inspectors=lambda _: [Shares(0, "reads")], has_header=False),
    Dialect(
        "bracken",
        begins("name", "taxonomy_id", "taxonomy_lvl", "kraken_assigned_reads"),
        inspectors=lambda head: [NumbersFrom(3, head.separator), Identifiers(1)],
    ),
    Dialect(
        "combined_bracken",
        begins("name", "taxonomy_id", "taxonomy_lvl"),
        samples=lambda head: [
            name.removesuffix("_num").removesuffix(".bracken")
            for name in head.columns[3:]
            if name.endswith("_num")
        ],
        inspectors=lambda head: [NumbersFrom(3, head.separator), Identifiers(1)],
    ),
    Dialect("krakenuniq_report", has("reads", "taxReads", "kmers", "taxID", "rank", "taxName")),
)
