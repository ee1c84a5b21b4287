"""When a mirror reads everything, what it refuses, and what it finds out about itself."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from mirror_edits import LOOK_ALIKE
from mirror_world import STRUCTURES, World, world
from redcap_service import TOKEN

from omics_orchestrator import mirror
from omics_orchestrator.demo.redcap import store as stored
from omics_orchestrator.demo.redcap.faults import Fault, Kind, lift, script
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights
from omics_orchestrator.errors import SourceError, TransientError


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("mirror")) as running:
        yield running


@pytest.fixture
def project(shared_world: World) -> Iterator[World]:
    """A mirrored project with groups and repeating forms."""
    shared_world.begin("groups", random.Random(1))
    yield shared_world
    lift(shared_world.server.database)


def put(project: World, data: str) -> None:
    project.now += timedelta(minutes=1)
    project.ask(content="record", data=data)


def rights(project: World, changed: Rights) -> None:
    with project.writing() as (connection, there):
        stored.put_member(connection, there.id, changed)


def read(mirrored: mirror.Mirrored) -> tuple[str | int, ...]:
    return mirrored.report["records_read"], mirrored.report["records_gone"]


def test_only_what_changed_is_read_again(project: World) -> None:
    put(project, '[{"participant": "2", "sex": "1"}, {"participant": "new", "sex": "1"}]')
    project.ask(content="record", action="delete", records=["10"])
    assert read(project.sync()) == (2, 1)
    project.check()


def test_a_full_read_comes_after_as_many_days_as_the_study_file_says(project: World) -> None:
    project.now += timedelta(days=6, hours=23)
    assert "what changed" in str(project.sync().report["read"])
    project.now += timedelta(hours=1)
    assert "7 days old" in str(project.sync().report["read"])
    project.now += timedelta(days=1)
    assert "what changed" in str(project.sync().report["read"])


def test_a_person_may_ask_for_everything(project: World) -> None:
    mirrored = project.sync(everything=True)
    assert read(mirrored) == (4, 0)
    assert mirrored.unannounced == 0


def test_a_change_that_nothing_announced_is_found_and_counted_by_the_next_full_read(
    project: World,
) -> None:
    with project.writing() as (connection, there):
        key = stored.RowKey("2", "", "", 0)
        stored.put_row(connection, there.id, key, {"sex": "1"})
    assert project.sync().unannounced == 0
    mirrored = project.sync(everything=True)
    assert mirrored.unannounced == mirrored.report["records_that_changed_unannounced"] == 1
    project.check()


def test_a_new_record_that_came_without_a_date_is_found(project: World) -> None:
    with project.writing() as (connection, there):
        key = stored.RowKey("by file", "", "visits", 3)
        stored.put_row(connection, there.id, key, {"dose": "5"})
    assert read(project.sync()) == (1, 0)
    project.check()


@pytest.mark.parametrize("number", range(1, len(LOOK_ALIKE)))
def test_names_that_look_alike_are_never_taken_for_each_other(project: World, number: int) -> None:
    one, other = LOOK_ALIKE[number - 1 : number + 1]
    create(project.server.database, TOKEN, STRUCTURES["classic"], [
        {"participant": name, "weight": str(place)} for place, name in enumerate((one, other))
    ])  # fmt: skip
    project.past = {}
    project.sync()
    project.ask(content="record", action="delete", records=[one])
    assert read(project.sync()) == (0, 1)
    project.check()


def test_a_token_that_may_not_read_the_log_does_as_well(project: World) -> None:
    rights(project, Rights("api_user", logging=False))
    put(project, '[{"participant": "2", "sex": "1"}]')
    project.ask(content="record", action="delete", records=["1"])
    assert read(project.sync()) == (1, 1)
    project.check()


@pytest.mark.parametrize("kind", [Kind.TIMEOUT, Kind.EMPTY_500, Kind.FORBIDDEN, Kind.HTML_200])
def test_a_log_that_the_server_cannot_give_does_not_matter(project: World, kind: Kind) -> None:
    script(project.server.database, Fault(kind, content="log", count=0))
    put(project, '[{"participant": "2", "sex": "1"}]')
    assert read(project.sync()) == (1, 0)
    project.check()


def test_a_ban_met_at_the_log_is_no_missing_right(project: World) -> None:
    script(project.server.database, Fault(Kind.BAN, content="log", count=0))
    with pytest.raises(SourceError, match="has banned this machine"):
        project.sync()


@pytest.mark.parametrize("content", ["record", "metadata", "project", "repeatingFormsEvents"])
def test_a_failed_sync_leaves_the_mirror_as_it_was(project: World, content: str) -> None:
    before = dict(project.past)
    put(project, '[{"participant": "2", "sex": "1"}]')
    script(project.server.database, Fault(Kind.EMPTY_500, content=content, count=0))
    with pytest.raises(TransientError):
        project.sync()
    assert project.past == before
    lift(project.server.database)
    assert read(project.sync()) == (1, 0)
    project.check()


@pytest.mark.parametrize("after", range(4))
def test_a_record_that_a_list_dropped_is_not_taken_for_deleted_or_unchanged(
    project: World, after: int
) -> None:
    put(project, '[{"participant": "10", "sex": "1"}]')
    fault = Fault(Kind.DROPPED_RECORDS, content="record", after=after, argument="10")
    script(project.server.database, fault)
    assert read(project.sync()) == (1, 0)
    project.check()


def test_a_list_that_never_settles_fails_the_sync(project: World) -> None:
    faults = [
        Fault(Kind.DROPPED_RECORDS, content="record", after=after, argument="10")
        for after in range(0, 8, 2)
    ]
    script(project.server.database, *faults)
    with pytest.raises(TransientError, match="lists other records each time"):
        project.sync()


def test_changed_rights_lead_to_a_full_read_and_accuse_nobody(project: World) -> None:
    rights(project, Rights("api_user", export_levels={"visits": ExportLevel.DE_IDENTIFIED}))
    mirrored = project.sync()
    assert "the token's rights changed" in str(mirrored.report["read"])
    assert mirrored.unannounced == 0


def test_a_token_of_one_group_is_refused_unless_the_study_file_means_it(project: World) -> None:
    put(project, '[{"participant": "1", "redcap_data_access_group": "north"}]')
    rights(project, Rights("api_user", group="north"))
    with pytest.raises(SourceError, match="of one data access group only") as refused:
        project.sync(everything=True)
    assert "one_group: true" in refused.value.mend
    project.begin("one group", random.Random(1))
    project.check()


@pytest.mark.parametrize("group", ["south", "north"])
def test_records_that_a_token_no_longer_sees_are_not_taken_for_deleted(
    project: World, group: str
) -> None:
    put(project, '[{"participant": "1", "redcap_data_access_group": "north"}]')
    rights(project, Rights("api_user", group=group, data_access_groups=False))
    with pytest.raises(SourceError, match=r"saw all records before; now it sees \d") as refused:
        project.sync()
    assert "Data Access Groups" in refused.value.mend
    assert project.sync(everything=True).report["records_read"] == (group == "north")


def test_a_firewall_before_the_list_of_groups_is_no_missing_right(project: World) -> None:
    script(project.server.database, Fault(Kind.FORBIDDEN, content="dag", count=0))
    with pytest.raises(SourceError, match="something before REDCap refuses"):
        project.sync()


def test_a_token_that_opens_another_project_than_before_is_refused(
    project: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "D" * 32
    create(project.server.database, other, STRUCTURES["groups"], [])
    monkeypatch.setattr(World, "token", other)
    with pytest.raises(SourceError, match=r"opens project \d+, and project \d+ was read before"):
        project.sync()
