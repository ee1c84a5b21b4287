"""Read a file once: hash it, say what it is, and keep it if it is fit.

A small file is held while it is examined, and kept under its content's hash. A large one goes to
the store while it is read, when its hash is not known yet: it is kept under a hash of where and
when it arrived, and the register tells which content that is.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TypeVar

from omics_orchestrator.catalogue import folders
from omics_orchestrator.catalogue._hashing import FileChangedError, HashedStream
from omics_orchestrator.catalogue._passing import Passing
from omics_orchestrator.catalogue.columns import File, is_fit
from omics_orchestrator.catalogue.examining import examine, examine_folder
from omics_orchestrator.errors import StoreError
from omics_orchestrator.formats import HEAD_BYTES
from omics_orchestrator.stores import Store, StoredObject, key_at

_T = TypeVar("_T")
FOLDER = "omics"
_SMALL_BYTES, _SMALL_TOGETHER, _AT_ONCE = 8 << 20, 64, 8


def key_of(store: Store, location: str) -> str | None:
    """The key of a copy that is kept in the platform's own store; None for any other location."""
    return key_at(store, location, FOLDER)


def holds(store: Store, location: str, sha256: str) -> bool:
    """Read the copy at a location in the platform's own store; tell whether it is this content."""
    key = key_of(store, location)
    if key is None:
        return False
    with store.open(key) as copy:
        return HashedStream(copy).sha256() == sha256


@dataclass(frozen=True)
class Arrived:
    """A file to read, and what is registered under its path, if anything is.

    A folder that is one thing has its objects with it.
    """

    item: StoredObject
    before: File | None
    members: Sequence[StoredObject] = ()


@dataclass
class Keeper:
    """Reads the files of an inbox, and keeps those that are fit.

    What it gives of a file is what `FILE_COLUMNS` tell of its content and location.

    Attributes:
        inbox: where they lie.
        store: where they are kept; None leaves them where they are.
        location_of: where the register knows a content to be kept, by its SHA-256.
        md5: whether to hash by MD5 too.
    """

    inbox: Store
    store: Store | None
    location_of: Callable[[str], str | None]
    md5: bool
    _kept: dict[str, str] = field(default_factory=dict, init=False)

    def read(self, files: Sequence[Arrived]) -> Iterator[list[File | None]]:
        """Read files in their order, small ones at once; None: it changed or went meanwhile.

        Raises:
            StoreError: a file that is there cannot be read, or the store cannot be written.
            TransientError: a store is away.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for is_small, together in _together(files):
                if is_small:
                    yield self._small(together, pool)
                    continue
                for each in together:
                    read = self._folder if each.members else self._large
                    yield [self._unless_changed(each, read)]

    def _small(self, files: Sequence[Arrived], pool: Executor) -> list[File | None]:
        """Read and keep files in other threads, and examine them in this one.

        Two that examine would wait for Python's lock more than for each other's files.
        """
        contents = pool.map(lambda each: self._unless_changed(each, self._content), files)
        keeping: dict[str, Future[str]] = {}
        found: list[File | None] = []
        for arrived, content in zip(files, contents, strict=True):
            if content is None:
                found.append(None)
                continue
            examined = examine(arrived.item, io.BytesIO(content))
            hashed = HashedStream(io.BytesIO(content), md5=self.md5)
            read = self._told(arrived.item, examined, hashed)
            found.append(read)
            if self.store is not None and is_fit(read) and read["sha256"] not in keeping:
                keep = partial(self._keep_small, self.store, arrived.item, content)
                keeping[read["sha256"]] = pool.submit(keep, read["sha256"])
        kept = {sha256: future.result() for sha256, future in keeping.items()}
        self._kept |= kept
        return [
            {**each, "location": kept[each["sha256"]]}
            if each and is_fit(each) and each["sha256"] in kept
            else each
            for each in found
        ]

    def _content(self, arrived: Arrived) -> bytes:
        item = arrived.item
        with self.inbox.open(item.key) as stream:
            content = stream.read(item.size + 1)
        self._refuse_changed(item, len(content))
        return content

    def _keep_small(self, store: Store, item: StoredObject, content: bytes, sha256: str) -> str:
        location = self._known(store, sha256)
        if location is None:
            key = f"{FOLDER}/{sha256[:2]}/{sha256}/{_name(item)}"
            location = store.url(key)
            if not store.put(key, content) and not holds(store, location, sha256):
                _clear(store, key)
                store.put(key, content)
        return location

    def _folder(self, arrived: Arrived) -> File:
        key = arrived.item.key
        folder = folders.opened(self.inbox, key, arrived.members)
        examined = examine_folder(arrived.item, folder)
        of_objects = folders.digests(folder)
        sha256 = folders.sha256_of(of_objects)
        if list(folders.gathered(list(self.inbox.list(key))).items) != [arrived.item]:
            raise FileChangedError(self.inbox.url(key))
        location = self.inbox.url(key)
        if self.store is not None and is_fit(examined):
            known = self._known(self.store, sha256)
            kept = f"{FOLDER}/{sha256[:2]}/{sha256}/{_name(arrived.item)}"
            if known is None:
                folders.copy(folder, of_objects, self.store, kept)
            location = self._kept[sha256] = known or self.store.url(kept)
        return {**examined, "sha256": sha256, "md5": None, "location": location}

    def _large(self, arrived: Arrived) -> File:
        if self.store is None:
            return self._passed(arrived.item)
        return self._again(self.store, arrived) or self._sent(self.store, arrived)

    def _again(self, store: Store, arrived: Arrived) -> File | None:
        """Read a version whose copy is there, and send nothing; None where that is not enough."""
        item, before = arrived.item, arrived.before
        if before is None or (before["size_bytes"], before["etag"]) != (item.size, item.etag):
            return None
        if not _is_there(store, before["location"]):
            return None
        read = self._passed(item)
        if is_fit(read) and read["sha256"] != before["sha256"]:
            return None
        return {**read, "location": before["location"]} if is_fit(read) else read

    def _sent(self, store: Store, arrived: Arrived) -> File:
        item = arrived.item
        key = f"{FOLDER}/{self._of_version(arrived)}/{_name(item)}"
        with Passing(store, key, item.size) as passing:
            read = self._passed(item, passing)
            if not is_fit(read):
                return read
            location = self._known(store, read["sha256"])
            if location is None:
                location = store.url(key)
                # One that a killed run left there is as good, if it is the same.
                if not passing.arrive() and not holds(store, location, read["sha256"]):
                    _clear(store, key)
                    raise FileChangedError(location)
            self._kept[read["sha256"]] = location
        return {**read, "location": location}

    def _known(self, store: Store, sha256: str) -> str | None:
        """Where a content is kept already, under whatever name it came first."""
        location = self._kept.get(sha256) or self.location_of(sha256)
        return location if location and _is_there(store, location) else None

    def _of_version(self, arrived: Arrived) -> str:
        """A folder for one version of a file: the same for whoever sees that version next."""
        item, before = arrived.item, arrived.before
        number = before["version"] if before else 0
        version = (self.inbox.url(item.key), number, item.size, item.modified, item.etag)
        digest = hashlib.sha256("\n".join(map(str, version)).encode()).hexdigest()
        return f"{digest[:2]}/{digest}"

    def _passed(self, item: StoredObject, passing: Passing | None = None) -> File:
        with self.inbox.open(item.key) as stream:
            hashed = HashedStream(stream, passing.take if passing else None, md5=self.md5)
            examined = examine(item, io.BufferedReader(hashed, HEAD_BYTES))
            if passing and not is_fit(examined):
                passing.turn_back()
            read = self._told(item, examined, hashed)
            self._refuse_changed(item, hashed.size)
            return read

    def _told(self, item: StoredObject, examined: File, hashed: HashedStream) -> File:
        said = {"sha256": hashed.sha256(), "md5": hashed.md5()}
        return {**examined, **said, "location": self.inbox.url(item.key)}

    def _refuse_changed(self, item: StoredObject, read_bytes: int) -> None:
        now = self.inbox.stat(item.key)
        if (now.size, now.etag, read_bytes) != (item.size, item.etag, item.size):
            raise FileChangedError(self.inbox.url(item.key))

    def _unless_changed(self, arrived: Arrived, read: Callable[[Arrived], _T]) -> _T | None:
        key = arrived.item.key
        try:
            return read(arrived)
        except FileChangedError:
            return None
        except StoreError:
            below = self.inbox.list(key.rpartition("/")[0])
            if any(each.key == key or each.key.startswith(f"{key}/") for each in below):
                raise
            return None


def _together(files: Sequence[Arrived]) -> Iterator[tuple[bool, list[Arrived]]]:
    """Small files that follow each other, as many as are held at once, and each other one."""

    def is_held(arrived: Arrived) -> bool:
        return not arrived.members and arrived.item.size <= _SMALL_BYTES

    for is_small, run in groupby(files, is_held):
        following = list(run)
        step = _SMALL_TOGETHER if is_small else 1
        for start in range(0, len(following), step):
            yield is_small, following[start : start + step]


def _is_there(store: Store, location: str) -> bool:
    key = key_of(store, location)
    if key is None:
        return False
    beside = store.list(key.rpartition("/")[0])
    return any(each.key == key for each in beside) or folders.is_folder(store, key)


def _name(item: StoredObject) -> str:
    return item.key.rpartition("/")[2]


def _clear(store: Store, key: str) -> None:
    """Take away what is not the content that its key is of: a writer died over it."""
    store.remove(key, store.stat(key).etag)
