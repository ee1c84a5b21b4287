"""One folder of a store, as a store of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from omics_orchestrator.stores import Store, StoredObject


@dataclass(frozen=True)
class Within:
    """The part of a store below a folder; it keeps the promise of `Store`."""

    store: "Store"
    folder: str

    def list(self, prefix: str = "", start_after: str = "") -> "Iterator[StoredObject]":
        """Yield every object in the folder `prefix` and below, ordered by key."""
        folder = self._key(prefix) if prefix else self.folder
        for item in self.store.list(folder, self._key(start_after) if start_after else ""):
            yield replace(item, key=item.key.removeprefix(f"{self.folder}/"))

    def stat(self, key: str) -> "StoredObject":
        """Describe one object."""
        return replace(self.store.stat(self._key(key)), key=key)

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading."""
        return self.store.open(self._key(key))

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        """Write an object once."""
        return self.store.put(self._key(key), content)

    def remove(self, key: str, etag: str | None) -> bool:
        """Remove an object of this version."""
        return self.store.remove(self._key(key), etag)

    def url(self, key: str) -> str:
        """The address under which a person finds the object."""
        return self.store.url(self._key(key))

    def presigned(self, key: str, seconds: int, *, write: bool = False) -> str:
        """An address that reads or writes one object without credentials."""
        return self.store.presigned(self._key(key), seconds, write=write)

    def abort_unfinished(self, older_than: timedelta) -> int:
        """Remove what unfinished uploads left, in the whole store."""
        return self.store.abort_unfinished(older_than)

    def _key(self, key: str) -> str:
        return f"{self.folder}/{key}"
