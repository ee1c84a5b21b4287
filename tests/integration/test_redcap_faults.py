"""What goes wrong with real servers goes wrong with the local one when it is told to."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from redcap_service import TOKEN, Server, renew, running, study_of

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.faults import Fault, Kind, lift, script
from omics_orchestrator.demo.redcap.rights import Rights

OTHER_TOKEN = "F" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("faults") / "redcap.db")) as server:
        yield server


@pytest.fixture
def study(server: Server, tmp_path: Path) -> Server:
    lift(server.database)
    renew(server, study_of(tmp_path))
    place = {"redcap_repeat_instrument": "visits", "redcap_repeat_instance": 1}
    answer = server.put(
        *({"participant": name, **place, "note": "a b"} for name in ("1", "2", "3"))
    )
    assert answer.json() == {"count": 3}
    return server


def export(server: Server, **form: Any) -> requests.Response:
    return server.post(content="record", **{"format": "json", **form})


def names(answer: requests.Response) -> list[str]:
    return [row["participant"] for row in answer.json()]


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        (Kind.FORBIDDEN, 403, "403 Forbidden"),
        (Kind.EMPTY_500, 500, ""),
        (Kind.BAD_GATEWAY, 502, "502 Bad Gateway"),
        (Kind.UNAVAILABLE, 503, "503 Service Unavailable"),
        (Kind.TIMEOUT, 504, "504 Gateway Time-out"),
        (Kind.HTML_200, 200, "multiple browser tabs"),
        (Kind.EMPTY_200, 200, ""),
    ],
)
def test_a_page_stands_in_place_of_one_answer(
    study: Server, kind: Kind, status: int, text: str
) -> None:
    script(study.database, Fault(kind))
    answer = export(study)
    assert answer.status_code == status
    assert text in answer.text
    assert bool(answer.text) == bool(text)
    assert answer.headers["content-type"].startswith("text/html")
    assert names(export(study)) == ["1", "2", "3"]


def test_a_page_may_say_what_a_real_one_said(study: Server) -> None:
    text = "could not connect to the MySQL server"
    script(study.database, Fault(Kind.HTML_200, argument=text))
    assert text in export(study).text


@pytest.mark.parametrize(
    ("style", "end"), [("json", '"}'), ("csv", "data."), ("xml", "</error></hash>")]
)
def test_memory_runs_out_behind_a_page_and_with_status_200(
    study: Server, style: str, end: str
) -> None:
    script(study.database, Fault(Kind.OUT_OF_MEMORY))
    answer = export(study, format=style)
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "REDCap ran out of server memory." in answer.text
    assert answer.text.endswith(end)


def test_a_server_that_moved_redirects_even_to_itself(study: Server) -> None:
    script(study.database, Fault(Kind.REDIRECT, count=0))
    with pytest.raises(requests.TooManyRedirects):
        lead_on(study.url)
    lift(study.database)
    script(study.database, Fault(Kind.REDIRECT, argument="/elsewhere/api/"))
    data = {"token": TOKEN, "content": "version"}
    answer = requests.post(study.url, data=data, timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere/api/")


def lead_on(url: str) -> None:
    """Follow redirects as a client does that keeps on posting."""
    with requests.Session() as session:
        session.max_redirects = 5
        session.rebuild_method = lambda *_: None  # type: ignore[method-assign]  # POST stays POST
        session.post(url, data={"token": TOKEN, "content": "version"}, timeout=30)


def test_a_body_may_end_before_its_length(study: Server) -> None:
    script(study.database, Fault(Kind.CUT))
    head, _, body = raw(study, content="record", format="json").partition(b"\r\n\r\n")
    (announced,) = (
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if b"content-length" in line
    )
    assert len(body) == announced // 2
    script(study.database, Fault(Kind.CUT))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        export(study)


def test_half_a_body_may_pass_for_all_of_it(study: Server) -> None:
    whole = export(study).text
    script(study.database, Fault(Kind.TRUNCATED))
    answer = export(study)
    assert answer.status_code == 200
    assert answer.text == whole[: len(whole) // 2]


def test_a_body_may_come_slowly(study: Server) -> None:
    script(study.database, Fault(Kind.SLOW, argument="0.5"))
    begun = time.monotonic()
    assert names(export(study)) == ["1", "2", "3"]
    assert time.monotonic() - begun >= 0.5
    script(study.database, Fault(Kind.SLOW, argument="2"))
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(study.url, data={"token": TOKEN, "content": "record"}, timeout=0.1)


def test_a_connection_may_be_reset(study: Server) -> None:
    script(study.database, Fault(Kind.RESET))
    with pytest.raises(ConnectionResetError):
        raw(study, content="version")
    assert study.post(content="version").ok


def raw(server: Server, **form: str) -> bytes:
    """Post over a bare socket and read until the server closes it."""
    place = urlsplit(server.url)
    body = urlencode({"token": TOKEN, **form}).encode()
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("style", ["json", "csv", "xml"])
def test_records_may_be_left_out_without_a_word(study: Server, style: str) -> None:
    whole = export(study, format=style).text
    script(study.database, Fault(Kind.DROPPED_RECORDS))
    assert len(export(study, format=style).text) < len(whole)
    script(study.database, Fault(Kind.DROPPED_RECORDS, argument="1, 2"))
    answer = export(study, format=style)
    assert answer.status_code == 200
    assert ("3" in answer.text, "a b" in answer.text) == (True, True)
    script(study.database, Fault(Kind.DROPPED_RECORDS, argument="2"))
    assert names(export(study, records=["2", "3"])) == ["3"]


def test_fields_may_be_missing(study: Server) -> None:
    script(study.database, Fault(Kind.MISSING_FIELDS, argument="note, why___1", count=2))
    row = export(study).json()[0]
    assert not {"note", "why___1"} & row.keys()
    assert "why___2" in row
    header = export(study, format="csv").text.splitlines()[0].split(",")
    assert header == list(row)


def test_a_body_may_hold_bytes_that_are_no_utf_8(study: Server) -> None:
    script(study.database, Fault(Kind.BAD_BYTES))
    answer = export(study)
    assert answer.headers["content-type"].endswith("charset=utf-8")
    assert b"a\xa0b" in answer.content
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()


def test_the_log_may_have_no_deletes(study: Server) -> None:
    study.post(content="record", action="delete", records=["1"])

    def deletes() -> int:
        rows = study.post(content="log", format="json").json()
        assert any(row["action"].startswith("Create") for row in rows)
        return sum(row["action"].startswith("Delete") for row in rows)

    assert deletes() == 1
    script(study.database, Fault(Kind.LOG_WITHOUT_DELETES, content="log"))
    assert deletes() == 0
    script(study.database, Fault(Kind.LOG_WITHOUT_DELETES, count=0))
    assert deletes() == 0


@pytest.mark.parametrize(
    "kind", [Kind.LOG_WITHOUT_DELETES, Kind.MISSING_FIELDS, Kind.DROPPED_RECORDS]
)
def test_what_has_no_rows_is_answered_as_ever(study: Server, kind: Kind) -> None:
    calls: list[dict[str, Any]] = [
        {"content": "version"},
        {"content": "project"},
        {"content": "record", "data": '[{"participant": "4"}]'},
        {"content": "record", "action": "delete", "records": ["4"]},
        {"content": "record", "format": "odm"},
    ]
    script(study.database, Fault(kind, count=0, argument="project_title"))

    answers = [study.post(**{"format": "json", **call}) for call in calls]

    assert [answer.status_code for answer in answers] == [200] * len(calls)
    version, project, imported, deleted, odm = (answer.text for answer in answers)
    assert (version, imported, deleted) == ("14.9.1", '{"count":1}', "1")
    assert "project_title" in project
    assert odm.startswith("<?xml")


def test_a_csv_may_have_semicolons(study: Server) -> None:
    script(study.database, Fault(Kind.SEMICOLONS, count=0))
    assert export(study, format="csv").text.startswith("participant;")
    assert export(study, format="csv", csvDelimiter=",").text.startswith("participant,")
    metadata = study.post(content="metadata", format="csv").text
    assert metadata.startswith("field_name,")


def test_an_old_server_takes_commas_for_an_array(study: Server) -> None:
    assert export(study, fields="participant,note").status_code == 400
    script(study.database, Fault(Kind.LEGACY_ARRAYS))
    assert "note" in export(study, fields="participant,note").json()[0]
    assert export(study, fields="participant,note").status_code == 400


def test_a_banned_client_sees_a_page_at_every_address(study: Server) -> None:
    script(study.database, Fault(Kind.BAN, count=0))
    for answer in (
        export(study),
        study.post(content="version"),
        requests.get(study.url.removesuffix("api/"), timeout=30),
    ):
        assert answer.status_code == 200
        assert "banned" in answer.text
    lift(study.database)
    assert names(export(study)) == ["1", "2", "3"]


def test_too_many_calls_a_minute_are_a_ban_for_good(study: Server) -> None:
    script(study.database, Fault(Kind.LIMIT, argument="3"))
    # A minute may turn between two calls, and the count begins anew: six calls are too many then.
    answers = [study.post(content="version").text for _ in range(7)]
    assert answers[0] == "14.9.1"
    assert "banned" in answers[-1]
    with store.connect(study.database, writing=True) as connection:
        connection.execute("DELETE FROM fault_call")
    assert "banned" in study.post(content="version").text


def test_a_fault_waits_for_its_call_and_is_over_after_its_count(study: Server) -> None:
    script(study.database, Fault(Kind.UNAVAILABLE, content="record", after=1, count=2))
    assert study.post(content="version").ok
    assert [export(study).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_fault_meets_only_its_token(study: Server) -> None:
    with store.connect(study.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        store.grant(connection, OTHER_TOKEN, project.id, Rights("other"))
    script(study.database, Fault(Kind.UNAVAILABLE, token=OTHER_TOKEN))
    assert export(study).ok
    form = {"token": OTHER_TOKEN, "content": "version"}
    assert requests.post(study.url, data=form, timeout=30).status_code == 503


def test_a_page_that_is_no_call_uses_no_fault_up(study: Server) -> None:
    script(study.database, Fault(Kind.UNAVAILABLE))
    assert requests.get(study.url, timeout=30).status_code == 404
    assert export(study).status_code == 503


def test_several_faults_come_together(study: Server) -> None:
    script(
        study.database,
        Fault(Kind.MISSING_FIELDS, argument="note"),
        Fault(Kind.DROPPED_RECORDS, argument="2"),
    )
    answer = export(study)
    assert names(answer) == ["1", "3"]
    assert "note" not in answer.json()[0]


def test_any_process_may_script_a_fault_and_no_token_is_kept(study: Server) -> None:
    order = (
        "import sys; from pathlib import Path;"
        "from omics_orchestrator.demo.redcap.faults import *;"
        f"script(Path(sys.argv[1]), Fault(Kind.TIMEOUT, token={TOKEN!r}))"
    )
    subprocess.run([sys.executable, "-c", order, str(study.database)], check=True, timeout=60)
    files = list(study.database.parent.glob("redcap.db*"))
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)
    assert export(study).status_code == 504


def test_a_refusal_stays_one_under_a_fault_of_rows(study: Server) -> None:
    script(study.database, Fault(Kind.DROPPED_RECORDS))
    answer = export(study, fields=["nothing"])
    assert answer.status_code == 400
    assert "not valid" in answer.json()["error"]


def test_a_file_that_is_sent_in_parts_meets_its_fault(study: Server) -> None:
    script(study.database, Fault(Kind.UNAVAILABLE, content="file", token=TOKEN))
    form = {"token": TOKEN, "content": "file", "action": "import", "record": "1", "field": "scan"}
    answer = requests.post(study.url, data=form, files={"file": ("a", b"b")}, timeout=30)
    assert answer.status_code == 503
    answer = requests.post(study.url, data=form, files={"file": ("a", b"b")}, timeout=30)
    assert answer.ok
