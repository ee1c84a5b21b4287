"""The content of lists, manifests and sample sheets, read from where they are kept."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from omics_orchestrator.catalogue.keeping import key_of
from omics_orchestrator.stores import Store

_CHANGED = "it changed since it was registered; it counts after the next look through the inbox"
# A list a file is common, and a store far away answers many as fast as one.
_AT_ONCE = 8


def texts_of(
    needed: pl.DataFrame, main: Store, inbox: Store
) -> tuple[Mapping[str, bytes], Sequence[str]]:
    """Read registered files whole; give their content by path, and which ones were not as they are.

    Args:
        needed: registered files, with `FILE_COLUMNS`.
        main: the store that files are copied to.
        inbox: where those lie that are not copied.

    Raises:
        StoreError: a file cannot be read.
        TransientError: a store is away.
    """

    def read(place: tuple[str, str]) -> bytes:
        path, location = place
        kept = key_of(main, location)
        store, key = (main, kept) if kept else (inbox, path)
        with store.open(key) as stream:
            return stream.read()

    places = list(needed.select("path", "location").iter_rows())
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        texts = dict(zip(needed["path"], readers.map(read, places), strict=True))
    registered = dict(needed.select("path", "sha256").iter_rows())
    others = [path for path, text in texts.items() if _sha256(text) != registered[path]]
    for path in others:
        del texts[path]
    return texts, [f"{path}: {_CHANGED}" for path in others]


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
