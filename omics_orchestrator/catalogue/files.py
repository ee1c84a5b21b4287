"""What each file is, whether it is whole, and where its bytes are kept.

A file that did not change since it was last registered is not opened again. One that is damaged, or
is not what its name says and nothing else that we know, is registered with its fault and goes no
further: it is neither copied nor linked to anybody. Hidden and unfinished files are left alone.
"""

import io
import json
from collections.abc import Mapping
from typing import BinaryIO

import polars as pl

from omics_orchestrator.catalogue._hashing import BLOCK_BYTES, HashedStream, changed
from omics_orchestrator.catalogue.columns import FILE_SCHEMA, File, is_fit
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.errors import StoreError
from omics_orchestrator.formats import (
    HEAD_BYTES,
    DamagedFileError,
    Format,
    formats,
    identify,
    named_like,
)
from omics_orchestrator.sources import is_unfinished
from omics_orchestrator.stores import Store, StoredObject

_VERSION = ("path", "size_bytes", "modified_at", "etag")


def register(
    collection: Collection, inbox: Store, store: Store, known: pl.DataFrame
) -> pl.DataFrame:
    """Register every file of a collection's inbox.

    Args:
        collection: the collection.
        inbox: where its files arrive.
        store: where fit files are copied to, when the collection's policy is `copy`.
        known: what is registered now, with `FILE_COLUMNS`.

    Returns:
        One row a file, with `FILE_COLUMNS`.

    Raises:
        TransientError: a file changed while it was read.
    """
    settled = {
        tuple(row[name] for name in _VERSION): row
        for row in known.filter(pl.col("collection") == collection.collection).to_dicts()
        if _is_settled(row)
    }
    rows = (
        settled.get((item.key, item.size, item.modified, item.etag))
        or _registered(collection, inbox, store, item)
        for item in inbox.list()
        if not is_unfinished(item.key)
    )
    return pl.DataFrame([row for row in rows if row], schema=FILE_SCHEMA, orient="row")


def left_out(inbox: Store) -> int:
    """Count the files of an inbox that are hidden or unfinished by name, and so not registered."""
    return sum(is_unfinished(item.key) for item in inbox.list())


def _is_settled(row: File) -> bool:
    """Tell whether a file, if unchanged, needs no second look: a new format may be what it is."""
    return bool(row["status"] == "whole" or row["compared_with"] == _known_formats())


def _known_formats() -> str:
    return ", ".join(sorted(formats()))


def _registered(
    collection: Collection, inbox: Store, store: Store, item: StoredObject
) -> File | None:
    """Examine a file and copy it if it is fit; None when it vanished since it was listed."""
    try:
        with inbox.open(item.key) as stream:
            hashed = HashedStream(stream)
            examined = _examine(item, io.BufferedReader(hashed, HEAD_BYTES))
            sha256 = hashed.sha256()
            now = inbox.stat(item.key)
            if (now.size, now.etag) != (item.size, item.etag):
                raise changed(inbox.url(item.key))
            location = inbox.url(item.key)
            if collection.policy == "copy" and is_fit(examined):
                key = f"omics/{sha256[:2]}/{sha256}/{item.key.rpartition('/')[2]}"
                copied = HashedStream(stream, expected=sha256, name=location)
                store.put(key, io.BufferedReader(copied, BLOCK_BYTES))
                location = store.url(key)
    except StoreError:
        if any(each.key == item.key for each in inbox.list()):
            raise
        return None
    return {
        "collection": collection.collection,
        "path": item.key,
        "study": collection.study,
        "size_bytes": item.size,
        "sha256": sha256,
        "location": location,
        "modified_at": item.modified,
        "etag": item.etag,
        "compared_with": _known_formats(),
        **examined,
    }


def _examine(item: StoredObject, stream: BinaryIO) -> File:
    """Say what a file is, what it tells of itself, and what is wrong with it."""
    named = named_like(item.key)
    if item.size == 0:
        return _verdict(named, "damaged", "it is empty")
    found = identify(item.key, stream)
    if found is not None:
        return _examine_as(found, named, stream)
    if named is None:
        return _verdict(None, "unrecognised", None)
    return _verdict(None, "mislabelled", f"it is named like {named.name}, and is not one")


def _examine_as(found: Format, named: Format | None, stream: BinaryIO) -> File:
    try:
        described = found.describe(stream)
    except DamagedFileError as damage:
        return _verdict(found, "damaged", damage.what)
    finding = found.validate(stream)
    told = {**described, **finding.facts}
    if finding.fault is not None:
        return _verdict(found, "damaged", finding.fault, told)
    if named is not None and named.name != found.name:
        fault = f"it is named like {named.name}, and is {found.name}"
        return _verdict(found, "mislabelled", fault, told)
    return _verdict(found, "whole", None, told)


def _verdict(
    found: Format | None, status: str, fault: str | None, told: Mapping[str, object] | None = None
) -> File:
    return {
        "format": found.name if found else None,
        "modality": found.modality if found else None,
        "stage": found.stage if found else None,
        "status": status,
        "fault": fault,
        "description": json.dumps(told, sort_keys=True) if told else None,
    }
