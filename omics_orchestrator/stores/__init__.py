"""Where files live. Each module defines `SCHEMES` and `connect`, which gives a `Store`.

Keys are `/`-separated, relative to the store's root, never absolute and without `..`. Connecting
does no I/O: a store that is not there is named by its first use.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.registry import offers
from omics_orchestrator.stores._within import Within


@dataclass(frozen=True)
class StoredObject:
    """One object as a listing shows it.

    Attributes:
        key: its path below the store's root.
        size: bytes.
        modified: UTC.
        etag: the store's own mark of this version.
        storage_class: where the store keeps it, in the store's words (STANDARD_IA, Cool …);
            known to `stat` only, and None for the default class and for folders.
        archived: whether it must be restored before it can be read; known to `stat` only.
    """

    key: str
    size: int
    modified: datetime
    etag: str | None
    storage_class: str | None = field(default=None, compare=False)
    archived: bool = field(default=False, compare=False)

    def is_settled(self, now: datetime, still_for: timedelta) -> bool:
        """Tell whether it was not written for that long.

        A time to come is another machine's wrong clock, and no reason to wait until then.
        """
        return abs(now - self.modified) >= still_for


class Store(Protocol):
    """The promise every store keeps (`tests/contracts/test_stores.py`).

    A time-out, a dropped connection or a busy server is a TransientError; whatever a person must
    mend (a denied or absent object, a key that leaves the store) is a StoreError.
    """

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[StoredObject]:
        """Yield every object in the folder `prefix` and below, ordered by key.

        A listing that was broken off goes on where it was: `start_after` is the last key seen.
        """
        ...

    def stat(self, key: str) -> StoredObject:
        """Describe one object; StoreError when it is not there."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading: buffered, seekable, by ranged reads; StoreError if absent.

        All reads see one version: an object replaced meanwhile is a TransientError. An archived
        object can be opened, and is a StoreError when it is read.
        """
        ...

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        """Write an object once; False, and nothing written, when the key exists already.

        An object is whole or absent: a killed writer leaves no part of it behind under its key.
        A stream is written from where it stands to its end, and must be seekable. Content that
        arrives changed is no object either, and a TransientError.
        """
        ...

    def remove(self, key: str, etag: str | None) -> bool:
        """Remove an object of this version; False, and nothing removed, where there is none.

        No store removes conditionally: what is written between the look and the removal goes too.
        """
        ...

    def presigned(self, key: str, seconds: int, *, write: bool = False) -> str:
        """An address that reads (or writes) one object without credentials until it expires.

        Whoever has it has the right: it is a secret, never to be logged. Nothing is asked of the
        store. Writing through it replaces, and what is uploaded is not checked.

        Raises:
            StoreError: it would last no time, or more than the seven days that stores allow.
            ConfigurationError: a folder, which nobody can reach by an address.
        """
        ...

    def abort_unfinished(self, older_than: timedelta) -> int:
        """Remove what uploads left that were begun that long ago and never finished; count them."""
        ...

    def url(self, key: str) -> str:
        """The address under which a person finds the object, without any credential."""
        ...


class Connect(Protocol):
    """What each module of this package defines as `connect`."""

    def __call__(self, url: str, **credentials: str) -> Store:
        """Open the store at `url`; ConfigurationError when the URL or a credential is wrong."""
        ...


def key_at(store: Store, location: str, folder: str) -> str | None:
    """The key that an address in a folder of the store is of; None for any other address.

    Args:
        store: the store.
        location: what `url` gave, of this store or of another.
        folder: a plain name.
    """
    root = store.url(folder).removesuffix(folder)
    if not location.startswith(f"{root}{folder}/"):
        return None
    key = location.removeprefix(root)
    return unquote(key) if location.startswith("file:") else key


def within(store: Store, folder: str) -> Store:
    """The part of a store below a folder, as a store of its own; the folder need not be there."""
    return Within(store, folder)


def open_store(url: str, **credentials: str) -> Store:
    """Open the store at `url` with the module that knows its scheme.

    Args:
        url: a path, `file:///folder`, `s3://bucket/prefix` or `az://container/prefix`.
        credentials: what that module's `connect` takes; blank means ambient.
    """
    package = sys.modules[__name__]
    scheme, separator, _ = url.partition("://")
    scheme = scheme if separator else ""
    schemes = offers(package, "SCHEMES")
    for module, connect in offers(package, "connect").items():
        if scheme in schemes[module]:
            store: Store = connect(url, **credentials)
            return store
    known = ", ".join(f"{name}://" for names in schemes.values() for name in names if name)
    raise ConfigurationError(
        f"no store answers to {scheme}://", mend=f"write a path or one of {known}."
    )
