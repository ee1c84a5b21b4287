"""Requests of a made-up study, as the sources' tests send them."""

import io
from collections.abc import Mapping

from omics_orchestrator.dictionary.model import RedcapSource, SheetSource, SqlSource
from omics_orchestrator.sources import Request

PLACE = {"study": "clinic", "source": "lab"}


def sheets(**described: object) -> Request:
    """Ask for a plain CSV table unless `described` says otherwise."""
    plain = {
        "kind": "delimited",
        "folder": "LAB_FOLDER",
        "files": "*.csv",
        "table": "result",
        "header": "sample",
        "columns": ["sample", "value"],
    }
    return _request(SheetSource.model_validate(plain | described))


def matrix(**described: object) -> Request:
    """Ask for an Excel matrix of assays, as Olink sends it."""
    laid_out = {
        "kind": "excel",
        "files": "*.xlsx",
        "header": "SampleID",
        "columns": ["SampleID", "PlateID"],
        "matrix": ["assay", "uniprot", "unit"],
    }
    return sheets(**(laid_out | described))


def database(select: Mapping[str, object]) -> Request:
    described = {"kind": "sql", "url": "LAB_URL", "select": select}
    return _request(SqlSource.model_validate(described))


def redcap(*instruments: str, released: frozenset[str] = frozenset(), **more: object) -> Request:
    described = {"kind": "redcap", "url": "U", "token": "T", "instruments": instruments, **more}
    return _request(RedcapSource.model_validate(described), released)


def files(**contents: bytes | str) -> list[tuple[str, io.BytesIO]]:
    """Name and open stream of each file; `__` stands for a dot in a keyword."""
    return [
        (
            name.replace("__", "."),
            io.BytesIO(content.encode() if isinstance(content, str) else content),
        )
        for name, content in contents.items()
    ]


def _request(
    source: RedcapSource | SheetSource | SqlSource, released: frozenset[str] = frozenset()
) -> Request:
    return Request(PLACE["study"], PLACE["source"], source, released)
