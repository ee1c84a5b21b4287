"""An inbox and a main store in folders, for tests of the register."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.reconcile import REGISTERED
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.stores import Store, StoredObject, open_store

PATTERNS = (
    r"(?P<sample>[^/]+)_S\d+(_L\d{3})?_[RI][12]_001\.fastq\.gz$",
    r"(?P<sample>[^/]+)/(outs/)?filtered_feature_bc_matrix/",
    r"(?P<sample>S-\d+)\.",
)
NOTHING_KNOWN = pl.DataFrame(schema=catalogue.FILE_SCHEMA)


class Watched:
    """A store that counts what is opened and may do something the moment a file is."""

    def __init__(self, store: Store, then: Callable[[str], None] = lambda _key: None) -> None:
        self._store = store
        self._then = then
        self.opened: list[str] = []
        self.put_keys: list[str] = []
        self.read_bytes = 0

    def open(self, key: str) -> BinaryIO:
        self.opened.append(key)
        stream = self._store.open(key)
        try:
            self._then(key)
        except BaseException:
            stream.close()
            raise
        return io.BufferedReader(_Metered(stream, self))

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        return self._store.list(prefix)

    def stat(self, key: str) -> StoredObject:
        return self._store.stat(key)

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        self.put_keys.append(key)
        return self._store.put(key, content)

    def remove(self, key: str, etag: str | None) -> bool:
        return self._store.remove(key, etag)

    def url(self, key: str) -> str:
        return self._store.url(key)


class _Metered(io.RawIOBase):
    def __init__(self, stream: BinaryIO, meter: Watched) -> None:
        self._stream = stream
        self._meter = meter

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: bytearray) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self._meter.read_bytes += len(block)
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


class Bench:
    """An inbox and a main store in folders, and what is registered so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "inbox"
        self.main = folder / "main"
        self.folder.mkdir()
        self.main.mkdir()
        self.inbox = Watched(open_store(str(self.folder)))
        self.store = open_store(str(self.main))
        self.known = NOTHING_KNOWN

    def drop(self, path: str, content: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def register(
        self,
        policy: str = "copy",
        inbox: Store | None = None,
        mark: str = "v1",
        checksum: str = "optional",
    ) -> dict[str, dict[str, object]]:
        """Look through the inbox once, as the register does, with a frame in place of its table."""
        self.inbox.opened.clear()
        look = catalogue.Round(collection(policy, checksum), inbox or self.inbox, self.store, mark)
        found = look.differences(self.known.select(REGISTERED.keys()))
        for rows in look.parts(
            found,
            lambda paths: self.known.join(paths.rename("path").to_frame(), on="path", how="semi"),
            self._location_of,
        ):
            for part in (rows, look.moved(rows.filter("is_present"))):
                others = self.known.join(part, on="path", how="anti")
                self.known = pl.concat([others, part]).sort("path")
        self.look = look
        return {row["path"]: row for row in self.known.to_dicts()}

    def _location_of(self, sha256: str) -> str | None:
        copies = self.known.filter(
            (pl.col("sha256") == sha256)
            & pl.col("location").str.starts_with(self.store.url("omics"))
        )
        return copies["location"][0] if copies.height else None

    @property
    def kept(self) -> list[str]:
        return [item.key for item in self.store.list()]


def collection(policy: str = "copy", checksum: str = "optional") -> Collection:
    return Collection.model_validate(
        {
            "collection": "lab",
            "label": "Lab",
            "study": "clinic",
            "store": "INBOX",
            "policy": policy,
            "sample_patterns": PATTERNS,
            "companions": {"checksum": checksum},
        }
    )
