"""What the local REDCap server refuses, with the status and the sentence of a real one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from redcap_service import Server, renew, running, study_of, visits_of

NOT_VALID = 'The following values in the parameter "{}" are not valid: {}'


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


def test_a_refused_import_stores_nothing(study: Server) -> None:
    answer = study.put({"participant": "1"}, {"participant": "2", "weight": "9"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "The following fields were not found in the project as real data fields: weight"
    }
    for data in ("{", "1", "[1]"):
        answer = study.post(content="record", format="json", data=data)
        assert "not formatted correctly" in answer.json()["error"]
    assert study.rows() == []


@pytest.mark.parametrize("content", ["version", "project", "record", "nonsense", ""])
def test_a_token_that_opens_nothing_is_forbidden_for_every_content(
    study: Server, content: str
) -> None:
    answer = study.post(token="F" * 32, content=content, format="json")
    assert answer.status_code == 403
    assert answer.text == '{"error":"You do not have permissions to use the API"}'


@pytest.mark.parametrize(
    ("formats", "body"),
    [
        ({"format": "csv"}, "ERROR: You cannot export arms for classic projects"),
        (
            {},
            (
                '<?xml version="1.0" encoding="UTF-8" ?>'
                "<hash><error>You cannot export arms for classic projects</error></hash>"
            ),
        ),
        (
            {"format": "csv", "returnFormat": "json"},
            '{"error":"You cannot export arms for classic projects"}',
        ),
    ],
)
def test_an_error_comes_in_the_format_asked_for(
    study: Server, formats: dict[str, str], body: str
) -> None:
    answer = study.post(content="arm", **formats)
    assert (answer.status_code, answer.text) == (400, body)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"content": "event"}, "You cannot export events for classic projects"),
        (
            {"content": "formEventMapping"},
            "You cannot export form/event mappings for classic projects",
        ),
        ({"content": "record", "fields": ["x"]}, NOT_VALID.format("fields", "'x'")),
        (
            {"content": "record", "fields": ["redcap_repeat_instance"]},
            NOT_VALID.format("fields", "'redcap_repeat_instance'"),
        ),
        (
            {"content": "metadata", "fields": "participant"},
            'The "fields" parameter has been provided with a value, but the value is not an arr',
        ),
        ({"content": "logs"}, 'The value of the parameter "content" is not valid'),
        ({"content": "version", "data": "[]"}, 'The value of the parameter "content" is not val'),
        ({"content": "record", "type": "wide"}, 'The value of the parameter "type" is not valid'),
    ],
)
def test_what_cannot_be_answered_is_refused_with_400(
    study: Server, form: dict[str, Any], sentence: str
) -> None:
    answer = study.post(format="json", **form)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(sentence)


def test_a_project_without_repeats_says_so(longitudinal: Server) -> None:
    answer = longitudinal.post(content="repeatingFormsEvents", format="json")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("does not contain any repeating instruments and events")


def test_a_get_or_a_wrong_path_brings_a_page(study: Server) -> None:
    root = study.url.removesuffix("/api/")
    for answer in (
        requests.get(study.url, timeout=30),
        requests.post(f"{root}/api", timeout=30),
        requests.post(root, timeout=30),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
