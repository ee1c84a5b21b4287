"""A file that is on its way to the store while it is read: whole there, or nothing."""

import threading
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from omics_orchestrator.catalogue import _passing
from omics_orchestrator.catalogue._passing import Passing
from omics_orchestrator.errors import StoreError
from omics_orchestrator.stores import Store, open_store
from tests.unit.catalogue.bench import Watched

BLOCKS = [bytes([number]) * (300 << 10) for number in range(20)]
SIZE = sum(map(len, BLOCKS))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


class Slow(Watched):
    """A store that reads a little, and then waits until it is let go on, or refuses."""

    def __init__(self, store: Store, *, refuses: bool = False) -> None:
        super().__init__(store)
        self.may_go_on = threading.Event()
        self.refuses = refuses

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        assert not isinstance(content, bytes | Path)
        begun = content.read(1)
        if self.refuses:
            raise StoreError("the store denies access", mend="check the key's rights.")
        self.may_go_on.wait()
        return super().put(key, begun + content.read())


def test_what_passed_arrives_whole(store: Store) -> None:
    with Passing(store, "a/b", SIZE) as passing:
        for block in BLOCKS:
            passing.take(block)
        assert list(store.list()) == []
        assert passing.arrive()
    with store.open("a/b") as stream:
        assert stream.read() == b"".join(BLOCKS)


def test_nothing_arrives_that_was_turned_back(store: Store) -> None:
    with Passing(store, "a", SIZE) as passing:
        passing.take(BLOCKS[0])
        passing.turn_back()
        passing.take(BLOCKS[1])
    assert list(store.list()) == []


def test_nothing_arrives_when_the_reader_breaks_off(store: Store) -> None:
    def read() -> None:
        with Passing(store, "a", SIZE) as passing:
            passing.take(BLOCKS[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert list(store.list()) == []


def test_a_key_that_is_taken_stays_as_it_is(store: Store) -> None:
    store.put("a", b"before")
    with Passing(store, "a", SIZE) as passing:
        for block in BLOCKS:
            passing.take(block)
        assert not passing.arrive()
    with store.open("a") as stream:
        assert stream.read() == b"before"


def test_a_store_that_refuses_stops_nobody_who_still_reads(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_passing, "_AHEAD_BYTES", 1)
    with Passing(Slow(store, refuses=True), "a", SIZE) as passing:
        for block in BLOCKS:
            passing.take(block)
        with pytest.raises(StoreError, match="denies access"):
            passing.arrive()
    assert list(store.list()) == []


def test_a_reader_waits_for_a_slow_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passing, "_AHEAD_BYTES", 2 * len(BLOCKS[0]))
    slow = Slow(store)
    taken: list[int] = []
    with Passing(slow, "a", SIZE) as passing:

        def read() -> None:
            for number, block in enumerate(BLOCKS):
                passing.take(block)
                taken.append(number)

        reader = threading.Thread(target=read)
        reader.start()
        while len(taken) < 2:
            time.sleep(0.01)
        time.sleep(0.1)
        # The reader of the stream holds a part of what it asked for.
        assert len(taken) < 10
        slow.may_go_on.set()
        reader.join()
        assert passing.arrive()
    assert store.stat("a").size == SIZE
