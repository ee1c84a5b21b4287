"""A look that is killed, loses its warehouse or fills the disk: nothing lost, the next goes on."""

import contextlib
import random
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from broken_looks import AGAIN, DONE, LARGE_BYTES, REFUSED, look
from inbox_world import READS, Shown, World, is_lost_nowhere, opened, told

from omics_orchestrator.stores import open_store
from tests.conftest import in_chunks
from tests.contracts.conftest import azurite, moto

__all__ = ["azurite", "moto"]
LARGE = random.Random(0).randbytes(3 * LARGE_BYTES)
IN_PARTS = random.Random(0).randbytes(11 << 20)
CHUNKS, UPLOAD_CHUNKS, PER_CHUNK = 12, 4, 4
KILLED, UNSERVED = ("killed", {-signal.SIGKILL}), ("without its warehouse", {AGAIN, DONE})


class Desk:
    """Gives inboxes with the same files, and looks through them in a process of its own.

    What is kept is moved: no other policy has more to lose.
    """

    def __init__(self, connection: psycopg.Connection, warehouse: str, folder: Path) -> None:
        self._connection, self._warehouse, self._folder = connection, warehouse, folder
        self._number = 0

    def start(
        self,
        main: str = "folder",
        endpoint: str = "",
        large: bytes = LARGE,
        room: Path | None = None,
    ) -> World:
        self._number += 1
        self.files = {
            "a": b"one",
            "run/b": b"one",
            "run 1/ž.fastq.gz": READS,
            "empty": b"",
            "large": large,
        }
        here = self._folder / str(self._number)
        inbox, hands = opened("folder", here / "inbox", str)
        store, kept = opened(main, (room or here) / "main", lambda _: endpoint)
        self._doors = hands.door, kept.door
        chance = random.Random(0)
        self.world = World(
            self._connection, chance, "move", Shown(inbox), Shown(store), hands, kept
        )
        for path, content in self.files.items():
            self.world.put(path, content)
        return self.world

    def look(self, event: str = "", at: int = 0) -> tuple[int, int]:
        return look(self._warehouse, self._doors, event, at)

    def undisturbed(self) -> tuple[list[tuple[object, ...]], int]:
        """What a look registers to which nothing happens, and its steps."""
        ended, steps = self.look()
        assert ended == DONE
        return told(self.world), steps

    def goes_on(self, undisturbed: list[tuple[object, ...]]) -> None:
        """The next look ends as if nothing had happened, and nothing is left over."""
        assert is_lost_nowhere(self.world, self.files)
        assert self.look()[0] == DONE
        assert told(self.world) == undisturbed
        address, credentials = self._doors[1]
        open_store(address, **credentials).abort_unfinished(timedelta(-1))
        self.world.seen.clear()
        assert is_lost_nowhere(self.world, self.files)
        assert not self.world.seen["copies that no row names"]


@pytest.fixture
def desk(connection: psycopg.Connection, warehouse: str, tmp_path: Path) -> Desk:
    return Desk(connection, warehouse, tmp_path)


@pytest.mark.parametrize(("event", "ends"), [KILLED, UNSERVED])
@in_chunks(CHUNKS)
def test_a_look_may_end_at_any_step(desk: Desk, event: str, ends: set[int], chunk: int) -> None:
    desk.start()
    undisturbed, steps = desk.undisturbed()
    for number in range(PER_CHUNK):
        desk.start()
        ended, _ = desk.look(event, step_of(number * CHUNKS + chunk, CHUNKS, steps))
        assert ended in ends
        desk.goes_on(undisturbed)


@pytest.mark.proof
@pytest.mark.parametrize("server", ["moto", "azurite"])
@pytest.mark.parametrize("chunk", range(UPLOAD_CHUNKS))
def test_an_upload_in_parts_may_end_at_any_step(
    request: pytest.FixtureRequest, desk: Desk, server: str, chunk: int
) -> None:
    endpoint = request.getfixturevalue(server)
    desk.start(server, endpoint, IN_PARTS)
    undisturbed, steps = desk.undisturbed()
    for number in range(PER_CHUNK):
        desk.start(server, endpoint, IN_PARTS)
        step = step_of(number * UPLOAD_CHUNKS + chunk, UPLOAD_CHUNKS, steps)
        ended, _ = desk.look("killed", step)
        assert ended in KILLED[1]
        desk.goes_on(undisturbed)


def step_of(number: int, chunks: int, steps: int) -> int:
    """Steps that lie evenly between the first one and the last that is surely reached."""
    return 1 + number * (steps * 9 // 10) // (PER_CHUNK * chunks)


@pytest.mark.parametrize("room", [0, 50, 2 * LARGE_BYTES])
def test_a_file_that_may_not_grow_is_told_and_loses_nothing(desk: Desk, room: int) -> None:
    desk.start()
    undisturbed, _ = desk.undisturbed()
    desk.start()
    assert desk.look("on a full disk", room)[0] == REFUSED
    desk.goes_on(undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={2 * LARGE_BYTES}", "none", disk]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    with contextlib.ExitStack() as after:
        after.callback(subprocess.run, ["umount", disk], check=True)
        yield disk


def test_a_full_disk_is_told_and_loses_nothing(desk: Desk, small_disk: Path) -> None:
    desk.start()
    undisturbed, _ = desk.undisturbed()
    desk.start(room=small_disk)
    assert desk.look()[0] == REFUSED
    subprocess.run(["mount", "-o", "remount,size=10m", small_disk], check=True)
    desk.goes_on(undisturbed)
