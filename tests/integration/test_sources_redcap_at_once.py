"""Parts of a REDCap project that are asked for at once: what is read is as if each came in turn."""

import time
from collections.abc import Iterator
from itertools import count
from threading import Barrier, Event
from typing import Any

import pytest
from scripted_redcap import Answer, Scripted, scripted

from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, redcap
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
BAN = Answer("<html><body>Your address has been banned</body></html>")


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A project of five parts."""
    with scripted(Scripted(records=[f"{number:04d}" for number in range(2400)])) as server:
        yield server


def read(server: Scripted) -> Extract:
    return redcap.read(redcap.connect(server.url, TOKEN, **PLACE, first_wait=0), asking("base"))


def first_of_part(arrays: dict[str, list[str]]) -> str:
    """The first record that a call asks for; blank for a list and for the first look."""
    asked = arrays.get("records", [])
    return asked[0] if len(asked) > 1 else ""


def test_two_parts_are_asked_for_at_once(server: Scripted) -> None:
    both = Barrier(2, timeout=20)

    def meet(_content: str, arrays: dict[str, list[str]]) -> Answer | None:
        if first_of_part(arrays) in ("0000", "0500"):
            both.wait()
        return None

    server.fault = meet
    assert read(server).tables["base"].height == 2400


def test_a_part_that_comes_before_the_one_asked_for_first_is_put_behind_it(
    server: Scripted,
) -> None:
    second_came = Event()

    def hold_the_first(_content: str, arrays: dict[str, list[str]]) -> Answer | None:
        if first_of_part(arrays) == "0000":
            assert second_came.wait(20)
            time.sleep(0.1)
        if first_of_part(arrays) == "0500":
            second_came.set()
        return None

    server.fault = hold_the_first
    assert read(server).tables["base"]["id"].to_list() == server.records


def test_no_request_follows_a_ban_that_another_part_met(server: Scripted) -> None:
    is_banned, calls = Event(), count(1)
    last = 0

    def ban_the_second(_content: str, arrays: dict[str, list[str]]) -> Answer | None:
        nonlocal last
        if not first_of_part(arrays):
            return None
        last = next(calls)
        if first_of_part(arrays) == "0500":
            is_banned.set()
            return BAN
        assert is_banned.wait(20)
        time.sleep(0.3)
        return Answer("", 503)

    server.fault = ban_the_second
    with pytest.raises(SourceError, match="has banned this machine's address"):
        read(server)
    assert last == 2


def test_odd_bytes_are_counted_in_each_part(server: Scripted) -> None:
    def oddly(_content: str, arrays: dict[str, list[str]]) -> Answer | None:
        if not first_of_part(arrays):
            return None
        rows: list[dict[str, Any]] = server.rows(arrays)
        return Answer(Answer(rows).content.replace(b" of ", b" \xa0 "))

    server.fault = oddly
    extract = read(server)
    assert extract.scope["answers_not_utf8"] == 5
    assert extract.tables["base"].row(2399) == (
        "2399",
        *(f"{name} \xa0 2399" for name in ("sex", "age", "base_complete")),
    )
