"""What each file is, whether it is whole, and where its bytes are kept.

A file that did not change since it was last registered is not opened again. One that is damaged, or
is not what its name says and nothing else that we know, is registered with its fault and goes no
further: it is neither copied nor linked to anybody. Hidden and unfinished files are left alone, and
so is one that changes while it is read: the next look finds it another one.

A million files take days; they come in parts, each of which is registered before the next is read.
"""

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from omics_orchestrator.catalogue._hashing import BLOCK_BYTES, FileChangedError, HashedStream
from omics_orchestrator.catalogue.columns import FILE_SCHEMA, File, is_fit
from omics_orchestrator.catalogue.examining import examine
from omics_orchestrator.catalogue.reconcile import Differences, differences, listing
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.errors import StoreError
from omics_orchestrator.formats import HEAD_BYTES, formats
from omics_orchestrator.sources import is_unfinished
from omics_orchestrator.stores import Store, StoredObject

_FILES_TOGETHER, _SECONDS_TOGETHER = 500, 60.0
_GONE = "it is no longer where it was registered"
Known = Callable[[pl.Series], pl.DataFrame]


@dataclass
class Round:
    """One look through an inbox.

    Attributes:
        collection: whose files arrive there.
        inbox: where.
        store: where fit files are copied to, unless the collection's policy is `register`.
        mark: what files are examined by beside the formats: another mark, and all are due again.
        settled: for how long a file must not have been written; younger ones are left alone.
        changing: files that changed or went while they were read.
        arriving: files that were too young.
        left_out: hidden and unfinished files.
        replaced: paths under which another content was registered before.
    """

    collection: Collection
    inbox: Store
    store: Store
    mark: str
    settled: timedelta = timedelta()
    changing: int = field(default=0, init=False)
    arriving: int = field(default=0, init=False)
    left_out: int = field(default=0, init=False)
    replaced: list[str] = field(default_factory=list, init=False)

    def differences(self, known: pl.DataFrame) -> Differences:
        """List the inbox and compare it with what is registered of it (`REGISTERED`)."""
        found, now = list(self.inbox.list()), datetime.now(UTC)
        named = [each for each in found if not is_unfinished(each.key)]
        young = {each.key for each in named if not each.is_settled(now, self.settled)}
        self.left_out, self.arriving = len(found) - len(named), len(young)
        here = listing(each for each in named if each.key not in young)
        # One that is written anew is no longer what is registered, and not gone either.
        waited = known.filter(~pl.col("path").is_in(list(young)))
        return differences(here, waited, {self.mark, self._doubtful()})

    def parts(self, found: Differences, known: Known) -> Iterator[pl.DataFrame]:
        """Examine what is due, and yield the rows to register (`FILE_COLUMNS`) part by part.

        Args:
            found: what differs.
            known: gives the registered rows of some paths.

        Raises:
            StoreError: a file that is there cannot be read, or the store cannot be written.
        """
        yield known(found.back).with_columns(is_present=pl.lit(value=True))
        yield self._gone(known(found.gone))
        waiting = found.due
        while waiting.height:
            done = self._examined(waiting.head(_FILES_TOGETHER), known)
            yield done.rows
            waiting = waiting.slice(done.looked_at)

    def moved(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Take files out of the inbox whose copies are registered, where the policy is `move`.

        Args:
            rows: registered files that lie in the inbox, with `FILE_COLUMNS`.

        Returns:
            The rows of those that were taken out, as they are to be registered now.
        """
        if self.collection.policy != "move":
            return rows.clear()
        columns = rows.select("path", "etag", "sha256", "location")
        taken = [row[0] for row in columns.iter_rows() if self._is_taken(*row)]
        moved = rows.filter(pl.col("path").is_in(taken))
        return moved.with_columns(is_present=pl.lit(value=False))

    def _is_taken(self, path: str, etag: str | None, sha256: str, location: str) -> bool:
        prefix = self.store.url("omics").removesuffix("omics")
        if not location.startswith(f"{prefix}omics/"):
            return False
        # Read again: an older copy of the same content may have rotted, and the original goes.
        with self.store.open(location.removeprefix(prefix)) as copy:
            is_sound = HashedStream(copy).sha256() == sha256
        return is_sound and self.inbox.remove(path, etag)

    def _gone(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What is nowhere now has vanished, and is examined anew if it comes back."""
        copied = pl.col("location").str.starts_with(self.store.url("omics"))
        kept = copied if self.collection.policy != "register" else pl.lit(value=False)
        told = {"status": "vanished", "fault": _GONE, "examined_by": ""}
        return rows.with_columns(
            pl.lit(value=False).alias("is_present"),
            *(pl.when(kept).then(name).otherwise(pl.lit(said)).alias(name)
              for name, said in told.items()),
        )  # fmt: skip

    def _examined(self, due: pl.DataFrame, known: Known) -> "_Done":
        before = {row["path"]: row for row in known(due["path"]).iter_rows(named=True)}
        found: list[File | None] = []
        began = time.monotonic()
        for path, size, modified, etag in due.iter_rows():
            item = StoredObject(path, size, modified, etag)
            found.append(self._registered(item, before.get(path)))
            if time.monotonic() - began > _SECONDS_TOGETHER:
                break
        rows = [row for row in found if row]
        return _Done(pl.DataFrame(rows, schema=FILE_SCHEMA, orient="row"), len(found))

    def _registered(self, item: StoredObject, before: File | None) -> File | None:
        """Examine a file and copy it if it is fit; None when it changed or went meanwhile."""
        try:
            read = self._read(item)
        except FileChangedError:
            self.changing += 1
            return None
        except StoreError:
            if any(each.key == item.key for each in self.inbox.list(item.key.rpartition("/")[0])):
                raise
            self.changing += 1
            return None
        is_other = before is not None and before["sha256"] != read["sha256"]
        self.replaced += [item.key] if is_other else []
        return {
            "collection": self.collection.collection,
            "path": item.key,
            "version": (before["version"] or 1) + is_other if before else 1,
            "study": self.collection.study,
            "size_bytes": item.size,
            "is_present": True,
            "modified_at": item.modified,
            "etag": item.etag,
            "examined_by": self.mark if read["status"] == "whole" else self._doubtful(),
            **read,
        }

    def _read(self, item: StoredObject) -> File:
        """What the bytes of a file say, and where they are kept."""
        with self.inbox.open(item.key) as stream:
            hashed = HashedStream(stream, md5=self._is_listed_by_md5())
            examined = examine(item, io.BufferedReader(hashed, HEAD_BYTES))
            sha256 = hashed.sha256()
            now = self.inbox.stat(item.key)
            if (now.size, now.etag) != (item.size, item.etag):
                raise FileChangedError(self.inbox.url(item.key))
            location = self.inbox.url(item.key)
            if self.collection.policy != "register" and is_fit(examined):
                key = self._kept(sha256) or f"{_folder(sha256)}/{item.key.rpartition('/')[2]}"
                copied = HashedStream(stream, expected=sha256, name=location)
                self.store.put(key, io.BufferedReader(copied, BLOCK_BYTES))
                location = self.store.url(key)
        return {**examined, "sha256": sha256, "md5": hashed.md5(), "location": location}

    def _kept(self, sha256: str) -> str | None:
        """Where the same content is kept already, under whatever name it came first."""
        return next((each.key for each in self.store.list(_folder(sha256))), None)

    def _is_listed_by_md5(self) -> bool:
        return self.collection.companions.checksum != "ignored"

    def _doubtful(self) -> str:
        """The mark of files that are not whole: a new format may be what one of them is."""
        known = hashlib.sha256(", ".join(sorted(formats())).encode()).hexdigest()[:12]
        return f"{self.mark} {known}"


@dataclass(frozen=True)
class _Done:
    rows: pl.DataFrame
    looked_at: int


def _folder(sha256: str) -> str:
    return f"omics/{sha256[:2]}/{sha256}"
