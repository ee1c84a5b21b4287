"""The columns of the register and of its links, and what they say of a file's fitness."""

from collections.abc import Mapping
from typing import Any

import polars as pl

File = Mapping[str, Any]

FILE_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "collection": (pl.String(), "Which collection of files it belongs to"),
    "path": (pl.String(), "Where it arrived, within the collection's inbox"),
    "study": (pl.String(), "The study it belongs to"),
    "format": (pl.String(), "What its content is; empty when it is none of the known formats"),
    "modality": (pl.String(), "What kind of data it holds"),
    "stage": (pl.String(), "How far it is processed: raw, aligned, matrix, summary or cohort"),
    "status": (pl.String(), "whole, damaged, mislabelled or unrecognised"),
    "fault": (pl.String(), "What is wrong with it, if anything is"),
    "size_bytes": (pl.Int64(), "Its size in bytes"),
    "sha256": (pl.String(), "SHA-256 of its content"),
    "location": (pl.String(), "Where its bytes are kept"),
    "description": (pl.String(), "What its header and content tell (JSON)"),
    "modified_at": (pl.Datetime("us", "UTC"), "When it was last written"),
    "etag": (pl.String(), "The store's own mark of this version"),
    "compared_with": (pl.String(), "The formats that were known when it was examined"),
}
FILE_KEY = ("collection", "path")
COMPUTED = ("sha256", "location", "etag", "compared_with")
LINK_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "collection": (pl.String(), "Which collection of files it belongs to"),
    "path": (pl.String(), "Where it arrived, within the collection's inbox"),
    "sample_id": (pl.String(), "The sample it was made from"),
    "study_id": (pl.String(), "The participant the sample is of"),
    "rule": (pl.String(), "What made the link: a pattern of the collection, or the file's header"),
}
LINK_KEY = ("collection", "path", "sample_id")
FILE_SCHEMA = {name: dtype for name, (dtype, _) in FILE_COLUMNS.items()}
LINK_SCHEMA = {name: dtype for name, (dtype, _) in LINK_COLUMNS.items()}


def is_fit(file: File) -> bool:
    """Tell whether a registered file may be copied and linked."""
    is_something_else = file["format"] is None and file["fault"] is not None
    return not (file["status"] == "damaged" or is_something_else)
