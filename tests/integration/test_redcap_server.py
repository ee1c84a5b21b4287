"""The local REDCap server over real HTTP, read and written by PyCap as it is published."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redcap
import requests
from redcap_service import TOKEN, Server, renew, running, study_of, visits_of

from omics_orchestrator.demo.redcap.project import (
    create,
)
from omics_orchestrator.demo.redcap.server_settings import ServerSettings

BASE = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    return renew(server, study_of(tmp_path))


@pytest.fixture
def longitudinal(server: Server, tmp_path: Path) -> Server:
    return renew(server, visits_of(tmp_path))


def visit(record: str, instance: int, **cells: str) -> dict[str, Any]:
    place = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": instance}
    return {"participant": record, **place, **cells}


def test_pycap_learns_all_about_a_classic_project(study: Server) -> None:
    project = redcap.Project(study.url, TOKEN)
    assert str(project.redcap_version) == ServerSettings().version
    assert project.def_field == "participant"
    assert not project.is_longitudinal
    assert [row["field_type"] for row in project.metadata][1:3] == ["text", "checkbox"]
    assert {len(row) for row in project.metadata} == {18}
    assert project.export_instruments() == [
        {"instrument_name": "base", "instrument_label": "Base"},
        {"instrument_name": "visits", "instrument_label": "Visits"},
    ]
    assert project.export_repeating_instruments_events() == [
        {"form_name": "visits", "custom_form_label": ""}
    ]
    names = [row["export_field_name"] for row in project.export_field_names()]
    assert names[2:6] == ["why___1", "why___2", "why____1000", "score"]
    assert "scan" not in names
    info = project.export_project_info()
    told = {
        "project_title": "Study",
        "is_longitudinal": 0,
        "has_repeating_instruments_or_events": 1,
        "missing_data_codes": "-1000, missing",
    }
    assert info | told == info


def test_pycap_learns_all_about_a_longitudinal_project(longitudinal: Server) -> None:
    project = redcap.Project(longitudinal.url, TOKEN)
    assert project.is_longitudinal
    assert [event["unique_event_name"] for event in project.export_events()] == [
        "baseline_arm_1",
        "month_6_arm_1",
    ]
    assert project.export_arms() == [{"arm_num": 1, "name": "Arm 1"}]
    assert project.export_instrument_event_mappings()[1] == {
        "arm_num": 1,
        "unique_event_name": "month_6_arm_1",
        "form": "visits",
    }


def test_what_pycap_imports_it_exports_again(study: Server) -> None:
    project = redcap.Project(study.url, TOKEN)
    rows = [
        {"participant": "001", "birth": "1990-02-01", "why___2": "1", "base_complete": "2"},
        visit("001", 2, visit="2020-01-02", note='two\nlines, "quoted" / ünï'),
        visit("001", 1, visit="-1000"),
    ]
    assert project.import_records(rows) == {"count": 1}
    base, first, second = project.export_records(
        export_survey_fields=True, export_data_access_groups=True
    )
    assert base == {
        **BASE,
        **dict.fromkeys(("score", "scan", "visit", "note", "visits_complete"), ""),
        **rows[0],
        "why___1": "0",
        "why____1000": "0",
    }
    assert first["visit"] == "-1000"
    assert second == {**second, **rows[1], "birth": "", "why___2": "", "visits_complete": "0"}
    assert project.import_records([{"participant": "2"}], return_content="ids") == ["2"]
    assert project.generate_next_record_name() == "3"


def test_a_participant_added_by_another_process_is_in_the_next_export(
    study: Server, tmp_path: Path
) -> None:
    assert study.rows() == []
    with other_process(study.database, tmp_path / "log") as url:
        redcap.Project(url, TOKEN).import_records([{"participant": "new"}])
    assert [row["participant"] for row in study.rows()] == ["new"]
    assert TOKEN not in (tmp_path / "log").read_text()


def test_a_token_is_nowhere_in_the_file(study: Server) -> None:
    study.put({"participant": "1"})
    files = list(study.database.parent.glob("redcap.db*"))
    assert files
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)


def test_a_date_range_is_exclusive_and_brings_whole_records(study: Server) -> None:
    noon = study.time
    study.put({"participant": "1"}, visit("1", 1, note="kept"), {"participant": "2"})
    study.time = noon + timedelta(hours=1)
    study.put(visit("1", 2, note="new"))
    assert changed(study, dateRangeBegin=noon) == {"1"}
    assert len(study.rows(dateRangeBegin=f"{noon:%F %T}")) == 3
    assert changed(study, dateRangeBegin=noon - timedelta(seconds=1)) == {"1", "2"}
    assert changed(study, dateRangeBegin=study.time) == set()
    assert changed(study, dateRangeEnd=noon) == set()
    assert changed(study, dateRangeEnd=study.time) == {"1", "2"}


def test_an_import_that_changes_nothing_is_no_change(study: Server) -> None:
    study.put({"participant": "1", "birth": "2000-01-01"})
    before, study.time = study.time, study.time + timedelta(hours=1)
    study.put({"participant": "1", "birth": "2000-01-01"})
    assert changed(study, dateRangeBegin=before) == set()


def test_seeded_and_deleted_records_are_in_no_date_range(study: Server, tmp_path: Path) -> None:
    create(study.database, TOKEN, study_of(tmp_path), [{"participant": "seeded"}])
    study.put({"participant": "added"}, {"participant": "deleted"})
    study.post(content="record", action="delete", records=["deleted"])
    assert changed(study, dateRangeBegin=study.time - timedelta(days=1)) == {"added"}
    assert len(study.rows()) == 2


def test_a_blank_keeps_what_is_stored_unless_it_is_to_overwrite(study: Server) -> None:
    study.put({"participant": "1", "birth": "2000-01-01", "why___1": "1", "why___2": "1"})
    blank = {"participant": "1", "birth": "", "why___1": "", "why___2": "0"}
    study.put(blank)
    (row,) = study.rows()
    assert (row["birth"], row["why___1"], row["why___2"]) == ("2000-01-01", "1", "0")
    study.put(blank, overwriteBehavior="overwrite")
    (row,) = study.rows()
    assert (row["birth"], row["why___1"], row["why___2"]) == ("", "0", "0")


def test_a_missing_data_code_may_stand_in_any_field(study: Server) -> None:
    codes = dict.fromkeys(("birth", "score", "scan"), "-1000")
    study.put({"participant": "1", **codes, "why____1000": "1"})
    (row,) = study.rows()
    assert row == {**row, **codes, "why____1000": "1", "base_complete": "0"}


def test_pycap_deletes_whole_records_or_none(study: Server) -> None:
    project = redcap.Project(study.url, TOKEN)
    study.put({"participant": "1"}, visit("1", 1), {"participant": "2"})
    with pytest.raises(redcap.RedcapError, match="The following records do not exist: 9"):
        project.delete_records(["1", "9"])
    assert project.delete_records(["1"]) == 1
    assert [row["participant"] for row in study.rows()] == ["2"]


def test_rows_may_be_imported_as_csv(study: Server) -> None:
    data = 'participant,birth\n1,"2000-01-01"\n2,\n'
    answer = study.post(content="record", format="csv", data=data, returnContent="ids")
    assert answer.text == "id\n1\n2\n"
    assert [row["birth"] for row in study.rows()] == ["2000-01-01", ""]


def test_answers_carry_the_headers_of_redcap(study: Server) -> None:
    answer = study.post(content="project", format="json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-cache, must-revalidate"
    assert answer.headers["expires"] == "0"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["redcap-random-text"]
    assert study.post(content="arm", format="csv").headers["content-type"].startswith("text/csv")


def test_without_a_format_records_come_in_xml(study: Server) -> None:
    study.put({"participant": "1", "birth": "2000-01-01"})
    text = study.post(content="record", fields=["participant", "birth"]).text
    assert text.endswith(
        "<records><item><participant><![CDATA[1]]></participant>"
        "<redcap_repeat_instrument><![CDATA[]]></redcap_repeat_instrument>"
        "<redcap_repeat_instance><![CDATA[]]></redcap_repeat_instance>"
        "<birth><![CDATA[2000-01-01]]></birth></item></records>"
    )


def test_a_csv_export_takes_the_delimiter_asked_for(study: Server) -> None:
    study.put(visit("1", 1, note="a;b"))
    form = {"content": "record", "format": "csv", "fields": ["visit", "note"]}
    assert study.post(**form, csvDelimiter=";").text == 'visit;note\n;"a;b"\n'


def changed(server: Server, **bounds: datetime) -> set[str]:
    """The records in a date range."""
    rows = server.rows(**{name: f"{bound:%F %T}" for name, bound in bounds.items()})
    return {row["participant"] for row in rows}


@contextmanager
def other_process(database: Path, log: Path) -> Iterator[str]:
    """Run the server's own command on a database; gives its URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "omics_orchestrator.demo.redcap.server", database, str(port)]
    url = f"http://127.0.0.1:{port}/api/"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            wait_for(url)
            yield url
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"no server came up at {url}")
