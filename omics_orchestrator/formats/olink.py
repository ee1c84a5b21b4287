"""Olink's proteins: NPX, counts or Ct, long (a row a sample and assay) or wide (a row a sample)."""

import re

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import lower, place_of
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Named, Shares
from omics_orchestrator.formats._table_rows import Inspector

_MEASURES = frozenset({
    "npx", "pcnormalizednpx", "count", "extnpx", "ct", "quantified_value", "quantified value",
    "dct",
})  # fmt: skip
_OLINK_ID = re.compile(r"OID\d{5}")
_QUALITY = ("QC_Warning", "SampleQC", "Sample_QC")


def _is_long(head: TableHead) -> bool:
    found = lower(head.columns)
    return {"sampleid", "olinkid"} <= found and bool(_MEASURES & found)


def _identifiers(head: TableHead) -> tuple[str, ...]:
    rows = (head.columns, *head.rows)
    return next((row for row in rows if any(map(_OLINK_ID.fullmatch, row[1:]))), ())


def _is_wide(head: TableHead) -> bool:
    names = {row[0].strip().lower() for row in (head.columns, *head.rows) if row}
    return bool(_identifiers(head)) and bool({"assay", "uniprot id", "olinkid"} & names)


def _measures(head: TableHead) -> dict[str, object]:
    return {"measures": [name for name in head.columns if name.lower() in _MEASURES]}


def _assays(head: TableHead) -> dict[str, object]:
    return {"n_assays": sum(bool(_OLINK_ID.fullmatch(cell)) for cell in _identifiers(head))}


def _lines_of_assays(head: TableHead) -> int:
    rows = (head.columns, *head.rows)
    return rows.index(_identifiers(head))


def _long_rows(head: TableHead) -> list[Inspector]:
    places = {name: place_of(head, name) for name in ("SampleID", "OlinkID", "Panel", *_QUALITY)}
    quality = next((places[name] for name in _QUALITY if places[name] is not None), None)
    found: list[Inspector] = []
    for name, called in (("SampleID", "samples"), ("OlinkID", "assays"), ("Panel", "panels")):
        place = places[name]
        if place is not None:
            found.append(Named(place, called))
    return found if quality is None else [*found, Shares(quality, "sample_qc")]


FORMAT = table_format(
    "olink",
    ("_npx.csv", ".npx.csv", "_npx.tsv"),
    "proteomics",
    "matrix",
    Dialect("long", _is_long, facts=_measures, inspectors=_long_rows, ends_lines=False),
    Dialect("wide", _is_wide, facts=_assays, annotations=_lines_of_assays, ends_lines=False),
)
