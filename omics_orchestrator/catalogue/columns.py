"""The columns of the register, and what they say of a file's fitness."""

from collections.abc import Mapping
from typing import Any

import polars as pl

File = Mapping[str, Any]

FILE_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "collection": (pl.String(), "Which collection of files it belongs to"),
    "path": (pl.String(), "Where it arrived, within the collection's inbox"),
    "version": (pl.Int64(), "How many contents were seen under this path, this one included"),
    "study": (pl.String(), "The study it belongs to"),
    "format": (pl.String(), "What its content is; empty when it is none of the known formats"),
    "modality": (pl.String(), "What kind of data it holds"),
    "stage": (pl.String(), "How far it is processed: raw, aligned, matrix, summary or cohort"),
    "status": (pl.String(), "whole, damaged, mislabelled, unrecognised or vanished"),
    "fault": (pl.String(), "What is wrong with it, if anything is"),
    "personal_fields": (
        pl.String(),
        "Places of its name and header that may say who a person is; with any it is not published",
    ),
    "size_bytes": (pl.Int64(), "Its size in bytes"),
    "sha256": (pl.String(), "SHA-256 of its content"),
    "md5": (pl.String(), "MD5 of its content, where the collection has lists of them"),
    "location": (pl.String(), "Where its bytes are kept"),
    "is_present": (pl.Boolean(), "Whether it lay in the inbox when that was last looked through"),
    "instrument": (pl.String(), "The instrument that sequenced it, as its first read says"),
    "run": (pl.String(), "The run of the instrument"),
    "flowcell": (pl.String(), "The flow cell"),
    "lane": (pl.String(), "The lane of the flow cell"),
    "description": (pl.String(), "What its header and content tell (JSON)"),
    "modified_at": (pl.Datetime("us", "UTC"), "When it was last written"),
    "etag": (pl.String(), "The store's own mark of this version"),
    "examined_by": (pl.String(), "What it was examined by; another mark, and it is due again"),
}
FILE_KEY = ("collection", "path")
COMPUTED = ("sha256", "md5", "digest", "location", "etag", "examined_by")
FILE_SCHEMA = {name: dtype for name, (dtype, _) in FILE_COLUMNS.items()}


def is_fit(file: File) -> bool:
    """Tell whether a registered file may be copied and linked."""
    is_something_else = file["format"] is None and file["fault"] is not None
    return not (file["status"] in ("damaged", "vanished") or is_something_else)
