"""What a token's user may not do, the local server refuses; what lies in other groups it hides."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redcap
from redcap_service import TOKEN, Server, grant, renew, running, study_of

from omics_orchestrator.demo.redcap.definition import DataAccessGroup
from omics_orchestrator.demo.redcap.rights import Rights

NORTH = "A" * 32
LIMITED = "B" * 32
GROUPS = (DataAccessGroup(331, "North", "north"), DataAccessGroup(332, "South", "south"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("rights") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    renew(server, replace(study_of(tmp_path), groups=GROUPS))
    grant(server, NORTH, Rights("north_user", group="north"))
    return server


def in_group(record: str, group: str) -> dict[str, str]:
    return {"participant": record, "redcap_data_access_group": group}


@pytest.mark.parametrize(
    ("rights", "form", "status", "sentence"),
    [
        ({"api_export": False}, {"content": "record"}, 400, "You must have 'API Export' privileg"),
        ({"api_import": False}, {"content": "record", "data": "[]"}, 400, "'API Import/Update'"),
        ({"logging": False}, {"content": "log"}, 400, "You must have 'Logging' privileges"),
        (
            {"record_delete": False},
            {"content": "record", "action": "delete", "records": ["1"]},
            403,
            "You do not have Delete Record privileges",
        ),
        (
            {"record_create": False},
            {"content": "record", "data": '[{"participant":"new"}]'},
            400,
            "privileges in the project",
        ),
        (
            {"record_rename": False},
            {"content": "record", "action": "rename", "record": "1", "new_record_name": "2"},
            400,
            "privileges in the project",
        ),
        (
            {"api_export": False},
            {"content": "file", "action": "export", "record": "1", "field": "scan"},
            400,
            "'API Export' privileges",
        ),
    ],
)
def test_a_missing_right_is_named(
    study: Server, rights: dict[str, bool], form: dict[str, Any], status: int, sentence: str
) -> None:
    study.put({"participant": "1"})
    grant(study, LIMITED, replace(Rights("limited"), **rights))
    answer = study.post(token=LIMITED, format="json", **form)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert [row["participant"] for row in study.rows()] == ["1"]


def test_a_group_sees_writes_and_deletes_its_own_records_only(study: Server) -> None:
    study.put(in_group("1", "north"), in_group("2", "south"), {"participant": "3"})
    assert [row["participant"] for row in study.rows(token=NORTH)] == ["1"]
    assert study.rows(token=NORTH, records=["2"]) == []
    assert study.put({"participant": "2", "birth": "2000-01-01"}, token=NORTH).status_code == 400
    assert study.put({"participant": "3", "birth": "2000-01-01"}, token=NORTH).status_code == 400
    refused = study.post(
        token=NORTH, content="record", action="delete", records=["2"], format="json"
    )
    assert "The following records do not exist: 2" in refused.json()["error"]
    assert {row["birth"] for row in study.rows()} == {""}


def test_a_record_that_a_group_makes_is_its_own(study: Server) -> None:
    project = redcap.Project(study.url, NORTH)
    assert project.generate_next_record_name() == "331-1"
    project.import_records([{"participant": "331-1"}])
    assert project.generate_next_record_name() == "331-2"
    pairs = project.import_records(
        [{"participant": "x"}], return_content="auto_ids", force_auto_number=True
    )
    assert pairs == ["331-2,x"]
    whose = redcap.Project(study.url, TOKEN).export_records(export_data_access_groups=True)
    assert [(row["participant"], row["redcap_data_access_group"]) for row in whose] == [
        ("331-1", "north"),
        ("331-2", "north"),
    ]


def test_a_group_puts_no_record_into_another(study: Server) -> None:
    assert study.put(in_group("1", "south"), token=NORTH).status_code == 400
    assert study.put(in_group("1", "north"), token=NORTH).json() == {"count": 1}


def test_a_group_that_does_not_exist_is_refused(study: Server) -> None:
    refused = study.put(in_group("1", "east"))
    assert refused.status_code == 400
    assert "'east'" in refused.json()["error"]


def test_a_group_reads_of_the_log_what_its_own_records_met(study: Server) -> None:
    study.put(in_group("1", "north"), in_group("2", "south"))
    rows = study.post(token=NORTH, content="log", format="json", logtype="record").json()
    assert {row["record"] for row in rows} == {"1"}
    rows = study.post(content="log", format="json", dag="south", logtype="record").json()
    assert {row["record"] for row in rows} == {"2"}
