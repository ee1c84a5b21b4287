"""The mark by which a sensor knows an inbox again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.orchestration.automation import SETTLED, looked_at
from omics_orchestrator.stores import StoredObject

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
READS = StoredObject("reads/a.fastq.gz", 400, MONDAY, "e1")
SHEET = StoredObject("plate.xlsx", 20, MONDAY, None)
LATER = MONDAY + timedelta(days=400_000)


def fingerprint(listed: Iterable[StoredObject]) -> str:
    return looked_at(listed, LATER)[0]


@pytest.mark.parametrize(
    "changed",
    [
        replace(READS, key="reads/b.fastq.gz"),
        replace(READS, size=401),
        replace(READS, modified=MONDAY + timedelta(microseconds=1)),
        replace(READS, etag="e2"),
    ],
    ids=["key", "size", "time", "etag"],
)
def test_whatever_changes_of_a_file_changes_the_mark(changed: StoredObject) -> None:
    assert fingerprint([changed, SHEET]) != fingerprint([READS, SHEET])


def test_a_file_more_or_less_changes_the_mark() -> None:
    assert len({fingerprint([]), fingerprint([READS]), fingerprint([READS, SHEET])}) == 3


OBJECTS = st.builds(
    StoredObject,
    key=st.text(min_size=1),
    size=st.integers(0),
    modified=st.datetimes(timezones=st.just(UTC)),
    etag=st.none() | st.text(),
)


@given(st.lists(OBJECTS, unique_by=lambda each: each.key), st.randoms())
def test_the_order_of_a_listing_does_not_matter(listed: list[StoredObject], chance: Random) -> None:
    shuffled = list(listed)
    chance.shuffle(shuffled)
    assert fingerprint(shuffled) == fingerprint(listed)


def test_what_is_still_arriving_is_told_and_marked_by_nothing() -> None:
    almost = MONDAY + SETTLED - timedelta(microseconds=1)
    assert looked_at([READS], almost) == (fingerprint([]), True)
    assert looked_at([READS], MONDAY + SETTLED) == (fingerprint([READS]), False)
