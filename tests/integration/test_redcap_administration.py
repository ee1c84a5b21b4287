"""What the API offers beside records: who may use it, and what PyCap has no method for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redcap_service import TOKEN, Server, grant, renew, running, study_of, visits_of

from omics_orchestrator.demo.redcap import odm_read, project, roles, store
from omics_orchestrator.demo.redcap.access import Access
from omics_orchestrator.demo.redcap.definition import DataAccessGroup
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights
from omics_orchestrator.demo.redcap.server_settings import configure

GUEST = "E" * 32
GROUPS = (DataAccessGroup(7, "Site A", "site_a"), DataAccessGroup(8, "Site B", "site_b"))
ROLE = {
    "role_name": "Nurse",
    "unique_role_name": "U-942MC93HH8",
    "data_entry": "[base,1][visits,2]",
    "data_export_instruments": "[base,3][visits,0]",
    "participants": "1",
    "data_logging": "0",
    "api_export": "1",
    "dts": "0",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    renew(server, replace(study_of(tmp_path), groups=GROUPS, surveys={"visits": "Visits"}))
    server.put({"participant": "1", "birth": "2000-01-01", "why___2": "1"}, {"participant": "2"})
    return server


def access_of(server: Server) -> Access:
    with store.connect(server.database) as connection:
        access = store.find_access(connection, TOKEN)
    assert access
    return access


def allow(server: Server, **rights: Any) -> None:
    """Give the token's user all rights but what is said otherwise."""
    access = access_of(server)
    with store.connect(server.database, writing=True) as connection:
        store.put_member(connection, access.project.id, Rights(access.rights.user, **rights))


def send(server: Server, content: str, *rows: dict[str, Any], **form: Any) -> Any:
    answer = server.post(content=content, format="json", data=json.dumps(rows), **form)
    return answer.json()


@pytest.mark.parametrize(
    ("form", "right", "named"),
    [
        ({"content": "user"}, "user_rights", "'API Export' privileges and 'User Rights'"),
        ({"content": "userRole"}, "user_rights", "'API Export' privileges and 'User Rights'"),
        ({"content": "userRoleMapping"}, "user_rights", "'API Export' privileges and 'User Ri"),
        ({"content": "dag"}, "data_access_groups", "'API Export' privileges and 'Data Access"),
        ({"content": "userDagMapping"}, "data_access_groups", "privileges and 'Data Access Gro"),
        ({"content": "fileRepository", "action": "list"}, "file_repository", "'File Repository'"),
        ({"content": "participantList"}, "survey_participants", "'Survey Distribution Tools'"),
        ({"content": "metadata", "data": "[]"}, "design", "'Project Design and Setup'"),
        ({"content": "project_settings", "data": "[]"}, "design", "'Project Design and Setup'"),
        ({"content": "metadata"}, "api_export", "'API Export' privileges in the project"),
        ({"content": "pdf"}, "api_export", "'API Export' privileges in the project"),
        ({"content": "report", "report_id": "1"}, "api_export", "'API Export' privileges"),
        ({"content": "project_xml"}, "api_export", "'API Export' privileges in the project"),
        ({"content": "dag", "data": "[]"}, "api_import", "'API Import/Update' privileges and"),
        ({"content": "dag", "action": "switch"}, "api_import", "'API Import/Update' privileges"),
    ],
)
def test_a_user_without_a_right_is_told_which(
    study: Server, form: dict[str, str], right: str, named: str
) -> None:
    allow(study, **{right: False})
    answer = study.post(**form, format="json")
    assert answer.status_code == 400
    text = answer.json()["error"]
    assert text.startswith("Insufficient user privileges: You must have ")
    assert named in text


def test_an_expired_user_is_as_good_as_none(study: Server) -> None:
    today = study.time.date()

    def answer_until(day: str) -> tuple[int, str]:
        send(study, "user", {"username": "guest", "api_export": "1", "expiration": day})
        grant(study, GUEST, Rights("guest"))
        told = study.post(content="version", token=GUEST)
        return told.status_code, told.text

    assert answer_until("") == answer_until(str(today + timedelta(days=1))) == (200, "14.9.1")
    for day in (today, today - timedelta(days=400)):
        status, text = answer_until(str(day))
        assert status == 403
        assert "You do not have permissions to use the API" in text


def test_every_change_is_logged_and_a_refused_one_is_not(study: Server) -> None:
    before = len(study.post(content="log", format="json").json())
    assert send(study, "dag", {"data_access_group_name": "New"}) == 1
    assert "error" in send(study, "dag", {"data_access_group_name": ""})
    rows = study.post(content="log", format="json").json()
    changes = [row for row in rows[: len(rows) - before] if row["details"].startswith("Import")]
    assert [row["details"] for row in changes] == ["Import dag (API)"]


def test_a_refused_change_leaves_nothing_of_itself(study: Server) -> None:
    good, bad = {"username": "ada"}, {"username": "", "design": 1}
    assert "error" in send(study, "user", good, bad)
    with store.connect(study.database) as connection:
        members = store.members(connection, access_of(study).project.id)
    assert "ada" not in {member.user for member in members}


def test_a_classic_project_made_longitudinal_keeps_its_records(study: Server) -> None:
    assert send(study, "project_settings", {"is_longitudinal": 1, "project_title": "New"}) == 2
    (first, _second) = study.rows(fields=["participant", "birth"])
    assert (first["redcap_event_name"], first["birth"]) == ("event_1_arm_1", "2000-01-01")
    info = study.post(content="project", format="json").json()
    assert (info["project_title"], info["is_longitudinal"]) == ("New", 1)
    assert "error" in send(study, "project_settings", {"is_longitudinal": 0})


def test_a_property_is_kept_and_the_investigator_has_an_address_from_15_8(study: Server) -> None:
    send(study, "project_settings", {"project_pi_email": "a@b.org", "secondary_unique_field": "x"})
    info = study.post(content="project", format="json").json()
    assert info["secondary_unique_field"] == "x"
    assert "project_pi_email" not in info
    configure(study.database, version="15.8.0")
    try:
        info = study.post(content="project", format="json").json()
    finally:
        configure(study.database, version="14.9.1")
    assert (info["project_pi_email"], len(info)) == ("a@b.org", 27)


def test_a_dictionary_in_production_stays(study: Server) -> None:
    entries = study.post(content="metadata", format="json").json()
    assert send(study, "metadata", *entries) == len(entries)
    send(study, "project_settings", {"in_production": 1})
    assert "production" in send(study, "metadata", *entries)["error"]


def test_limits_of_dates_are_kept_with_the_year_first(study: Server) -> None:
    entries = study.post(content="metadata", format="json").json()
    entries[1]["text_validation_min"] = "31/12/1990"
    send(study, "metadata", *entries, dateFormat="DMY")
    kept = study.post(content="metadata", format="json").json()
    assert kept[1]["text_validation_min"] == "1990-12-31"


def test_events_may_change_names_with_each_other(server: Server, tmp_path: Path) -> None:
    renew(server, visits_of(tmp_path))
    server.put(
        {"participant": "1", "redcap_event_name": "baseline_arm_1", "birth": "2000-01-01"},
        {"participant": "1", "redcap_event_name": "month_6_arm_1", "note": "x"},
    )
    swapped = (
        {"event_name": "Month 6", "unique_event_name": "baseline_arm_1"},
        {"event_name": "Baseline", "unique_event_name": "month_6_arm_1"},
    )
    assert send(server, "event", *swapped) == 2
    first, second = server.rows(fields=["participant", "birth", "note"])
    assert (first["redcap_event_name"], first["birth"]) == ("month_6_arm_1", "2000-01-01")
    assert (second["redcap_event_name"], second["note"]) == ("baseline_arm_1", "x")


def test_override_replaces_arms_and_events(server: Server, tmp_path: Path) -> None:
    renew(server, visits_of(tmp_path))
    send(server, "event", {"event_name": "Dose", "arm_num": 3})
    send(server, "arm", {"arm_num": 3, "name": "C"}, override=1)
    assert server.post(content="arm", format="json").json() == [{"arm_num": 3, "name": "C"}]
    send(server, "event", {"event_name": "Wash-out", "arm_num": 2}, override=1)
    names = [row["unique_event_name"] for row in server.post(content="event", format="json").json()]
    assert names == ["washout_arm_2"]


def test_a_folder_of_a_group_is_for_that_group(study: Server) -> None:
    form = {"content": "fileRepository", "format": "json"}
    folder = study.post(**form, action="createFolder", name="A", dag_id="7").json()[0]["folder_id"]
    assert study.post(**form, action="list", folder_id=folder).json() == []
    allow(study, group="site_b")
    assert study.post(**form, action="list").json() == []
    assert "error" in study.post(**form, action="list", folder_id=folder).json()
    allow(study, group="site_a")
    assert study.post(**form, action="list").json() == [{"folder_id": folder, "name": "A"}]
    assert "dag_id" in study.post(**form, action="createFolder", name="B", dag_id="9").text
    assert "role_id" in study.post(**form, action="createFolder", name="B", role_id="9").text


def test_the_repository_in_csv_has_all_columns(study: Server) -> None:
    form = {"content": "fileRepository", "format": "csv"}
    study.post(**form, action="createFolder", name="A b")
    header, row = study.post(**form, action="list").text.splitlines()
    assert header == "folder_id,doc_id,name"
    assert row.endswith(',,"A b"')


def test_a_pdf_shows_no_form_that_the_user_may_not_see_in_full(study: Server) -> None:
    assert b"2000-01-01" in study.post(content="pdf", record="1").content
    allow(study, export_levels={"base": ExportLevel.DE_IDENTIFIED})
    assert b"2000-01-01" not in study.post(content="pdf", record="1").content


def test_a_compact_pdf_leaves_out_what_is_not_answered(study: Server) -> None:
    whole = study.post(content="pdf", record="1", instrument="base").content
    compact = study.post(
        content="pdf", record="1", instrument="base", compactDisplay="true"
    ).content
    assert len(compact) < len(whole)
    assert b"2000-01-01" in compact


@pytest.mark.parametrize("name", ["record", "event", "instrument"])
def test_a_pdf_of_nothing_there_is_is_refused(study: Server, name: str) -> None:
    assert study.post(content="pdf", **{name: "nothing"}).status_code == 400


def test_a_role_of_a_project_file_is_told_by_the_api_and_written_back(study: Server) -> None:
    forms = access_of(study).project.definition.forms
    with store.connect(study.database, writing=True) as connection:
        id_ = access_of(study).project.id
        roles.put_from_project_file(connection, id_, ROLE, forms)
        assert roles.in_project_file(connection, id_) == [ROLE]
    (told,) = study.post(content="userRole", format="json").json()
    assert (told["role_label"], told["manage_survey_participants"]) == ("Nurse", "1")
    assert told["forms"] == {"base": 1, "visits": 2}
    assert told["forms_export"] == {"base": 3, "visits": 0}
    send(study, "userRole", {"unique_role_name": "U-942MC93HH8", "logging": 1})
    with store.connect(study.database) as connection:
        (written,) = roles.in_project_file(connection, id_)
    assert written | {**ROLE, "data_logging": "1"} == written | {"dts": "0"}


def written_back(server: Server, folder: Path, **form: Any) -> list[Any]:
    """The records of the project file that the server gives."""
    answer = server.post(content="project_xml", **form)
    assert answer.headers["content-type"].startswith("text/xml"), answer.text
    path = folder / "project.xml"
    path.write_bytes(answer.content)
    return list(odm_read.read(path).records)


def test_a_project_file_of_the_server_makes_the_same_project(study: Server, tmp_path: Path) -> None:
    before = study.rows(exportDataAccessGroups="true")
    written_back(study, tmp_path, exportDataAccessGroups="true", exportFiles="true")
    seed = odm_read.read(tmp_path / "project.xml")
    project.seed(study.database, TOKEN, seed)
    assert study.rows(exportDataAccessGroups="true") == before


def test_a_project_file_holds_what_was_selected(study: Server, tmp_path: Path) -> None:
    assert [r.name for r in written_back(study, tmp_path)] == ["1", "2"]
    assert written_back(study, tmp_path, returnMetadataOnly="true") == []
    assert [r.name for r in written_back(study, tmp_path, records=["2"])] == ["2"]
    logic = {"filterLogic": "[birth] <> ''"}
    assert [r.name for r in written_back(study, tmp_path, **logic)] == ["1"]
    (record, _other) = written_back(study, tmp_path, fields=["participant", "birth"])
    assert [dict(cells) for cells in record.rows.values()] == [{"birth": "2000-01-01"}]


def test_a_project_file_keeps_identifiers_from_those_who_may_not_see_them(
    study: Server, tmp_path: Path
) -> None:
    allow(study, export_levels={"base": ExportLevel.NO_IDENTIFIERS})
    (record, _other) = written_back(study, tmp_path)
    assert not any("birth" in cells for cells in record.rows.values())
    assert any(cells.get("why___2") == "1" for cells in record.rows.values())
