"""The columns of what ties files together: to samples, to nobody yet, and to each other in sets."""

import polars as pl

Columns = dict[str, tuple[pl.DataType, str]]

_PLACE: Columns = {
    "collection": (pl.String(), "Which collection of files it belongs to"),
    "path": (pl.String(), "Where it arrived, within the collection's inbox"),
}
LINK_COLUMNS: Columns = {
    **_PLACE,
    "sample_id": (pl.String(), "The sample it was made from"),
    "study_id": (pl.String(), "The participant the sample is of"),
    "rule": (pl.String(), "What made the link: a rule of the collection, or the file's header"),
    "evidence": (pl.String(), "Where the sample is named: path, folder, header, a line of a sheet"),
}
LINK_KEY = ("collection", "path", "sample_id")
UNLINKED_COLUMNS: Columns = {
    **_PLACE,
    "study": (pl.String(), "The study it belongs to"),
    "format": (pl.String(), "What its content is"),
    "reason": (pl.String(), "Why it is linked to no sample"),
    "candidates": (
        pl.List(pl.String()),
        "At most five samples of the study that may be meant; none of them is linked",
    ),
}
UNLINKED_KEY = ("collection", "path")
SET_COLUMNS: Columns = {
    "collection": (pl.String(), "Which collection of files it belongs to"),
    "kind": (
        pl.String(),
        "What makes it a set: read_pairs, index, tenx_matrix, or checksum: a list and its files",
    ),
    "set": (pl.String(), "The path its files have in common, or of the one the others are for"),
    "members": (pl.List(pl.String()), "The paths of its files that are there"),
    "missing": (pl.List(pl.String()), "The paths of its files that are not there yet"),
    "fault": (pl.String(), "What does not agree between its files"),
    "complete": (pl.Boolean(), "Whether nothing is missing and everything agrees"),
}
SET_KEY = ("collection", "kind", "set")
DERIVATION_COLUMNS: Columns = {
    **_PLACE,
    "from_collection": (pl.String(), "Which collection of files its input belongs to"),
    "from_path": (pl.String(), "Where its input arrived, within that collection's inbox"),
    "study": (pl.String(), "The study it belongs to"),
    "sha256": (pl.String(), "SHA-256 of its own content"),
    "from_sha256": (
        pl.String(),
        "SHA-256 of the content that it was made from; empty where that cannot be told",
    ),
    "rule": (pl.String(), "What says so: the header, a receipt, a manifest, an index's name"),
    "evidence": (pl.String(), "Where it is said: header, provenance, path, a receipt, a line"),
}
DERIVATION_KEY = ("collection", "path", "from_collection", "from_path")
DERIVATION_SCHEMA = {name: dtype for name, (dtype, _) in DERIVATION_COLUMNS.items()}
LINK_SCHEMA = {name: dtype for name, (dtype, _) in LINK_COLUMNS.items()}
UNLINKED_SCHEMA = {name: dtype for name, (dtype, _) in UNLINKED_COLUMNS.items()}
SET_SCHEMA = {name: dtype for name, (dtype, _) in SET_COLUMNS.items()}
