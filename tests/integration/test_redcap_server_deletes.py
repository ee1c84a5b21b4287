"""Records deleted and renamed over real HTTP, whole and in part, with what the log tells of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redcap_service import Server, renew, running, study_of

from omics_orchestrator.demo.redcap.project import Event, ProjectDefinition

FIRST, SECOND, OTHER_ARM = "first_arm_1", "second_arm_1", "first_arm_2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("deletes") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    renew(server, study_of(tmp_path))
    server.put(
        {"participant": "1", "birth": "2000-01-01", "base_complete": "2"},
        *(visit("1", number) for number in (1, 2, 3)),
        {"participant": "2", "birth": "2000-01-01"},
    )
    return server


@pytest.fixture
def longitudinal(server: Server, tmp_path: Path) -> Server:
    events = (Event("First"), Event("Second"), Event("First", arm=2, arm_name="Arm 2"))
    renew(server, ProjectDefinition("Events", study_of(tmp_path).dictionary, events=events))
    for event in (FIRST, SECOND, OTHER_ARM):
        place = {"participant": "1", "redcap_event_name": event}
        server.put({**place, "birth": "2000-01-01", "note": "n", "base_complete": "1"})
    return server


def visit(record: str, instance: int) -> dict[str, Any]:
    place = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": instance}
    return {"participant": record, **place, "note": f"visit {instance}"}


def delete(server: Server, *records: str, **part: str) -> Any:
    form = {"content": "record", "action": "delete", "format": "json", **part}
    return server.post(records=list(records), **form)


def events(server: Server) -> list[str]:
    return [row["redcap_event_name"] for row in server.rows()]


def test_one_repeat_may_be_deleted(study: Server) -> None:
    assert delete(study, "1", instrument="visits", repeat_instance="2").text == "1"
    found = [row["note"] for row in study.rows() if row["redcap_repeat_instance"]]
    assert found == ["visit 1", "visit 3"]


def test_a_form_of_a_classic_project_may_be_deleted_with_the_rest_kept(study: Server) -> None:
    delete(study, "1", instrument="base")
    row = study.rows()[0]
    assert (row["birth"], row["base_complete"]) == ("", "0")
    assert len(study.rows()) == 5
    delete(study, "1", instrument="visits")
    assert len(study.rows()) == 2


def test_an_event_or_an_arm_of_a_record_may_be_deleted(longitudinal: Server) -> None:
    delete(longitudinal, "1", event=SECOND)
    assert events(longitudinal) == [FIRST, OTHER_ARM]
    delete(longitudinal, "1", arm="1")
    assert events(longitudinal) == [OTHER_ARM]
    delete(longitudinal, "1", event=OTHER_ARM)
    assert longitudinal.rows() == []


def test_a_form_at_its_event_may_be_deleted(longitudinal: Server) -> None:
    delete(longitudinal, "1", event=FIRST, instrument="visits")
    assert [row["note"] for row in longitudinal.rows()] == ["", "n", "n"]
    assert {row["birth"] for row in longitudinal.rows()} == {"2000-01-01"}


@pytest.mark.parametrize("part", [{}, {"repeat_instance": "1"}])
def test_a_form_named_without_its_event_deletes_the_whole_record(
    longitudinal: Server, part: dict[str, str]
) -> None:
    assert delete(longitudinal, "1", instrument="visits", **part).text == "1"
    assert longitudinal.rows() == []


@pytest.mark.parametrize("part", [{"instrument": "nothing"}, {"event": "nothing"}, {"arm": "7"}])
def test_a_part_that_does_not_exist_deletes_nothing(
    longitudinal: Server, part: dict[str, str]
) -> None:
    assert delete(longitudinal, "1", **part).status_code == 400
    assert len(longitudinal.rows()) == 3


def test_a_deletion_is_logged_and_a_part_of_one_is_a_change(study: Server) -> None:
    before, study.time = study.time, study.time + timedelta(minutes=1)
    delete(study, "1", instrument="visits", repeat_instance="2")
    changed = study.rows(dateRangeBegin=f"{before:%F %T}")
    assert {row["participant"] for row in changed} == {"1"}
    delete(study, "1")
    assert study.rows(dateRangeBegin=f"{before:%F %T}") == []
    deletion, update = log_of(study, record="1", beginTime=f"{before:%F %H:%M}")
    assert deletion["action"] == "Delete record 1"
    assert update["action"] == "Update record (API) 1"
    assert log_of(study, logtype="record_delete") == [deletion]


def test_a_records_log_may_go_with_it(study: Server) -> None:
    delete(study, "1", delete_logging="1")
    assert [row["action"] for row in log_of(study, record="1")] == ["Delete record 1"]


def test_a_renamed_record_keeps_what_it_holds(study: Server) -> None:
    form = {"content": "record", "action": "rename", "format": "json"}
    assert study.post(**form, record="1", new_record_name="one").text == "1"
    assert {row["participant"] for row in study.rows()} == {"one", "2"}
    assert len(study.rows(records=["one"])) == 4
    assert log_of(study, record="one")[0]["details"] == "participant = 'one'"


@pytest.mark.parametrize(("old", "new"), [("9", "10"), ("1", "2"), ("1", "")])
def test_a_record_is_renamed_only_from_what_is_there_to_what_is_free(
    study: Server, old: str, new: str
) -> None:
    form = {"content": "record", "action": "rename", "format": "json"}
    assert study.post(**form, record=old, new_record_name=new).status_code == 400
    assert {row["participant"] for row in study.rows()} == {"1", "2"}


def log_of(server: Server, **asked: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = server.post(content="log", format="json", **asked).json()
    return found
