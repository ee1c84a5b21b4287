"""A mirror is never wrong without saying so, whatever people and servers do: 1,000 histories.

A history is made from its number alone: `play(world, number)` shows the one that failed again.
"""

import random
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_edits import OF_DEFINITION, OF_RECORDS, OF_TIME, edit
from mirror_world import FORMS, STRUCTURES, World, world

from omics_orchestrator.demo.redcap.faults import Fault, Kind, lift, script
from omics_orchestrator.errors import OmicsError
from omics_orchestrator.sources import redcap
from tests.conftest import in_chunks
from tests.unit.sources.asked import redcap as asking

CHUNKS, HISTORIES = 6, 170
assert CHUNKS * HISTORIES >= 1000
_MOST_REQUESTS = 14
_CONTENT = {
    Kind.DROPPED_RECORDS: "record",
    Kind.MISSING_FIELDS: "record",
    Kind.LOG_WITHOUT_DELETES: "log",
}
_ARGUMENTS = {
    Kind.SLOW: "0.01",
    Kind.LIMIT: "5",
    Kind.MISSING_FIELDS: "weight,dose",
    Kind.BAN: "403",
}
KINDS = OF_RECORDS * 3 + OF_TIME * 3 + OF_DEFINITION


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("mirror")) as running:
        yield running


def play(project: World, number: int) -> None:
    """Live through one history: after each sync the mirror is right, or the sync had failed."""
    try:
        _play(project, random.Random(number), tuple(Kind)[number % len(Kind)])
    except BaseException as failure:
        failure.add_note(f"history {number}, a project of {project.structure}")
        raise


def _play(project: World, chance: random.Random, kind: Kind) -> None:
    faultily = partial(under_a_fault, kind=kind)
    project.begin(chance.choice(sorted(STRUCTURES)), chance)
    for _ in range(chance.choice((1, 1, 1, 2))):
        for _ in range(chance.randint(1, 4)):
            edit(project, KINDS)
        way = chance.choice((quietly, faultily, faultily, while_edited))
        if not way(project):
            edit(project, KINDS)
            quietly(project)
    if chance.random() < 0.1:
        is_as_read_anew(project)


def quietly(project: World) -> bool:
    # Where nothing is left, the mirror cannot know that the token sees all, and a person must say.
    is_emptied = bool(project.definition.groups) and not project.rows()
    mirrored = project.sync(everything=is_emptied)
    project.check()
    assert mirrored.unannounced == 0
    return True


def under_a_fault(project: World, kind: Kind) -> bool:
    """Sync while the server has a fault; tell whether the mirror is right now."""
    once_only = kind is Kind.DROPPED_RECORDS
    fault = Fault(
        kind,
        content=_CONTENT.get(kind, ""),
        after=project.chance.randint(0, _MOST_REQUESTS),
        count=1 if once_only else project.chance.choice((1, 1, 2, 0)),
        argument=_ARGUMENTS.get(kind, ""),
    )
    script(project.server.database, fault)
    project.seen[kind] += 1
    said = project.seen["said so"]
    try:
        project.sync()
    except OmicsError:
        project.seen["failed"] += 1
        return False
    finally:
        lift(project.server.database)
    if project.seen["said so"] > said:
        return False
    project.check()
    return True


def while_edited(project: World) -> bool:
    """Sync while people go on editing; which moment it shows, only the next sync settles."""
    left = [project.chance.randint(1, _MOST_REQUESTS)]

    def edited_in_between() -> None:
        left[0] -= 1
        if left[0] == 0:
            edit(project, OF_RECORDS)

    project.seen["edited while it was read"] += 1
    try:
        project.sync(edited_in_between)
    except OmicsError:
        project.seen["failed"] += 1
    return False


def is_as_read_anew(project: World) -> None:
    """Compare the tables with a full fresh read, the order of their rows included."""
    request = asking(*FORMS, one_group=project.structure == "one group")
    anew = redcap.read(project.client(), request).tables
    said = project.mirrored()
    for form in FORMS:
        assert said[form].equals(anew[form])
    project.seen["read anew"] += 1


@in_chunks(CHUNKS)
def test_the_mirror_is_what_the_project_is_or_says_that_it_is_not(
    project: World, chunk: int
) -> None:
    project.seen.clear()
    for number in range(chunk * HISTORIES, (chunk + 1) * HISTORIES):
        play(project, number)
        project.seen["histories"] += 1
    missed = {kind.__name__ for kind in KINDS} - {*project.seen}
    assert not missed
    assert not {*Kind} - {*project.seen}
    assert project.seen["histories"] == HISTORIES
    for outcome in ("full", "incremental", "failed", "read anew", "edited while it was read"):
        assert project.seen[outcome] > 0


@settings(max_examples=20, deadline=None, derandomize=False)
@given(number=st.integers(min_value=CHUNKS * HISTORIES, max_value=2**63))
def test_a_history_that_nobody_has_seen_before_ends_as_well(project: World, number: int) -> None:
    play(project, number)
