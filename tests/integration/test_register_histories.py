"""The register and its sensor against a model, on all stores: nothing missed, nothing twice.

A history is a random sequence of what happens in an inbox and of looks at it. After each look the
register is what the model says; one that is broken off leaves each file as before or as after it.
"""

import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from inbox_world import (
    CONTENTS,
    MONDAY,
    PATHS,
    UNFINISHED,
    Row,
    Shown,
    World,
    between,
    is_as_it_says,
    is_kept,
    is_one_chain,
    opened,
)

from omics_orchestrator.catalogue import keeping
from omics_orchestrator.errors import OmicsError, StoreError
from omics_orchestrator.orchestration.automation import SETTLED
from omics_orchestrator.stores import _remote
from tests.conftest import in_chunks
from tests.contracts.conftest import azurite, moto, s3rver

__all__ = ["azurite", "moto", "s3rver"]
HISTORIES, CHUNKS, MOST_STEPS, MOST_MOMENTS = 9, 3, 14, 60
POLICIES = ("copy", "move", "register")
# Where files arrive, and where they are kept.
STORES = [
    "folder, folder",
    *(
        pytest.param(pair, marks=pytest.mark.proof)
        for pair in (
            "moto, moto",
            "azurite, azurite",
            "s3rver, s3rver",
            "folder, moto",
            "folder, azurite",
            "moto, azurite",
        )
    ),
]


class BrokenOffError(BaseException):
    """The process ends here."""


def break_off() -> None:
    raise BrokenOffError


def something_is_put(world: World) -> None:
    to_come = datetime.now(UTC) + timedelta(days=1)
    earlier = MONDAY - timedelta(seconds=world.chance.randrange(10**6))
    when = world.chance.choice([MONDAY, MONDAY, MONDAY, None, to_come, earlier])
    world.put(world.chance.choice(PATHS), world.chance.choice(CONTENTS), when)


def something_is_taken_away(world: World) -> None:
    if lying := sorted(world.lying()):
        world.away.append(world.hands.take(world.chance.choice(lying)))


def something_comes_back(world: World) -> None:
    if world.away:
        world.away.pop()()


def something_settles(world: World) -> None:
    world.inbox.times[world.chance.choice(PATHS)] = MONDAY


def something_unfinished_is_put(world: World) -> None:
    world.hands.put(UNFINISHED, world.chance.choice(CONTENTS))


def late(world: World) -> set[str]:
    """Keys that a listing does not have yet."""
    return set(world.chance.sample(PATHS, world.chance.choice([0, 0, 1, 2])))


def a_night_passes(world: World) -> None:
    world.inbox.hidden = late(world)
    looked_through(world, timedelta(), world.chance.choice([None, None, break_off]))
    # The sensor does not know what a listing kept from the night.
    world.is_owed |= bool(world.inbox.hidden)


def the_sensor_looks(world: World) -> None:
    world.inbox.hidden = late(world)
    if asks(world):
        shown = world.inbox.hidden
        world.inbox.hidden = world.chance.choice([shown, shown, late(world)])
        happens = world.chance.choice([None, None, break_off])
        whole = looked_through(world, SETTLED, happens)
        world.is_owed |= not whole or world.inbox.hidden != shown


def one_is_written_over_in_the_same_second(world: World) -> None:
    for content in world.chance.sample(CONTENTS[:3], 3):
        world.put("a", content)
        the_sensor_looks(world)


def an_edit_in_between(world: World) -> None:
    def edit() -> None:
        world.chance.choice([something_is_put, something_is_taken_away])(world)
        world.seen["edited while it was looked through"] += 1

    world.inbox.hidden = set()
    looked_through(world, timedelta(), edit)


def asks(world: World) -> bool:
    """Let the sensor look: it asks if what it sees is not what it saw, and only then."""
    now = datetime.now(UTC)
    state = frozenset(each for each in world.inbox.list() if each.is_settled(now, SETTLED))
    asked = world.tick()
    assert asked == (state != world.state)
    world.state = state
    world.seen["asked" if asked else "nothing to ask for"] += 1
    return asked


def looked_through(
    world: World, settled: timedelta, happens: Callable[[], None] | None = None
) -> bool:
    """Look once, perhaps while something happens, and compare; whether the look came to its end."""
    before, lying = world.rows(), world.lying()
    young = {path for path in lying if settled and not world.inbox.times[path]}
    listed = {path: sha for path, sha in lying.items() if path not in world.inbox.hidden | young}
    waiting = young - world.inbox.hidden
    registered = expected(before, listed, waiting)
    moment = world.chance.randint(1, MOST_MOMENTS) if happens else 0
    is_whole = False
    try:
        with between(world, moment, happens or break_off):
            world.look(settled)
        is_whole = True
        world.seen["looked through"] += 1
    except BrokenOffError:
        world.seen["broken off"] += 1
    except OmicsError:
        if happens is None:
            raise
        world.seen["failed"] += 1
    now, left = world.rows(), world.lying()
    edited = {
        path for path in {*lying, *left} if left.get(path, lying.get(path)) != lying.get(path)
    }
    for path in {*before, *registered, *now} - edited:
        after = taken_out(world, path, registered.get(path), listed)
        allowed = [after] if is_whole else [before.get(path), registered.get(path), after]
        assert now.get(path) in allowed, path
    is_as_it_says(world)
    return is_whole


def expected(before: dict[str, Row], listed: dict[str, str], waiting: set[str]) -> dict[str, Row]:
    """What the register says when all that is listed is registered."""
    gone = {path: row._replace(is_present=False) for path, row in before.items()}
    same = {path: before[path] for path in waiting & before.keys()}
    found = {
        path: Row(
            before[path].version + (before[path].sha256 != sha) if path in before else 1, sha, True
        )
        for path, sha in listed.items()
    }
    return gone | same | found


def taken_out(world: World, path: str, row: Row | None, listed: dict[str, str]) -> Row | None:
    """What the register says of a path when what is kept was taken out of the inbox."""
    if row and world.policy == "move" and path in listed and is_kept(path, row.sha256):
        return row._replace(is_present=False)
    return row


def ends(world: World) -> None:
    """All is settled and listed: the sensor alone brings the register to what lies there."""
    world.inbox.hidden = set()
    for path in PATHS:
        world.inbox.times[path] = world.inbox.times.get(path) or MONDAY
    for _ in range(3):
        if asks(world):
            assert looked_through(world, SETTLED)
    if world.is_owed:
        assert looked_through(world, timedelta())
    rows, lying = world.rows(), world.lying()
    assert {path: row.sha256 for path, row in rows.items() if row.is_present} == lying
    if world.policy == "move":
        assert not any(is_kept(path, sha) for path, sha in lying.items())
    is_one_chain(world.connection)
    assert not world.look().changed
    asks(world)
    assert not asks(world)


KINDS = {
    something_is_put: 6,
    something_is_taken_away: 2,
    something_comes_back: 1,
    something_settles: 1,
    something_unfinished_is_put: 1,
    a_night_passes: 3,
    the_sensor_looks: 4,
    one_is_written_over_in_the_same_second: 1,
    an_edit_in_between: 1,
}


def play(world: World) -> None:
    """Play one history, whatever it is."""
    for _ in range(world.chance.randint(0, 4)):
        something_is_put(world)
    steps = world.chance.choices([*KINDS], [*KINDS.values()], k=world.chance.randint(1, MOST_STEPS))
    for step in steps:
        step(world)
        world.seen[step.__name__] += 1
    ends(world)
    world.seen["histories"] += 1


@pytest.fixture
def making(
    request: pytest.FixtureRequest,
    connection: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str, int], World]:
    """Gives the world of a history, which is that of its number."""

    def make(stores: str, number: int) -> World:
        (inbox, hands), (main, kept) = (
            opened(kind, tmp_path / str(number) / name, request.getfixturevalue)
            for name, kind in zip(("inbox", "main"), stores.split(", "), strict=True)
        )
        chance, policy = random.Random(number), POLICIES[number % len(POLICIES)]
        # Three bytes may be a large file, which is sent while it is read, and in parts.
        monkeypatch.setattr(keeping, "_SMALL_BYTES", chance.choice([0, 8 << 20]))
        monkeypatch.setattr(_remote, "_ONE_REQUEST", chance.choice([0, 256 << 20]))
        return World(connection, chance, policy, Shown(inbox), Shown(main), hands, kept)

    return make


@pytest.mark.parametrize("stores", STORES)
@in_chunks(CHUNKS)
def test_the_register_says_what_lies_in_the_inbox(
    making: Callable[[str, int], World],
    request: pytest.FixtureRequest,
    stores: str,
    chunk: int,
) -> None:
    seen = Counter[str]()
    for number in range(chunk * HISTORIES, (chunk + 1) * HISTORIES):
        world = making(stores, number)
        try:
            play(world)
        except BaseException as error:
            error.add_note(f"in history {number} with {stores}, {world.policy}")
            raise
        seen += world.seen
    request.node.user_properties.append(("seen", dict(seen)))
    assert seen["histories"] == HISTORIES
    wanted = {kind.__name__ for kind in KINDS} | {"asked", "broken off"}
    assert chunk or not wanted - {*seen}


@pytest.mark.parametrize("small_bytes", [0, 8 << 20], ids=["large", "small"])
def test_a_false_copy_that_a_look_left_behind_is_not_believed(
    making: Callable[[str, int], World], monkeypatch: pytest.MonkeyPatch, small_bytes: int
) -> None:
    world = making("folder, folder", 0)
    monkeypatch.setattr(keeping, "_SMALL_BYTES", small_bytes)
    world.put("a", b"one")
    for moment in itertools.count(1):
        with pytest.raises(BrokenOffError), between(world, moment, break_off):
            world.look()
        if world.kept.lying():
            break
    assert not world.rows()
    [copy] = world.kept.lying()
    world.kept.put(copy, b"oNe")
    with contextlib.suppress(StoreError):
        world.look()
    is_as_it_says(world)
