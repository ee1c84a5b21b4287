"""Files on file fields over real HTTP: put there, fetched, replaced, taken off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redcap
import requests
from redcap_service import TOKEN, Server, grant, renew, running, study_of, visits_of

from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights

PHOTO = bytes(range(256)) + b"\r\n--not a boundary\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("files") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    renew(server, study_of(tmp_path)).put({"participant": "1"})
    return server


def put(server: Server, content: bytes = PHOTO, **form: str) -> requests.Response:
    data = {"token": TOKEN, "content": "file", "action": "import", "returnFormat": "json"}
    place = {"record": "1", "field": "scan"}
    files = {"file": ("my photo.jpg", content)}
    return requests.post(server.url, data=data | place | form, files=files, timeout=30)


def call(server: Server, action: str, **form: str) -> requests.Response:
    place = {"record": "1", "field": "scan"}
    return server.post(content="file", action=action, returnFormat="json", **(place | form))


def test_a_file_comes_back_byte_for_byte_with_its_name_in_the_content_type(study: Server) -> None:
    assert (put(study).status_code, put(study).text) == (200, "")
    answer = call(study, "export")
    assert answer.content == PHOTO
    assert answer.headers["content-type"] == 'image/jpeg; name="my photo.jpg"; charset=UTF-8'
    assert study.rows()[0]["scan"] == "my photo.jpg"


def test_pycap_puts_fetches_and_deletes_a_file(study: Server) -> None:
    project = redcap.Project(study.url, TOKEN)
    project.import_file("1", "scan", "notes.txt", PHOTO)
    content, headers = project.export_file("1", "scan")
    assert (content, headers["name"]) == (PHOTO, "notes.txt")
    project.delete_file("1", "scan")
    with pytest.raises(redcap.RedcapError, match="no file to download"):
        project.export_file("1", "scan")
    assert study.rows()[0]["scan"] == ""


def test_a_file_put_again_has_a_new_document_id_and_is_a_change(study: Server) -> None:
    put(study)
    first = document_id(study)
    put(study)
    assert document_id(study) > first
    log: Any = study.post(content="log", format="json", logtype="record_edit").json()
    assert log[0]["details"] == f"scan = '{document_id(study)}'"


def document_id(server: Server) -> int:
    (row,) = server.rows(type="eav", fields=["scan"])
    return int(row["value"])


@pytest.mark.parametrize("field", ["birth", "nothing", ""])
def test_a_field_that_holds_no_files_is_refused(study: Server, field: str) -> None:
    for action in ("export", "delete"):
        answer = call(study, action, field=field)
        assert answer.status_code == 400
        assert answer.json()["error"] == (
            f"The field '{field}' does not exist or is not a 'file' field"
        )
    assert put(study, field=field).status_code == 400


def test_a_record_must_be_there_to_hold_a_file(study: Server) -> None:
    assert put(study, record="9").status_code == 400
    assert len(study.rows()) == 1


def test_a_file_of_a_barred_form_is_refused(study: Server) -> None:
    put(study)
    grant(study, "C" * 32, Rights("limited", export_levels={"base": ExportLevel.NONE}))
    assert call(study, "export", token="C" * 32).status_code == 400
    assert call(study, "export").status_code == 200


def test_a_call_without_a_file_is_refused(study: Server) -> None:
    assert call(study, "import").status_code == 400


def test_a_file_stands_at_its_event(server: Server, tmp_path: Path) -> None:
    renew(server, visits_of(tmp_path))
    server.put({"participant": "1", "redcap_event_name": "baseline_arm_1"})
    put(server, event="baseline_arm_1")
    assert [row["scan"] for row in server.rows()] == ["my photo.jpg"]
    assert call(server, "export", event="baseline_arm_1").content == PHOTO
