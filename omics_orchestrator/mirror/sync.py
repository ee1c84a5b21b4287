"""One sync of a mirror: what is to be read again, and the tables that come of it."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

import polars as pl

from omics_orchestrator import snapshot
from omics_orchestrator.errors import SourceError
from omics_orchestrator.mirror import tables
from omics_orchestrator.mirror.state import RECORDS, State, what_is_asked
from omics_orchestrator.sources import redcap
from omics_orchestrator.sources.redcap import Client, Reading
from omics_orchestrator.stores import Store
from omics_orchestrator.text_table import TextTable, slices
from omics_orchestrator.warehouse.ledger import Snapshot

# The server's stamps may be off by its time zone and its clock, 15 hours either way.
OVERLAP = timedelta(hours=16)
_RECORDS_TOGETHER = 2_000


@dataclass(frozen=True)
class Mirrored:
    """The outcome of a sync.

    Attributes:
        tables: per form, and for `RECORDS`, the whole table, or the snapshot that still is it.
        state: what the next sync needs to know.
        report: how it was read, and what was found; counts only.
        unannounced: records that differed from the mirror though nothing had said that they
            changed; only full reads find them.
    """

    tables: Mapping[str, TextTable | Snapshot]
    state: State
    report: Mapping[str, str | int]
    unannounced: int = 0


@dataclass(frozen=True)
class _News:
    """What changed since the last sync: records to read again, and records that are gone."""

    touched: AbstractSet[str] = frozenset()
    gone: AbstractSet[str] = frozenset()


@dataclass(frozen=True)
class _Sync:
    """What every step of a sync works with, see `sync`."""

    client: Client
    reading: Reading
    store: Store
    past: Mapping[str, Snapshot]
    folder: Path

    @property
    def record(self) -> str:
        return self.reading.described.record_id

    def news(self, state: State) -> _News:
        """Ask what changed since the last sync."""
        moment = state.began.replace(tzinfo=None) - OVERLAP
        announced = redcap.changed_since(self.client, self.record, moment)
        announced |= redcap.logged_deletions(self.client, moment) or set()
        parts = snapshot.parts(self.store, self.past[RECORDS], self.folder / "before.parquet")
        before = chain.from_iterable(part.iter_rows() for part in parts)
        # A group may change without a date; where its name does, all its records have moved.
        differ = _differing(self.reading.records.iter_rows(), before)
        now = self.reading.records[self.record]
        touched = set(now.filter(now.is_in(differ | announced)))
        return _News(touched, differ - touched)

    def listed(self) -> dict[str, TextTable]:
        """Write the list of records as a table of its own."""
        records = self.reading.records
        parts = ({RECORDS: part} for part in records.iter_slices(_RECORDS_TOGETHER))
        return tables.write(parts, {RECORDS: records.columns}, self.folder / "records")

    def everything(self) -> dict[str, TextTable]:
        """Read all records."""
        batches = self.reading.batches(self.client, self.reading.records[self.record])
        return tables.write(batches, self.reading.tables, self.folder / "everything")

    def unannounced(self, news: _News, found: Mapping[str, TextTable]) -> int:
        """Count the records that a full read found changed though nothing had announced it."""
        differ: set[str] = set()
        for form, table in found.items():
            before = snapshot.fetch(self.store, self.past[form], self.folder / "before.parquet")
            differ |= tables.differing(self.record, before, table.path)
        return len(differ - news.touched - news.gone)

    def changes(self, news: _News) -> dict[str, TextTable | Snapshot]:
        """Read what changed, and put it in the place of all rows of the same records."""
        if not news.touched and not news.gone:
            return {form: self.past[form] for form in self.reading.tables}
        touched = pl.Series(sorted(news.touched), dtype=pl.String)
        batches = self.reading.batches(self.client, touched)
        changed = tables.write(batches, self.reading.tables, self.folder / "changed")
        replaced = news.touched | news.gone
        found: dict[str, TextTable | Snapshot] = {}
        for form, new in changed.items():
            before = snapshot.parts(self.store, self.past[form], self.folder / "before.parquet")
            after = new.path.with_name(f"after_{new.path.name}")
            found[form] = tables.replace(self.record, replaced, before, slices(new.path), after)
        return found


def _differing(one: Iterable[tuple[str, ...]], other: Iterable[tuple[str, ...]]) -> set[str]:
    """Name the rows that do not stand the same in both; their names come first and are sorted."""
    both = merge(one, other, key=itemgetter(0))
    return {row[0] for row, same in groupby(both) if len(list(same)) == 1}


def sync(
    client: Client,
    reading: Reading,
    store: Store,
    past: Mapping[str, Snapshot],
    *,
    began: datetime,
    folder: Path,
    everything: bool = False,
) -> Mirrored:
    """Bring the mirror of a project to what the project says now.

    Args:
        client: the open project.
        reading: what is asked of it.
        store: where the snapshots lie.
        past: the latest snapshot of each form, and of `RECORDS`; none before the first sync.
        began: when this sync began, before anything was asked, in UTC.
        folder: an empty folder for the tables.
        everything: read in full, whatever the last sync says.

    Raises:
        TransientError: an answer is incomplete.
        SourceError: the token opens another project, or sees less than it should.
    """
    state = State.shared(past, reading)
    _refuse_other_scope(client, reading, state)
    if state and not everything:
        _refuse_narrower_sight(client, reading, state)
    step = _Sync(client, reading, store, past, folder)
    known = state if state and state.asked == what_is_asked(reading) else None
    news = step.news(known) if known else _News()
    why = "a person asked for it" if everything else _why_everything(reading, state, known, began)
    listed = step.listed()
    unannounced, read = 0, len(news.touched)
    found: Mapping[str, TextTable | Snapshot]
    if why:
        found, read = (in_full := step.everything()), reading.records.height
        unannounced = step.unannounced(news, in_full) if known else 0
    else:
        found = step.changes(news)
    return Mirrored(
        tables={**found, **listed},
        state=State.new(reading, began, state.full if state and not why else began),
        report={
            "read": f"everything: {why}" if why else "what changed since the last sync",
            "records_read": read,
            "records_gone": len(news.gone),
            "records_that_changed_unannounced": unannounced,
        },
        unannounced=unannounced,
    )


def _refuse_other_scope(client: Client, reading: Reading, state: State | None) -> None:
    project = reading.described.project_id
    if state and reading.source.project_id is None and state.project_id != project:
        raise SourceError(
            f"the token opens project {project}, and project {state.project_id} was read before",
            mend="correct the token; if the project is meant, name it by `project_id` in the "
            "study file.",
            **client.place,
        )
    if reading.visible == "one data access group" and not reading.source.one_group:
        raise SourceError(
            "the token sees the records of one data access group only",
            mend="use a token of a user outside all groups; if only the group is meant, say "
            "`one_group: true` in the study file.",
            **client.place,
        )


def _refuse_narrower_sight(client: Client, reading: Reading, state: State) -> None:
    """Refuse to take the records that the token no longer sees for deleted ones."""
    if (state.visible, reading.visible) == ("all records", "unknown"):
        raise SourceError(
            f"the token saw all records before; now it sees {reading.records.height}, and cannot "
            "be told from a token of one data access group",
            mend="look whether its user was put into a group or lost the right to Data Access "
            "Groups; if all is as it should be, read everything once (`everything`).",
            **client.place,
        )


def _why_everything(
    reading: Reading, state: State | None, known: State | None, began: datetime
) -> str:
    """Say why changes are not enough; blank when they are."""
    if state is None:
        return "it is the first sync"
    if known is None:
        return "the project, the study file or the token's rights changed"
    days = reading.source.full_read_every_days
    is_due = began - known.full >= timedelta(days=days)
    return f"the last full read is {days:g} days old" if is_due else ""
