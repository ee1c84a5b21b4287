"""Record imports over real HTTP: each format, dates, numbers, repeats, calculations, the log."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redcap
from redcap_service import TOKEN, Server, renew, running, study_of, visits_of

from omics_orchestrator.demo.redcap.server_settings import configure


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("imports") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    return renew(server, study_of(tmp_path))


@pytest.fixture
def longitudinal(server: Server, tmp_path: Path) -> Server:
    return renew(server, visits_of(tmp_path))


def log_of(server: Server, **asked: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = server.post(content="log", format="json", **asked).json()
    return found


def visit(record: str, instance: int | str, **cells: str) -> dict[str, Any]:
    place = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": instance}
    return {"participant": record, **place, **cells}


def test_rows_may_come_as_xml(study: Server) -> None:
    data = (
        '<?xml version="1.0" encoding="UTF-8" ?><records><item><participant>1</participant>'
        "<birth><![CDATA[2000-01-02]]></birth><why___2>1</why___2></item></records>"
    )
    answer = study.post(content="record", data=data, returnFormat="json")
    assert answer.json() == {"count": 1}
    (row,) = study.rows()
    assert (row["birth"], row["why___2"]) == ("2000-01-02", "1")


def test_values_may_come_one_by_one_and_a_box_by_its_option(study: Server) -> None:
    values = [
        {"record": "1", "field_name": "participant", "value": "1"},
        {"record": "1", "field_name": "why", "value": "1"},
        {"record": "1", "field_name": "why", "value": "2"},
        {"record": "1", "field_name": "birth", "value": "2000-01-02"},
        {"record": "2", "field_name": "base_complete", "value": "2"},
    ]
    study.post(content="record", format="json", type="eav", data=json.dumps(values))
    first, second = study.rows()
    assert (first["why___1"], first["why___2"], first["birth"]) == ("1", "1", "2000-01-02")
    assert second["base_complete"] == "2"


def test_what_is_exported_as_eav_or_odm_comes_in_again_the_same(study: Server) -> None:
    study.put(
        {"participant": "1", "birth": "2000-01-02", "why___2": "1", "base_complete": "1"},
        visit("1", 1, note="a\nb"),
        visit("1", 2, visit="2024-01-01"),
    )
    rows = study.rows()
    for form in ({"format": "json", "type": "eav"}, {"format": "odm"}, {"format": "xml"}):
        data = study.post(content="record", **form).text
        study.post(content="record", action="delete", records=["1"])
        answer = study.post(content="record", data=data, returnFormat="json", **form)
        assert answer.json() == {"count": 1}, form
        assert study.rows() == rows


def test_dates_are_read_as_the_call_says(study: Server) -> None:
    study.put({"participant": "1", "birth": "31/01/2000"}, dateFormat="DMY")
    assert study.rows()[0]["birth"] == "2000-01-31"
    refused = study.put({"participant": "1", "birth": "31/01/2000"}, dateFormat="MDY")
    assert refused.status_code == 400


def test_a_code_outside_the_choices_stores_nothing_of_the_import(study: Server) -> None:
    refused = study.put({"participant": "1"}, {"participant": "2", "base_complete": "7"})
    assert refused.status_code == 400
    assert '"2","base_complete"' in refused.json()["error"]
    assert study.rows() == []


def test_calculated_fields_follow_each_import(study: Server) -> None:
    definition = study_of(study.database.parent)
    entries = [dict(entry) for entry in definition.dictionary]
    entries[3]["select_choices_or_calculations"] = "sum([why(1)], [why(2)])"
    renew(study, type(definition)("Sums", tuple(entries)))
    study.put({"participant": "1", "why___1": "1", "score": "99"})
    assert study.rows()[0]["score"] == "1"
    study.put({"participant": "1", "why___2": "1"})
    assert study.rows()[0]["score"] == "2"


def test_pycap_lets_the_server_number_new_records(study: Server) -> None:
    study.put({"participant": "7"})
    project = redcap.Project(study.url, TOKEN)
    rows = [{"participant": "x"}, {"participant": "y"}]
    pairs = project.import_records(rows, return_content="auto_ids", force_auto_number=True)
    assert pairs == ["8,x", "9,y"]
    assert project.generate_next_record_name() == "10"


def test_a_repeat_may_ask_for_the_next_number(study: Server) -> None:
    study.put(visit("1", 3, note="a"), visit("1", "new", note="b"), visit("1", "new", note="c"))
    assert [row["redcap_repeat_instance"] for row in study.rows()] == [3, 4, 5]


def test_an_import_may_return_nothing(study: Server) -> None:
    answer = study.put({"participant": "1"}, returnContent="nothing")
    assert (answer.status_code, answer.text) == (200, "")


def test_an_import_in_the_background_is_in_the_next_export(study: Server) -> None:
    study.put({"participant": "1"}, backgroundProcess="true")
    assert len(study.rows()) == 1


def test_an_event_must_be_named_where_there_are_several(longitudinal: Server) -> None:
    assert longitudinal.put({"participant": "1"}).status_code == 400
    row = {"participant": "1", "redcap_event_name": "month_6_arm_1", "note": "x"}
    assert longitudinal.put(row).json() == {"count": 1}


def test_survey_columns_and_file_names_of_an_export_are_ignored(study: Server) -> None:
    row = {"participant": "1", "redcap_survey_identifier": "", "scan": "a.png"}
    assert study.put(row).json() == {"count": 1}
    assert study.rows()[0]["scan"] == ""


def test_each_import_is_logged_with_what_it_changed(study: Server) -> None:
    study.put({"participant": "1", "birth": "2000-01-02", "why___2": "1"})
    study.time += timedelta(minutes=1)
    study.put(visit("1", 2, note="two\nlines"), {"participant": "1", "birth": "2000-01-02"})
    study.put(visit("1", 2, note="two\nlines"))
    update, create = log_of(study, logtype="record")
    assert create == {
        "timestamp": "2024-05-01 12:00",
        "username": "api_user",
        "action": "Create record (API) 1",
        "details": "participant = '1', birth = '2000-01-02', why(2) = checked",
        "record": "1",
    }
    assert update == {
        "timestamp": "2024-05-01 12:01",
        "username": "api_user",
        "action": "Update record (API) 1",
        "details": "[instance = 2], note = 'two lines'",
        "record": "1",
    }


def test_log_times_are_exclusive_minutes_and_the_newest_comes_first(study: Server) -> None:
    for name in ("1", "2", "3"):
        study.put({"participant": name})
        study.time += timedelta(minutes=1)

    def records(**asked: str) -> list[str]:
        return [row["record"] for row in log_of(study, logtype="record_add", **asked)]

    assert records() == ["3", "2", "1"]
    assert records(beginTime="2024-05-01 12:00") == ["3", "2"]
    assert records(endTime="2024-05-01 12:02") == ["2", "1"]
    assert records(record="2") == ["2"]
    assert records(user="nobody") == []


def test_exports_are_logged_too(study: Server) -> None:
    study.rows()
    study.post(content="metadata", format="json")
    study.post(content="version")
    assert [(row["action"], row["details"]) for row in log_of(study)] == [
        ("Manage/Design ", "Export metadata (API)"),
        ("Data Export (API) ", "Export data (API)"),
    ]
    assert len(log_of(study, logtype="export")) == 1


def test_the_log_has_other_words_up_to_version_11(study: Server) -> None:
    configure(study.database, version="11.4.0")
    study.put({"participant": "1"})
    study.post(content="record", action="delete", records=["1"])
    configure(study.database, version="14.9.1")
    assert [row["action"] for row in log_of(study, logtype="record")] == [
        "Deleted Record 1",
        "Created Record (API) 1",
    ]
