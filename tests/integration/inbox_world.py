"""An inbox on any store, what happens to it, and what the register must say of it.

What must be said is laid out from the bytes that lie in the inbox, read by another client than the
code under test. The inbox is shown as a store may show it: with times of its own, with keys that its
listing does not have yet, and with something that happens between two of its answers.
"""

import contextlib
import gzip
import hashlib
import io
import itertools
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import dagster as dg
import obstore
import polars as pl
import psycopg
from obstore.store import AzureStore, S3Store

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.columns import is_fit
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.orchestration.automation import sensors
from omics_orchestrator.orchestration.resources import Stores
from omics_orchestrator.stores import Store, StoredObject, open_store
from omics_orchestrator.warehouse.read import read
from omics_orchestrator.warehouse.shape import fit
from tests.contracts.conftest import AZURITE_KEY
from tests.contracts.test_stores import new_bucket, new_container, new_signed_bucket
from tests.unit.catalogue.bench import collection

READS = gzip.compress(b"@read\nACGT\n+\nIIII\n", mtime=0)
CONTENTS = (b"one", b"two", b"six", b"", READS)
PATHS = ("a", "run/b", "run 1/Próba ž.fastq.gz", "c#1 (copy)%20+.txt")
UNFINISHED = "run/.half.part"
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_number = itertools.count()
_seconds = itertools.count()


class Row(NamedTuple):
    """What the register says of one path."""

    version: int
    sha256: str
    is_present: bool


class Hands:
    """Whoever else writes in a store: its objects are put, replaced and removed at will.

    Attributes:
        door: the store's address and credentials.
    """

    def __init__(self, store: Store, endpoint: str) -> None:
        address = store.url("x").removesuffix("/x")
        scheme, _, rest = address.partition("://")
        container, _, prefix = rest.partition("/")
        options: Any = {"client_options": {"allow_http": True}, "prefix": prefix}
        self._folder = Path(f"/{prefix}") if scheme == "file" else None
        credentials = {"endpoint": endpoint} if endpoint else {}
        if scheme == "az":
            credentials |= {"account_name": "lab", "account_key": AZURITE_KEY}
            self._store: Any = AzureStore(container, **credentials, **options)
        elif scheme == "s3":
            credentials |= dict.fromkeys(("access_key_id", "secret_access_key"), "S3RVER")
            credentials["region"] = "us-east-1"
            self._store = S3Store(container, **credentials, **options)
        self.door = address, credentials

    def put(self, key: str, content: bytes) -> None:
        if self._folder is None:
            obstore.put(self._store, key, content, use_multipart=False)
            return
        target = self._folder / key
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        # All in one second, and each at another moment of it.
        moment = int(MONDAY.timestamp()) * 10**9 + next(_seconds)
        os.utime(target, ns=(moment, moment))

    def take(self, key: str) -> Callable[[], object]:
        """Take an object away; what is given puts it back as it was."""
        if self._folder is None:
            content = self.lying()[key]
            obstore.delete(self._store, key)
            return lambda: self.put(key, content)
        away = self._folder.with_name(f"away {next(_number)}")
        here = self._folder / key
        here.rename(away)
        return lambda: away.rename(here)

    def lying(self) -> dict[str, bytes]:
        """Key → content of all objects."""
        if self._folder is None:
            listed = [each["path"] for batch in self._store.list() for each in batch]
            return {key: bytes(obstore.get(self._store, key).bytes()) for key in listed}
        found = [path for path in self._folder.rglob("*") if path.is_file()]
        return {path.relative_to(self._folder).as_posix(): path.read_bytes() for path in found}


class Shown:
    """A store as it is shown to us.

    Attributes:
        hidden: keys that a listing does not have yet.
        times: when each object is said to have been written; None: this very moment.
        between: what happens before and after each call, and before each read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.hidden: set[str] = set()
        self.times: dict[str, datetime | None] = {}
        self.between: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*given: Any, **named: Any) -> Any:
            self.between()
            answer = method(*given, **named)
            self.between()
            return answer

        return method if name == "url" else call

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[StoredObject]:
        self.between()
        found = list(self._store.list(prefix, start_after))
        self.between()
        return (self._told(each) for each in found if each.key not in self.hidden)

    def stat(self, key: str) -> StoredObject:
        self.between()
        return self._told(self._store.stat(key))

    def open(self, key: str) -> BinaryIO:
        self.between()
        return io.BufferedReader(_Shown(self._store.open(key), self.between))

    def _told(self, item: StoredObject) -> StoredObject:
        told = self.times.get(item.key, MONDAY) or datetime.now(UTC)
        return replace(item, modified=told)


class _Shown(io.RawIOBase):
    def __init__(self, stream: BinaryIO, between: Callable[[], object]) -> None:
        self._stream, self._between = stream, between

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        self._between()
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Given(Stores):
    """The platform's stores, of which the inbox is the one that is shown."""

    def named(self, variable: str, **_: str) -> Store:
        return _INBOXES[variable]


_INBOXES: dict[str, Store] = {}
_WATCHED = Dictionary.model_construct(
    variables={}, value_sets={}, studies={}, collections={"lab": collection()}
)
[SENSOR] = [each for each in sensors(_WATCHED) if each.name == "lab_inbox"]


@dataclass
class World:
    """One inbox and one main store, the register of them, and its sensor.

    Attributes:
        state: what of the inbox the sensor has seen.
        is_owed: whether a run did not do its work, or saw another listing than the sensor: the next
            night does it.
        away: puts back what was taken away.
        seen: kind of event → how often it came about.
    """

    connection: psycopg.Connection
    chance: random.Random
    policy: str
    inbox: Shown
    main: Shown
    hands: Hands
    kept: Hands
    cursor: str | None = None
    state: frozenset[StoredObject] = frozenset()
    is_owed: bool = False
    away: list[Callable[[], object]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.connection.execute("drop table if exists omics.file")
        self.connection.execute("delete from ops.load where relation = 'omics.file'")
        with self.connection.transaction():
            fit(self.connection, FILES)

    def put(self, path: str, content: bytes, written: datetime | None = MONDAY) -> None:
        self.hands.put(path, content)
        self.inbox.times[path] = written

    def look(self, settled: timedelta = timedelta()) -> catalogue.Outcome:
        look = catalogue.Round(collection(self.policy), self.inbox, self.main, "v1", settled)
        author = catalogue.Author(f"run-{next(_number)}", "v1")
        return catalogue.register(self.connection, look, author, allow_shrink=1.0)

    def tick(self) -> bool:
        """Let the sensor look; whether it asks for a run."""
        _INBOXES["INBOX"] = self.inbox
        with dg.build_sensor_context(
            cursor=self.cursor, resources={"stores": _Given(url="unused")}
        ) as context:
            told = SENSOR.evaluate_tick(context)
        self.cursor = told.cursor
        return bool(told.run_requests)

    def rows(self) -> dict[str, Row]:
        """Path → what is registered of it; no path twice."""
        found = self.registered().select("path", "version", "sha256", "is_present").rows()
        assert len(dict.fromkeys(path for path, *_ in found)) == len(found)
        return {path: Row(*row) for path, *row in found}

    def registered(self) -> pl.DataFrame:
        return read(self.connection, FILES)

    def ever_named(self) -> set[str]:
        """Every location that a row names or has named."""
        return {
            place
            for (place,) in self.connection.execute("select location from omics.file").fetchall()
        }

    def lying(self) -> dict[str, str]:
        """Path → hash of what lies in the inbox and is finished."""
        found = self.hands.lying().items()
        return {path: sha256(content) for path, content in found if path != UNFINISHED}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


FIT = {sha256(each) for each in (b"one", b"two", b"six", READS)}
"""Contents that are kept, under whatever name that does not say they are something else."""


def is_kept(path: str, sha: str) -> bool:
    """Whether a content under this name goes into the main store."""
    return sha in FIT and (sha == sha256(READS) or not path.endswith(".gz"))


def is_as_it_says(world: World) -> None:
    """Every copy is whole where its row says, and each content has one."""
    kept = world.kept.lying()
    copies = {world.main.url(key): sha256(content) for key, content in kept.items()}
    places = set[tuple[str, str]]()
    for row in world.registered().iter_rows(named=True):
        is_copied = row["location"].startswith(world.main.url("omics"))
        assert is_copied or row["is_present"] or row["status"] == "vanished"
        if is_copied:
            assert copies[row["location"]] == row["sha256"]
            places.add((row["sha256"], row["location"]))
        else:
            assert world.policy == "register" or not is_fit(row)
            # What was taken away since is found by the next look.
            assert row["location"] == world.inbox.url(row["path"])
    assert len(dict(places)) == len(places)
    world.seen["copies that no row names"] += len(copies.keys() - world.ever_named())


def is_lost_nowhere(world: World, files: Mapping[str, bytes]) -> bool:
    """Every file lies in the inbox or is kept, whole, and every row is as it says."""
    is_as_it_says(world)
    lying, kept = world.hands.lying(), [*world.kept.lying().values()]
    return all(lying.get(path) == content or content in kept for path, content in files.items())


def told(world: World) -> list[tuple[object, ...]]:
    """What matters of each row."""
    columns = ("path", "version", "sha256", "status", "fault", "is_present")
    return world.registered().select(columns).rows()


def is_one_chain(connection: psycopg.Connection) -> None:
    """The versions of each path count its contents, one after the other."""
    found = connection.execute(
        "select path, version, sha256 from omics.file order by path, _valid_from"
    ).fetchall()
    for _, rows in itertools.groupby(found, lambda row: row[0]):
        chain = [(version, sha) for _, version, sha in rows]
        assert chain[0][0] == 1
        for (before, old), (after, new) in itertools.pairwise(chain):
            assert after - before == (old != new)


@contextlib.contextmanager
def between(world: World, at: int, happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen at the so-manieth moment of what the stores are asked."""
    moments = itertools.count(1)

    def moment() -> None:
        if next(moments) == at:
            happens()

    world.inbox.between = world.main.between = moment
    try:
        yield
    finally:
        world.inbox.between = world.main.between = lambda: None


def opened(kind: str, folder: Path, endpoints: Callable[[str], str]) -> tuple[Store, Hands]:
    """A new empty store of a kind (folder, moto, s3rver, azurite), and who else writes there."""
    if kind == "folder":
        folder.mkdir(parents=True)
        store: Store = open_store(str(folder))
        return store, Hands(store, "")
    made = {"moto": new_bucket, "s3rver": new_signed_bucket, "azurite": new_container}[kind]
    endpoint = endpoints(kind)
    store = made(endpoint)
    return store, Hands(store, endpoint)
