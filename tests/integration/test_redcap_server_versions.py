"""The local server plays other versions, clocks and sites while it runs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from redcap_service import TOKEN, Server, renew, running, study_of

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.definition import DataAccessGroup
from omics_orchestrator.demo.redcap.project import Event, ProjectDefinition, create
from omics_orchestrator.demo.redcap.server_settings import configure


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("settings") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    return renew(server, study_of(tmp_path))


def test_the_version_is_the_one_that_is_played(study: Server) -> None:
    configure(study.database, version="9.1.0")
    assert study.post(content="version", format="json").text == "9.1.0"


@pytest.mark.parametrize(("version", "status"), [("13.1.37", 200), ("13.2.0", 400)])
def test_an_array_between_commas_is_taken_up_to_march_2023(
    study: Server, version: str, status: int
) -> None:
    configure(study.database, version=version)
    study.put({"participant": "1", "base_complete": "1"}, {"participant": "2"})
    form = {"content": "record", "format": "json", "records": "1"}
    answer = study.post(**form, fields="participant,base_complete")
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == [
            {
                "participant": "1",
                "redcap_repeat_instrument": "",
                "redcap_repeat_instance": "",
                "base_complete": "1",
            }
        ]


@pytest.mark.parametrize("field", ["redcap_event_name", "redcap_repeat_instance", "base_timestamp"])
def test_a_pseudo_field_is_an_error_from_13_4_10(study: Server, field: str) -> None:
    asked: dict[str, Any] = {"content": "record", "format": "json", "fields": ["birth", field]}
    configure(study.database, version="13.4.9")
    assert study.post(**asked).status_code == 200
    configure(study.database, version="13.4.10")
    assert study.post(**asked).status_code == 400


def test_repeat_columns_are_absent_on_old_servers_where_nothing_repeats(study: Server) -> None:
    repeat = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": 1}
    study.put({"participant": "1"}, {"participant": "2", **repeat, "note": "x"})
    configure(study.database, version="8.1.0")
    assert "redcap_repeat_instance" not in study.rows(records=["1"])[0]
    assert "redcap_repeat_instance" in study.rows(records=["2"])[0]
    configure(study.database, version="14.9.1")
    assert "redcap_repeat_instance" in study.rows(records=["1"])[0]


def test_old_servers_give_the_first_form_a_status_in_a_first_repeat(
    study: Server, tmp_path: Path
) -> None:
    definition = ProjectDefinition(
        "Repeats",
        study_of(tmp_path).dictionary,
        events=(Event("Visit"),),
        designations=(("visit_arm_1", "visits"),),
        repeating=(("visit_arm_1", ""),),
    )
    rows = [{"participant": "1", "redcap_repeat_instance": str(number)} for number in (1, 2)]
    create(study.database, TOKEN, definition, rows)
    assert [row["base_complete"] for row in study.rows()] == ["", ""]
    configure(study.database, version="9.1.0")
    assert [row["base_complete"] for row in study.rows()] == ["0", ""]


def test_the_sites_delimiter_is_taken_where_the_call_names_none(study: Server) -> None:
    study.put({"participant": "1", "base_complete": "2"})
    form = {"content": "record", "format": "csv", "fields": ["birth", "base_complete"]}
    configure(study.database, csv_delimiter=";")
    assert study.post(**form).text == "birth;base_complete\n;2\n"
    assert study.post(**form, csvDelimiter=",").text == "birth,base_complete\n,2\n"


def test_variables_beyond_the_limit_are_dropped_in_silence(study: Server) -> None:
    study.put(*({"participant": str(number)} for number in range(1, 10)))
    configure(study.database, max_input_vars=6)
    form = [("token", TOKEN), ("content", "record"), ("format", "json")]
    form += [(f"records[{number}]", str(number)) for number in range(1, 10)]
    answer = requests.post(study.url, data=form, timeout=30)
    assert [row["participant"] for row in answer.json()] == ["1", "2", "3"]


def test_changes_carry_the_time_of_the_servers_zone_and_clock(study: Server) -> None:
    configure(study.database, time_zone="America/Chicago", clock_offset_seconds=60)
    study.put({"participant": "1"})
    (row,) = study.post(content="log", format="json", logtype="record_add").json()
    assert row["timestamp"] == "2024-05-01 07:01"
    assert len(study.rows(dateRangeBegin="2024-05-01 07:00:59")) == 1
    assert study.rows(dateRangeBegin="2024-05-01 07:01:00") == []


def test_a_move_between_groups_may_be_no_change(study: Server, tmp_path: Path) -> None:
    groups = (DataAccessGroup(1, "North", "north"),)
    renew(study, replace(study_of(tmp_path), groups=groups))
    study.put({"participant": "1"})
    before = f"{study.time:%F %T}"
    for is_change, moved in ((False, []), (True, ["1"])):
        configure(study.database, group_move_is_a_change=is_change)
        study.time = study.time.replace(hour=13)
        with store.connect(study.database, writing=True) as connection:
            project = store.find_project(connection, TOKEN)
            assert project
            store.put_group(connection, project.id, "1", "")
        study.put({"participant": "1", "redcap_data_access_group": "north"})
        assert [row["participant"] for row in study.rows(dateRangeBegin=before)] == moved


def test_orphans_are_exported_where_the_server_is_told_to(study: Server, tmp_path: Path) -> None:
    events = (Event("First"), Event("Second"))
    dictionary = study_of(tmp_path).dictionary
    before = ProjectDefinition("Events", dictionary, events=events)
    rows = [
        {"participant": "1", "redcap_event_name": name, "note": "n"}
        for name in ("first_arm_1", "second_arm_1")
    ]
    create(study.database, TOKEN, before, rows)
    after = replace(before, events=events[:1], designations=(("first_arm_1", "base"),))
    with store.connect(study.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        store.put_definition(connection, project.id, after)
    assert [(row["redcap_event_name"], row["note"]) for row in study.rows()] == [
        ("first_arm_1", "")
    ]
    configure(study.database, exports_orphans=True)
    assert [(row["redcap_event_name"], row["note"]) for row in study.rows()] == [
        ("first_arm_1", "n"),
        ("second_arm_1", "n"),
    ]


def test_the_text_for_a_bad_logic_may_be_set(study: Server) -> None:
    configure(study.database, bad_logic="Logic?")
    answer = study.post(content="record", format="json", filterLogic="[birth] =")
    assert (answer.status_code, answer.json()) == (400, {"error": "Logic?"})


def test_a_wrong_address_shows_the_page_of_the_site(study: Server) -> None:
    configure(study.database, not_found_page="<html>moved</html>")
    answer = requests.get(study.url, timeout=30)
    assert (answer.status_code, answer.text) == (404, "<html>moved</html>")


def test_an_empty_csv_may_be_without_even_a_line_end(study: Server) -> None:
    configure(study.database, empty_csv="")
    assert study.post(content="record", format="csv").text == ""
