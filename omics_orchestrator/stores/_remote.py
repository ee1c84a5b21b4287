"""What S3 and Azure Blob have in common: obstore moves the bytes."""

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import AzureStore, S3Store

from omics_orchestrator.errors import ConfigurationError, StoreError, TransientError
from omics_orchestrator.stores import StoredObject
from omics_orchestrator.stores._addresses import checked_key, checked_prefix
from omics_orchestrator.stores._ranges import RangedReader
from omics_orchestrator.stores._refusals import changed, told
from omics_orchestrator.stores._storage_class import HEAD_SECONDS, headers_of, storage_class

if TYPE_CHECKING:  # obstore has these for type checkers only
    from obstore import HTTP_METHOD, GetOptions, ObjectMeta
    from obstore.store import ClientConfig, RetryConfig

RETRIES: "RetryConfig" = {
    "max_retries": 6,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    },
}
# One request may carry 256 MiB over a slow line, but never stand still.
_CLIENT: "ClientConfig" = {"connect_timeout": "5s", "read_timeout": "60s", "timeout": "30min"}
_ONE_REQUEST = 256 << 20
_MIB = 1 << 20
_SMALLEST_PART, _MOST_PARTS, _IN_MEMORY = 16 * _MIB, 9_000, 256 * _MIB
_LONGEST_SIGNATURE = 7 * 24 * 3600
_BUFFER = 128 << 10


def client(endpoint: str) -> "ClientConfig":
    """Give obstore's client options for `endpoint`; blank means the cloud's own."""
    if endpoint and not endpoint.startswith(("http://", "https://")):
        raise ConfigurationError(
            "a store's endpoint is no http:// or https:// address",
            mend="write the endpoint with its scheme, or leave it blank for the cloud's own.",
        )
    return {**_CLIENT, "allow_http": endpoint.startswith("http://")}


class RemoteStore:
    """A container and a prefix in it; `address` is how people write it, such as s3://lab/raw.

    Its credentials must allow listing, reading and writing: without the right to list, S3 calls an
    absent object denied.
    """

    def __init__(self, store: S3Store | AzureStore, address: str) -> None:
        self._store = store
        self._address = address.rstrip("/")

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[StoredObject]:
        """Yield every object in the folder `prefix` and below, ordered by key."""
        folder, after = checked_prefix(prefix) or None, start_after or None
        with told(store=self._address):
            for batch in self._store.list(folder, offset=after, chunk_size=1000):
                for found in batch:
                    # Not every server that speaks Azure's language knows where to start.
                    if found["path"] > start_after and not self._is_folder_marker(found):
                        yield _described(found)

    def stat(self, key: str) -> StoredObject:
        """Describe one object; StoreError when it is not there."""
        found = _described(self._existing(key))
        told_class, archived = storage_class(self._headers(key))
        return replace(found, storage_class=told_class, archived=archived)

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading by ranged reads, all of the version found now."""
        found = self._existing(key)
        fetch = partial(self._range, key, found["e_tag"])
        return io.BufferedReader(RangedReader(fetch, found["size"]), _BUFFER)

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        """Write an object once; False, and nothing written, when the key exists already.

        Above 256 MiB it goes in parts, which cannot be conditional: of two writers racing within
        one upload the later wins, whole.
        """
        # Some S3 look-alikes ignore If-None-Match: looking first keeps them from overwriting.
        if self._found(key):
            return False
        size = _size(content)
        if size > _ONE_REQUEST:
            with told(file=self.url(key)):
                self._put_in_parts(key, content, size)
            self._check_size(key, size)
            return True
        return self._put_at_once(key, _read(content, size), size)

    def remove(self, key: str, etag: str | None) -> bool:
        """Remove an object of this version; False where it is another or gone."""
        found = self._found(key)
        if found is None or _described(found).etag != etag:
            return False
        with told(file=self.url(key)):
            obstore.delete(self._store, key)
        return True

    def url(self, key: str) -> str:
        """The object's address, as people write it."""
        return f"{self._address}/{checked_key(key)}"

    def presigned(self, key: str, seconds: int, *, write: bool = False) -> str:
        """An address that reads or writes one object without credentials until it expires."""
        if not 0 < seconds <= _LONGEST_SIGNATURE:
            raise StoreError(
                "a signed address lasts no time, or more than seven days",
                mend=f"ask for 1 to {_LONGEST_SIGNATURE} seconds.",
                file=self.url(key),
            )
        return self._signed(key, "PUT" if write else "GET", seconds)

    def abort_unfinished(self, older_than: timedelta) -> int:  # noqa: ARG002 - the promise's
        """Remove nothing: Azure forgets uncommitted blocks by itself after a week."""
        return 0

    def _put_at_once(self, key: str, content: bytes, size: int) -> bool:
        if len(content) != size:
            raise changed(f"{len(content):,} of {size:,} bytes", {"file": self.url(key)})
        try:
            with told(file=self.url(key)):
                put = obstore.put(self._store, key, content, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return self._lost_the_race(key)
        if not self._is_proved(key, content, put["e_tag"]):
            self._check_size(key, size)
        return True

    def _put_in_parts(self, key: str, content: bytes | Path | BinaryIO, size: int) -> None:
        part = part_bytes(size)
        at_once = max(1, _IN_MEMORY // part)
        obstore.put(
            self._store,
            key,
            # Of a stream's own errors obstore keeps the text only, of an iterator's all.
            content if isinstance(content, bytes | Path) else _blocks(content),
            mode="overwrite",
            use_multipart=True,
            chunk_size=part,
            max_concurrency=at_once,
        )

    def _is_proved(self, key: str, content: bytes, etag: str | None) -> bool:
        """Tell whether the store's own MD5 of what came in one request is that of the content."""
        raise NotImplementedError

    def _check_size(self, key: str, size: int) -> None:
        arrived = self._existing(key)["size"]
        if arrived != size:
            raise changed(f"{arrived:,} of {size:,} bytes", {"file": self.url(key)})

    def _signed(self, key: str, method: "HTTP_METHOD", seconds: int) -> str:
        with told(file=self.url(key)):
            return obstore.sign(
                self._store, method, checked_key(key), expires_in=timedelta(seconds=seconds)
            )

    def _headers(self, key: str) -> Mapping[str, str]:
        address = self._signed(key, "HEAD", HEAD_SECONDS)
        return headers_of(address, file=self.url(key))

    def _lost_the_race(self, key: str) -> bool:
        # S3 answers 409 while another writer is still at work, who may yet fail.
        if not self._found(key):
            raise TransientError(
                "another writer is at work on this key", mend="run again.", file=self.url(key)
            )
        return False

    def _found(self, key: str) -> "ObjectMeta | None":
        with told(file=self.url(key)):
            try:
                return obstore.head(self._store, key)
            except FileNotFoundError:
                return None

    def _existing(self, key: str) -> "ObjectMeta":
        found = self._found(key)
        if found is None:
            raise StoreError(
                "the object is not there",
                mend="compare the key with a listing of the store.",
                file=self.url(key),
            )
        return found

    def _range(self, key: str, etag: str | None, start: int, end: int) -> bytes:
        with told(file=self.url(key)):
            options: GetOptions = {"range": (start, end), "if_match": etag}
            return bytes(obstore.get(self._store, key, options=options).bytes())

    def _is_folder_marker(self, found: "ObjectMeta") -> bool:
        # Consoles write an empty `folder/`, which obstore lists as `folder`, where nothing is.
        path = found["path"]
        return found["size"] == 0 and (not path or self._found(path) is None)


def part_bytes(size: int) -> int:
    """Give the size of a part, in whole MiB, that keeps an upload below S3's 10,000 parts."""
    parts = -(-size // _MOST_PARTS)
    return max(_SMALLEST_PART, -(-parts // _MIB) * _MIB)


def md5_of(content: bytes) -> str:
    """Give the MD5 of a content in base64."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _described(found: "ObjectMeta") -> StoredObject:
    # Listings give the etag bare, single answers in quotes.
    etag = (found["e_tag"] or "").strip('"') or None
    return StoredObject(checked_key(found["path"]), found["size"], found["last_modified"], etag)


def _size(content: bytes | Path | BinaryIO) -> int:
    if isinstance(content, bytes):
        return len(content)
    if isinstance(content, Path):
        return content.stat().st_size
    here = content.tell()
    size = content.seek(0, io.SEEK_END) - here
    content.seek(here)
    return size


def _blocks(content: BinaryIO) -> Iterator[bytes]:
    while block := content.read(_MIB):
        yield block


def _read(content: bytes | Path | BinaryIO, size: int) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, Path):
        with content.open("rb") as file:
            return file.read(size + 1)
    # To the end and no byte less: a stream may have something to say there.
    return b"".join(_blocks(content))
