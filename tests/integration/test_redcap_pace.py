"""No server is asked more often than it bears, however many runs ask it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import monotonic

import psycopg
import pytest
from scripted_redcap import Answer, Scripted, scripted

from omics_orchestrator.errors import TransientError
from omics_orchestrator.sources import redcap
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.pace import AT_ONCE, reserve
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
MOST_A_MINUTE = 600
RUNS, EACH = 4, 400


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Scripted()) as server:
        yield server


def starts(warehouse: str, server: str, number: int) -> list[float]:
    """When each of so many requests of one run may start, in seconds."""
    with connect(warehouse) as connection:
        return [reserve(connection, server) + monotonic() for _ in range(number)]


def most_in_a_minute(times: list[float]) -> int:
    """The most starts within any 60 seconds."""
    ordered = sorted(times)
    first, most = 0, 0
    for last, time in enumerate(ordered):
        while time - ordered[first] >= 60:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_runs_that_ask_as_fast_as_they_can_stay_below_the_servers_limit_together(
    warehouse: str,
) -> None:
    with ThreadPoolExecutor(RUNS) as runs:
        of_each = list(runs.map(lambda _: starts(warehouse, "one:443", EACH), range(RUNS)))
    together = [time for times in of_each for time in times]
    assert max(together) - min(together) > 120
    assert 0.5 * MOST_A_MINUTE < most_in_a_minute(together) <= MOST_A_MINUTE
    assert all(earlier <= later for times in of_each for earlier, later in pairwise(times))


def test_an_idle_server_is_asked_at_once_but_never_in_a_flood(
    warehouse: str, connection: psycopg.Connection
) -> None:
    starts(warehouse, "one:443", 3)
    connection.execute("update ops.request_pace set due = due - interval '1 hour'")
    waits = [reserve(connection, "one:443") for _ in range(4 * AT_ONCE)]
    assert waits[:AT_ONCE] == [0] * AT_ONCE
    assert waits[-1] > 10


def test_two_servers_do_not_wait_for_each_other(
    warehouse: str, connection: psycopg.Connection
) -> None:
    starts(warehouse, "one:443", 2 * AT_ONCE)
    assert reserve(connection, "one:443") > 0
    assert reserve(connection, "other:443") == 0


def test_every_request_waits_for_its_own_turn_and_those_tried_again_too(server: Scripted) -> None:
    turns: list[int] = []
    fault = Answer("", 503)
    server.fault = lambda content, _arrays: (
        fault if content == "record" and len(server.posted) % 3 else None
    )
    client = redcap.connect(
        server.url, TOKEN, **PLACE, first_wait=0, pace=lambda: turns.append(len(server.posted))
    )
    redcap.read(client, asking("base"))
    assert turns == list(range(len(server.posted)))


def test_a_request_whose_turn_never_comes_is_not_sent(server: Scripted) -> None:
    def refuse() -> None:
        raise TransientError("the warehouse is away", mend="start it.")

    client = redcap.connect(server.url, TOKEN, **PLACE, first_wait=0, pace=refuse)
    with pytest.raises(TransientError, match="the warehouse is away"):
        redcap.read(client, asking("base"))
    assert server.posted == []
