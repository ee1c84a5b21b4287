"""Whatever request of a look goes wrong, nothing is lost or half registered, and the next goes on."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from faulty_relay import FAULTS, relayed
from inbox_world import READS, Shown, World, is_lost_nowhere, opened, told

from omics_orchestrator.catalogue import keeping
from omics_orchestrator.errors import TransientError
from omics_orchestrator.stores import _remote
from tests.contracts.conftest import azurite, moto

__all__ = ["azurite", "moto"]
LARGE = random.Random(0).randbytes(300_000)
FILES = {"a": b"one", "run/b": b"one", "run 1/ž.fastq.gz": READS, "empty": b"", "large": LARGE}
FOR_EVER = 10**9


class Case(NamedTuple):
    """What goes wrong at a server, for how many requests, and with which of them it begins."""

    server: str
    fault: str
    lasts: int
    every: int


EVERYTHING = [
    pytest.param(Case(server, fault, lasts, every=3), marks=pytest.mark.proof)
    for server in ("moto", "azurite")
    for fault in FAULTS
    for lasts in (1, FOR_EVER)
]
SOME = [
    Case("moto", "slow down", FOR_EVER, every=23),
    Case("moto", "reset", FOR_EVER, every=17),
    Case("moto", "answer lost", 1, every=19),
    Case("moto", "spoilt", FOR_EVER, every=21),
]


@pytest.mark.parametrize("case", [*SOME, *EVERYTHING], ids=str)
def test_any_request_may_go_wrong(
    request: pytest.FixtureRequest,
    starting: Callable[[str, str], World],
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
) -> None:
    monkeypatch.setitem(_remote.RETRIES, "max_retries", 1)
    monkeypatch.setattr(keeping, "_SMALL_BYTES", 100_000)
    outcomes = Counter[str]()
    with relayed(request.getfixturevalue(case.server)) as (relay, endpoint):
        world = starting(case.server, endpoint)
        relay.tell("")
        world.look()
        requests, undisturbed = relay.count, told(world)
        for at in range(case.every // 2 + 1, requests + 1, case.every):
            world = starting(case.server, endpoint)
            relay.tell(case.fault, at, case.lasts)
            try:
                world.look()
            except TransientError:
                outcomes["to be run again"] += 1
            relay.tell("")
            assert is_lost_nowhere(world, FILES)
            world.look()
            assert told(world) == undisturbed
            world.seen.clear()
            assert is_lost_nowhere(world, FILES)
            assert not world.seen["copies that no row names"]
    # What passes is waited for; nothing that lasts looks as if it had gone well.
    if case.lasts == FOR_EVER:
        assert outcomes["to be run again"] > 0
    elif case.fault == "slow down":
        assert outcomes["to be run again"] == 0


@pytest.fixture
def starting(connection: psycopg.Connection, tmp_path: Path) -> Callable[[str, str], World]:
    """Gives a new inbox with files on a server; what is kept is moved."""

    def start(server: str, endpoint: str) -> World:
        (inbox, hands), (main, kept) = (opened(server, tmp_path, lambda _: endpoint) for _ in "12")
        world = World(connection, random.Random(0), "move", Shown(inbox), Shown(main), hands, kept)
        for path, content in FILES.items():
            world.put(path, content)
        return world

    return start
