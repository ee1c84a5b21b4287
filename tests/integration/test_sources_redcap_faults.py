"""What a REDCap server does wrong, over real sockets, and the one error that each becomes."""

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scripted_redcap import Answer, Scripted, scripted

from omics_orchestrator.errors import (
    ConfigurationError,
    OmicsError,
    PermanentError,
    SourceError,
    TransientError,
)
from omics_orchestrator.sources import Extract, redcap
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
PAGE = "<!DOCTYPE html><html><body>Down for maintenance</body></html>"
MEMORY = "REDCap ran out of server memory. The request cannot be processed."
MYSQL = "The hostname (db) / username (u) / password (SECRET) combination could not connect"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Scripted()) as server:
        yield server


def read(server: Scripted) -> Extract:
    return redcap.read(redcap.connect(server.url, TOKEN, **PLACE, first_wait=0), asking("base"))


def refusal(server: Scripted) -> OmicsError:
    with pytest.raises(OmicsError) as refused:
        read(server)
    message = str(refused.value)
    assert message.startswith("study clinic, source lab")
    assert refused.value.mend.endswith((".", "?"))
    assert TOKEN not in message
    assert "SECRET" not in message
    assert refused.value.__cause__ is None
    return refused.value


def always(answer: Answer, content: str) -> Callable[[str, Any], Answer | None]:
    return lambda asked, _arrays: answer if asked == content else None


def batches(
    server: Scripted,
    rewrite: Callable[[list[dict[str, str]]], list[dict[str, str]]],
    above: int = 0,
) -> Callable[[str, dict[str, list[str]]], Answer | None]:
    """Rewrite the rows of each call for more than `above` named records."""
    return lambda _content, arrays: (
        Answer(rewrite(server.rows(arrays))) if len(arrays.get("records", ())) > above else None
    )


def records_asked(server: Scripted) -> list[list[str]]:
    """The record ids of each call for records, but two lists of all and the first record's."""
    found = [
        [value for name, value in form if name.startswith("records[")]
        for form in server.posted
        if ("content", "record") in form
    ]
    return found[3:]


def test_a_healthy_project_is_read_record_by_record(server: Scripted) -> None:
    extract = read(server)
    assert extract.tables["base"].rows()[1] == (
        "10",
        "sex of 10",
        "age of 10",
        "base_complete of 10",
    )
    assert extract.scope["project_id"] == "7"
    assert extract.scope["redcap_version"] == "14.9.1"


@pytest.mark.parametrize("content", ["project", "metadata", "record"])
@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer("", 500), TransientError, "HTTP 500"),
        (Answer(PAGE, 502), TransientError, "HTTP 502"),
        (Answer("", 503), TransientError, "HTTP 503"),
        (Answer("", 504), TransientError, "HTTP 504"),
        (Answer("", 408), TransientError, "HTTP 408"),
        (Answer("", 429, {"retry-after": "30"}), TransientError, "retry_after_seconds 30"),
        (Answer(PAGE), TransientError, "a page instead of data"),
        (Answer(""), TransientError, "nothing instead of data"),
        (Answer("\n \n"), TransientError, "nothing instead of data"),
        (Answer(f"<br/>{PAGE}{MEMORY}"), TransientError, "its memory ran out"),
        (Answer({"error": MEMORY}, 400), TransientError, "memory ran out"),
        (Answer(MYSQL), TransientError, "a page instead of data"),
        (Answer('[{"id": "1", "se'), TransientError, "cut or is no data"),
        (Answer('[{"id": "1"}]', missing=9), TransientError, "cut or is no data"),
        (Answer('"a word"'), TransientError, "cut or is no data"),
        (Answer([["1"]]), TransientError, "cut or is no data"),
        (Answer([{"other": "1"}]), TransientError, "cut or is no data"),
        (Answer(is_reset=True), TransientError, "cannot be reached"),
        (Answer({"error": "no rights"}, 403), SourceError, "refused the token (HTTP 403)"),
        (Answer({"error": "no rights"}, 401), SourceError, "refused the token (HTTP 401)"),
        (Answer(PAGE, 403), SourceError, "something before REDCap refuses"),
        (Answer("too large", 413), SourceError, "something before REDCap refuses"),
        (Answer({"error": f"{TOKEN} is odd"}, 400), SourceError, ": <token> is odd"),
        (Answer({"error": "not today"}), SourceError, ": not today"),
        (Answer(PAGE, 404), ConfigurationError, "there is no REDCap API"),
        (
            Answer("", 301, {"location": "https://new.example.org/api/"}),
            ConfigurationError,
            "moved",
        ),
        (Answer("", 307, {"location": "http://127.0.0.1:9/api/"}), ConfigurationError, "moved"),
    ],
)
def test_each_fault_is_one_clear_error_of_the_right_kind(
    server: Scripted, content: str, answer: Answer, kind: type[OmicsError], said: str
) -> None:
    server.fault = always(answer, content)
    refused = refusal(server)
    assert isinstance(refused, kind)
    assert said in str(refused)


def test_a_passing_fault_is_tried_again_until_it_has_passed(server: Scripted) -> None:
    server.fault = lambda _content, _arrays: Answer("", 500) if len(server.posted) % 6 else None
    assert read(server).tables["base"].height == 3
    assert len(server.posted) % 6 == 0


def test_a_fault_that_lasts_is_given_up_after_six_tries(server: Scripted) -> None:
    server.fault = lambda _content, _arrays: Answer("", 503)
    assert isinstance(refusal(server), TransientError)
    assert len(server.posted) == 6


@pytest.mark.parametrize("answer", [Answer({"error": "no"}, 400), Answer({"error": "no"}, 403)])
def test_what_a_person_must_mend_is_asked_once(server: Scripted, answer: Answer) -> None:
    server.fault = lambda _content, _arrays: answer
    assert isinstance(refusal(server), PermanentError)
    assert len(server.posted) == 1


@pytest.mark.parametrize("status", [200, 403, 404])
def test_the_first_page_of_a_ban_ends_everything(server: Scripted, status: int) -> None:
    page = Answer("<html><body>Your IP address has been BANNED.</body></html>", status)
    server.fault = always(page, "record")
    assert "has banned this machine" in str(refusal(server))
    assert len(records_asked(server)) == 0


def test_bytes_that_are_not_utf8_are_read_as_windows_wrote_them_and_counted(
    server: Scripted,
) -> None:
    server.records = ["1"]
    text = '[{"id":"1","sex":"M\xfcller \xa0","age":"\u2019","base_complete":"\x81"}]'
    body = (
        text.replace("\x81", "")
        .encode("cp1252")
        .replace(b'"base_complete":""', b'"base_complete":"\x81"')
    )
    server.fault = always(Answer(body), "record")
    extract = read(server)
    assert extract.tables["base"].rows() == [("1", "M\xfcller \xa0", "\u2019", "\x81")]
    assert extract.scope["answers_not_utf8"] == 4


def test_a_byte_order_mark_is_no_part_of_an_answer(server: Scripted) -> None:
    rows = [{"id": "1", "sex": "1", "age": "é", "base_complete": "2"}]
    server.records = ["1"]
    server.fault = always(Answer(b"\xef\xbb\xbf" + json.dumps(rows).encode()), "record")
    assert read(server).tables["base"].rows() == [("1", "1", "é", "2")]


def test_a_refused_connection_is_worth_another_try() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/api/"
    assert isinstance(refusal(Scripted(url=url)), TransientError)


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omics_orchestrator.sources._redcap_client._TIMEOUT_SECONDS", (1, 0.2))
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        assert isinstance(refusal(Scripted(url=url)), TransientError)


def test_a_token_is_never_sent_to_a_server_whose_certificate_nobody_vouches_for(
    tmp_path: Path,
) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_greet, args=(listener, context, heard))
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/api/"
        refused = refusal(Scripted(url=url))
        thread.join()
    assert isinstance(refused, ConfigurationError)
    assert "certificate is not trusted" in str(refused)
    assert heard == []


def _greet(listener: socket.socket, context: ssl.SSLContext, heard: list[bytes]) -> None:
    connection, _ = listener.accept()
    with closing(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as trusted:
                heard.append(trusted.recv(1))
        except ssl.SSLError:
            return


@pytest.mark.parametrize(
    "answer", [Answer(PAGE + MEMORY), Answer(""), Answer(PAGE, 403), Answer('[{"id": "1"')]
)
def test_too_much_at_once_is_asked_for_in_halves_until_all_is_there(
    server: Scripted, answer: Answer
) -> None:
    server.records = [str(number) for number in range(1, 21)]
    server.fault = lambda _content, arrays: answer if len(arrays.get("records", ())) > 6 else None
    assert read(server).tables["base"]["id"].to_list() == sorted(server.records)
    assert [len(asked) for asked in records_asked(server)] == [20, 10, 5, 5, 10, 5, 5]


def test_dropped_records_are_missed_and_asked_for_again(server: Scripted) -> None:
    server.records = [str(number) for number in range(1, 9)]
    server.fault = batches(server, lambda rows: rows[:-1], above=2)
    assert read(server).tables["base"]["id"].to_list() == sorted(server.records)


def test_a_record_that_never_comes_back_fails_the_whole_read(server: Scripted) -> None:
    server.fault = batches(server, lambda rows: [row for row in rows if row["id"] != "10"])
    refused = refusal(server)
    assert isinstance(refused, TransientError)
    assert "of 1 records asked for 0 came back" in str(refused)


def test_a_server_that_forgets_which_records_were_asked_for_doubles_none(
    server: Scripted,
) -> None:
    server.records = [str(number) for number in range(501)]
    server.fault = batches(server, lambda _rows: server.rows({"fields": ["id", "sex"]}))
    refused = refusal(server)
    assert isinstance(refused, TransientError)
    assert "of 1 records asked for 1 came back, and 500 others" in str(refused)


@pytest.mark.parametrize(("fields", "records"), [(5, 1200), (700, 600), (2000, 320)])
def test_no_call_has_more_variables_than_php_takes(
    server: Scripted, fields: int, records: int
) -> None:
    server.fields = [f"f{number}" for number in range(fields)]
    server.records = [str(number) for number in range(records)]
    table = read(server).tables["base"]
    assert max(map(len, server.posted)) < 1000
    assert table.shape == (records, fields + 2)
    assert table.columns == ["id", *server.fields, "base_complete"]
    last = max(server.records)
    assert table.row(records - 1)[-2] == f"f{fields - 1} of {last}"
    assert sum(table.null_count().row(0)) == 0


def test_a_server_that_forgets_which_fields_were_asked_for_gives_nothing_away(
    server: Scripted,
) -> None:
    server.fault = batches(server, lambda rows: [row | {"email": "SECRET"} for row in rows])
    refused = refusal(server)
    assert isinstance(refused, PermanentError)
    assert "1 column(s) that were not asked for" in str(refused)


def test_a_field_that_rights_hide_is_in_no_table_and_named(server: Scripted) -> None:
    server.fault = batches(
        server, lambda rows: [{n: row[n] for n in ("id", "age")} for row in rows]
    )
    extract = read(server)
    assert extract.tables["base"].columns == ["id", "age"]
    assert extract.scope["fields_hidden_by_rights"] == "sex, base_complete"


def test_a_token_of_another_project_is_told_by_its_instruments(server: Scripted) -> None:
    with pytest.raises(SourceError, match="the project has no instrument visit") as refused:
        redcap.read(
            redcap.connect(server.url, TOKEN, **PLACE, first_wait=0), asking("base", "visit")
        )
    assert "another project's" in str(refused.value)


def test_an_empty_project_gives_empty_tables_with_their_columns(server: Scripted) -> None:
    server.records = []
    extract = read(server)
    assert extract.tables["base"].is_empty()
    assert extract.tables["base"].columns == ["id", "sex", "age", "base_complete"]
    assert extract.scope["fields_hidden_by_rights"] == "none"
    assert extract.scope["records"] == 0
