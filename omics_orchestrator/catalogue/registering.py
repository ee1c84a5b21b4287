"""One look through an inbox, registered part by part: what is done is done, whatever comes after.

The register itself is the list of what was seen: path, size, time and the store's mark of each
version. Nothing else is remembered, so a run that is killed goes on where it was, and files that
come in the same second, out of order or over another are all found.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import polars as pl
from psycopg import Connection

from omics_orchestrator.catalogue.columns import FILE_KEY, FILE_SCHEMA
from omics_orchestrator.catalogue.files import Round
from omics_orchestrator.catalogue.keeping import key_of
from omics_orchestrator.catalogue.reconcile import REGISTERED, Differences
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import last_load
from omics_orchestrator.warehouse.load import ALLOWED_SHRINK
from omics_orchestrator.warehouse.read import of_keys, some_columns
from omics_orchestrator.warehouse.shape import fit

# Among a few files one is a large share, and nothing is wrong.
_FEW = 10
_NOTHING = pl.DataFrame(schema=dict.fromkeys(FILE_KEY, pl.String()))
_INDEX = "create index if not exists file_sha256 on omics.file (sha256) where _valid_to is null"
_LOCATIONS = "select location from omics.file where _valid_to is null and sha256 = %s"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Author:
    """Who registers, as the ledger tells: the run, and the code version of the register."""

    run_id: str
    version: str


@dataclass
class Outcome:
    """What a look through an inbox came to.

    Attributes:
        counts: inserted, updated, unchanged, gone, back, changing (or still arriving), left_out,
            and gathered (loose until the folder that they are of was known) → files.
        replaced: paths under which another content was registered before.
    """

    counts: Counter[str] = field(default_factory=Counter)
    replaced: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any row of the register changed."""
        return any(self.counts[each] for each in ("inserted", "updated", "gathered"))


def register(
    connection: Connection,
    look: Round,
    author: Author,
    *,
    allow_shrink: float = ALLOWED_SHRINK,
    progress: Progress = lambda _done, _due: None,
) -> Outcome:
    """Bring the register to what lies in the inbox of a collection now.

    Args:
        connection: an autocommitting session on a prepared warehouse.
        look: the collection, its inbox, and where its files are copied to.
        author: what the ledger is to say.
        allow_shrink: the share of the collection's files that may be gone at once.
        progress: told how many of the files due are done.

    Raises:
        StoreError: the inbox or a file in it cannot be read, or too many files are gone.
        TransientError: a store or the warehouse is away.
    """
    with refusals(str(FILES.name)), connection.transaction():
        fit(connection, FILES)
        connection.execute(_INDEX)
    name = look.collection.collection
    known = some_columns(connection, FILES, REGISTERED, {"collection": name})
    found = look.differences(known)
    _refuse_shrink(look, found, known, allow_shrink)
    outcome, done = Outcome(Counter(unchanged=found.same.len())), 0

    def registered(paths: pl.Series) -> pl.DataFrame:
        return of_keys(connection, FILES, _keys(name, paths))

    def put(rows: pl.DataFrame, gone: pl.DataFrame = _NOTHING) -> None:
        if rows.height or gone.height:
            change = amend(connection, FILES, rows, gone, _load(connection, author, rows))
            outcome.counts.update(inserted=change.inserted, updated=change.updated)
            outcome.counts.update(gathered=change.deleted)

    put(pl.DataFrame(schema=FILE_SCHEMA), _keys(name, pl.Series(look.gathered, dtype=pl.String())))
    if look.collection.policy == "move":
        # What a killed run had registered, and not yet taken out.
        put(look.moved(registered(found.same)))
    for rows in look.parts(found, registered, partial(_location_of, connection, look.store)):
        done += rows.join(found.due, on="path", how="semi").height
        put(rows)
        put(look.moved(rows.filter("is_present")))
        progress(done, found.due.height)
    outcome.replaced = look.replaced
    outcome.counts.update(gone=found.gone.len(), back=found.back.len())
    outcome.counts.update(changing=look.changing + look.arriving, left_out=look.left_out)
    return outcome


def forget(connection: Connection, described: list[str], author: Author) -> None:
    """Take files out of the register whose collections are described no more; it is there then."""
    with refusals(str(FILES.name)), connection.transaction():
        fit(connection, FILES)
    keys = some_columns(connection, FILES, FILE_KEY, {})
    others = keys.filter(~pl.col("collection").is_in(described))
    if others.height or last_load(connection, str(FILES.name)) is None:
        none = pl.DataFrame(schema=FILES.schema)
        amend(connection, FILES, none, others, _load(connection, author, none))


def _location_of(connection: Connection, store: Store, sha256: str) -> str | None:
    """Where a content is kept in the store, as far as the register knows."""
    with refusals(str(FILES.name)):
        found = connection.execute(_LOCATIONS, (sha256,)).fetchall()
    return next((location for (location,) in found if key_of(store, location)), None)


def _load(connection: Connection, author: Author, rows: pl.DataFrame) -> Load:
    last = last_load(connection, str(FILES.name))
    return Load(
        author.run_id, author.version, {}, rows.height, after_load=last.load_id if last else None
    )


def _keys(collection: str, paths: pl.Series) -> pl.DataFrame:
    return paths.rename("path").to_frame().select(pl.lit(collection).alias("collection"), "path")


def _refuse_shrink(look: Round, found: Differences, known: pl.DataFrame, allowed: float) -> None:
    """Stop where an inbox looks emptied: a disk that is not mounted is no deletion."""
    if look.collection.policy == "move":
        return  # what is copied is taken out
    present, gone = int(known["is_present"].sum()), found.gone.len()
    if gone > allowed * present and (gone > _FEW or gone == present):
        raise StoreError(
            f"{gone:,} of {present:,} files are gone at once; {allowed:.0%} may be",
            mend="see that the inbox is mounted and its address right; if they were taken away, "
            "register once with a higher `allow_shrink` in the launchpad's config.",
            collection=look.collection.collection,
            count=gone,
        )
