"""Registered files for the tests of links and sets, and the collection they are of."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.linking import Tied, tie
from omics_orchestrator.dictionary.model import Collection

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ILLUMINA = r"(?P<sample>[^/]+)_S\d+(_L\d{3})?_[RI]\d_001\.fastq\.gz$"
_FORMATS = {
    ".fastq.gz": "fastq", ".vcf": "vcf", ".vcf.gz": "vcf", ".bam": "bam", ".bai": "index",
    ".tbi": "index", ".csi": "index", ".crai": "index", ".md5": "checksums", ".txt": "checksums",
    "Sheet.csv": "samplesheet", ".mtx.gz": "tenx_matrix", ".tsv.gz": "tenx_matrix",
}  # fmt: skip


def file(path: str, told: Mapping[str, object] | None = None, **columns: Any) -> dict[str, Any]:
    """A registered file: whole, of the format that its name says, unless told otherwise."""
    named = [each for ending, each in _FORMATS.items() if path.endswith(ending)]
    return {
        "collection": "lab",
        "path": path,
        "study": "clinic",
        "format": named[-1] if named else None,
        "status": "whole",
        "description": json.dumps(told) if told else None,
        "modified_at": NOON,
        **columns,
    }


def register(*files: str | Mapping[str, Any]) -> pl.DataFrame:
    rows = [file(each) if isinstance(each, str) else each for each in files]
    return pl.DataFrame(rows, schema=catalogue.FILE_SCHEMA)


def collection(**changes: Any) -> Collection:
    described = {
        "collection": "lab",
        "label": "Lab",
        "study": "clinic",
        "store": "INBOX",
        "policy": "copy",
        "sample_patterns": [ILLUMINA, r"(?P<sample>[^/]+)/filtered/", r"(?P<sample>S-\d+)\."],
    }
    return Collection.model_validate(described | changes)


def people(*samples: str) -> pl.DataFrame:
    """Samples `S-1` of participant `P-1` and so on; `S-1 of P-9` says whose it is."""
    parts = [each.partition(" of ") for each in samples]
    rows = [(name, who or name.replace("S", "P")) for name, _, who in parts]
    schema = {"sample_id": pl.String, "study_id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def tied(
    files: pl.DataFrame,
    *samples: str,
    texts: Mapping[str, str | bytes] | None = None,
    **changes: Any,
) -> Tied:
    """Tie the files of the collection, with its `changes`, to samples."""
    read = {
        path: text if isinstance(text, bytes) else text.encode()
        for path, text in (texts or {}).items()
    }
    return tie(collection(**changes), files, people(*samples), read)


def links(found: Tied) -> list[tuple[str, str]]:
    return found.links.select("path", "sample_id").rows()


def reasons(found: Tied) -> dict[str, str]:
    return dict(found.unlinked.select("path", "reason").iter_rows())
