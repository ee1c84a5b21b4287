"""What each file is, whether it is whole, and where its bytes are kept.

A file that did not change since it was last registered is not opened again. One that is damaged, or
is not what its name says and nothing else that we know, is registered with its fault and goes no
further: it is neither copied nor linked to anybody. Hidden and unfinished files are left alone, and
so is one that changes while it is read: the next look finds it another one.

A million files take days; they come in parts, each of which is registered before the next is read.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from omics_orchestrator.catalogue.columns import FILE_SCHEMA, File
from omics_orchestrator.catalogue.folders import gathered, is_within
from omics_orchestrator.catalogue.keeping import FOLDER, Arrived, Keeper, holds
from omics_orchestrator.catalogue.reconcile import Differences, differences, listing
from omics_orchestrator.dictionary.model import Collection
from omics_orchestrator.formats import formats
from omics_orchestrator.sources import is_unfinished
from omics_orchestrator.stores import Store, StoredObject

_FILES_TOGETHER, _SECONDS_TOGETHER = 500, 60.0
_GONE = "it is no longer where it was registered"
Known = Callable[[pl.Series], pl.DataFrame]
LocationOf = Callable[[str], str | None]


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
        gathered: registered paths that are objects of a folder now, which is one file.
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
    gathered: list[str] = field(default_factory=list, init=False)
    _members: Mapping[str, Sequence[StoredObject]] = field(default_factory=dict, init=False)
    _holds_lists: bool = field(default=False, init=False)

    def differences(self, known: pl.DataFrame) -> Differences:
        """List the inbox and compare it with what is registered of it (`REGISTERED`)."""
        found, now = list(self.inbox.list()), datetime.now(UTC)
        named = [each for each in found if not is_unfinished(each.key)]
        seen = gathered(named)
        self._members = seen.members
        self._holds_lists = any(each.key.lower().endswith(_names_of_lists()) for each in named)
        young = {each.key for each in seen.items if not each.is_settled(now, self.settled)}
        self.left_out, self.arriving = len(found) - len(named), len(young)
        here = listing(each for each in seen.items if each.key not in young)
        # One that is written anew is no longer what is registered, and not gone either.
        waited = known.filter(~pl.col("path").is_in(list(young)))
        if seen.members:
            within = [path for path in known["path"] if is_within(path, seen.members)]
            self.gathered = within
            waited = waited.filter(~pl.col("path").is_in(within))
        return differences(here, waited, {self.mark, self._doubtful()})

    def parts(
        self, found: Differences, known: Known, location_of: LocationOf
    ) -> Iterator[pl.DataFrame]:
        """Examine what is due, and yield the rows to register (`FILE_COLUMNS`) part by part.

        Args:
            found: what differs.
            known: gives the registered rows of some paths.
            location_of: gives where a content is kept, as far as the register knows.

        Raises:
            StoreError: a file that is there cannot be read, or the store cannot be written.
        """
        yield known(found.back).with_columns(is_present=pl.lit(value=True))
        yield self._gone(known(found.gone))
        keeper = self._keeper(location_of)
        waiting = found.due
        while waiting.height:
            done = self._examined(waiting.head(_FILES_TOGETHER), known, keeper)
            yield done.rows
            waiting = waiting.slice(done.looked_at)

    def moved(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Take files out of the inbox whose copies are registered, where the policy is `move`.

        Args:
            rows: registered files that lie in the inbox, with `FILE_COLUMNS`.

        Returns:
            The rows of those that were taken out, as they are to be registered now; a folder stays,
            as no store removes many objects in one step.
        """
        if self.collection.policy != "move":
            return rows.clear()
        is_folder = pl.col("path").is_in(list(self._members))
        columns = rows.filter(~is_folder).select("path", "etag", "sha256", "location")
        taken = [row[0] for row in columns.iter_rows() if self._is_taken(*row)]
        moved = rows.filter(pl.col("path").is_in(taken))
        return moved.with_columns(is_present=pl.lit(value=False))

    def _is_taken(self, path: str, etag: str | None, sha256: str, location: str) -> bool:
        # Read again: an older copy of the same content may have rotted, and the original goes.
        return holds(self.store, location, sha256) and self.inbox.remove(path, etag)

    def _gone(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What is nowhere now has vanished, and is examined anew if it comes back."""
        copied = pl.col("location").str.starts_with(self.store.url(FOLDER))
        kept = copied if self.collection.policy != "register" else pl.lit(value=False)
        told = {"status": "vanished", "fault": _GONE, "examined_by": ""}
        return rows.with_columns(
            pl.lit(value=False).alias("is_present"),
            *(pl.when(kept).then(name).otherwise(pl.lit(said)).alias(name)
              for name, said in told.items()),
        )  # fmt: skip

    def _keeper(self, location_of: LocationOf) -> Keeper:
        store = self.store if self.collection.policy != "register" else None
        need = self.collection.companions.checksum
        # MD5 takes longer than all the rest. A list that comes late is no loss: what it names is
        # read for it then (`digests`).
        md5 = need == "required" or (need == "optional" and self._holds_lists)
        return Keeper(self.inbox, store, location_of, md5)

    def _examined(self, due: pl.DataFrame, known: Known, keeper: Keeper) -> "_Done":
        before = {row["path"]: row for row in known(due["path"]).iter_rows(named=True)}
        arrived = [
            Arrived(StoredObject(*row), before.get(row[0]), self._members.get(row[0], ()))
            for row in due.iter_rows()
        ]
        found: list[File | None] = []
        began = time.monotonic()
        for together in keeper.read(arrived):
            found += together
            if time.monotonic() - began > _SECONDS_TOGETHER:
                break
        rows = [self._row(each, read) for each, read in zip(arrived, found, strict=False) if read]
        self.changing += len(found) - len(rows)
        return _Done(pl.DataFrame(rows, schema=FILE_SCHEMA, orient="row"), len(found))

    def _row(self, arrived: Arrived, read: File) -> File:
        item, before = arrived.item, arrived.before
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

    def _doubtful(self) -> str:
        """The mark of files that are not whole: a new format may be what one of them is."""
        known = hashlib.sha256(", ".join(sorted(formats())).encode()).hexdigest()[:12]
        return f"{self.mark} {known}"


@cache
def _names_of_lists() -> tuple[str, ...]:
    """Endings of files that are, or may hold, lists of checksums."""
    return (*formats()["checksums"].suffixes, *formats()["samplesheet"].suffixes)


@dataclass(frozen=True)
class _Done:
    rows: pl.DataFrame
    looked_at: int
