"""The shipped Caddyfile, run by a real Caddy in front of two real Dagster webservers.

Only the environment differs from production: address, port, users file and upstreams.
"""

import contextlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from edge import Echo, Edge, Who, basic, free_port, running
from mutations import SCHEMA, every_mutation
from webservers import two_webservers
from websockets.exceptions import InvalidStatus

CADDYFILE = Path(__file__).resolve().parents[2] / "Caddyfile"
VIEWER = ("vera", "vera-canary-7f3a")
OPERATOR = ("otto", "otto-canary-91bc")

STATE = """{
  runsOrError { ... on Runs { results { id } } }
  assetOrError(assetKey: {path: ["omics"]}) { ... on Asset { assetMaterializations { timestamp } } }
  schedulesOrError(repositorySelector: {
      repositoryLocationName: "omics", repositoryName: "__repository__"}) {
    ... on Schedules { results { name scheduleState { status } } } }
  instance { concurrencyLimits { concurrencyKey limit } autoMaterializePaused }
}"""
MATERIALISE = """mutation { reportRunlessAssetEvents(eventParams: {
    eventType: ASSET_MATERIALIZATION, assetKey: {path: ["omics"]}}) { __typename } }"""
# What Dagster lets a viewer do: it hides a greeting and changes nothing that runs.
OPEN_TO_VIEWERS = {"setNuxSeen"}
# Answers that wrap one refusal for each run that was asked for.
REFUSALS = ("Error", "Failure", "LaunchMultipleRunsResult", "TerminateRunsResult")

Start = Callable[..., Edge]


@pytest.fixture(scope="module")
def caddy() -> str:
    if found := shutil.which("caddy"):
        return found
    if os.environ.get("OMICS_REQUIRE_FIXTURES") == "1":
        pytest.fail("caddy is not installed")
    pytest.skip("caddy is not installed")


@pytest.fixture(scope="module")
def users(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("users") / "users.caddy"
    for name, password in (VIEWER, OPERATOR):
        command = [caddy, "hash-password", "--plaintext", password]
        with file.open("a") as lines:
            lines.write(f"{name} {subprocess.check_output(command, text=True)}")
    return file


@pytest.fixture(scope="module")
def start_edge(
    caddy: str, users: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Start the shipped Caddyfile in front of an operators' and a viewers' webserver."""
    with contextlib.ExitStack() as stack:

        def start(operators: int, viewers: int, pages: int = 0) -> Edge:
            home = tmp_path_factory.mktemp("caddy")
            port, plain_port = free_port(), free_port()
            server = running(
                *(caddy, "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)),
                port=port,
                log=home / "log",
                XDG_DATA_HOME=str(home),
                XDG_CONFIG_HOME=str(home),
                OMICS_ADDRESS=f"localhost:{port}",
                OMICS_HTTP_PORT=str(plain_port),
                OMICS_USERS_FILE=str(users),
                OMICS_OPERATORS=f"olga {OPERATOR[0]}",
                OMICS_WEBSERVER=f"127.0.0.1:{operators}",
                OMICS_WEBSERVER_VIEWER=f"127.0.0.1:{viewers}",
                OMICS_PAGES=f"127.0.0.1:{pages}",
            )
            stack.enter_context(server)
            root = home / "caddy/pki/authorities/local/root.crt"
            edge = Edge(port, plain_port, ssl.create_default_context(cafile=root), home / "log")
            edge.await_certificate()
            return edge

        yield start


@pytest.fixture(scope="module")
def edge(start_edge: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with two_webservers(tmp_path_factory.mktemp("dagster")) as (operators, viewers):
        yield start_edge(operators, viewers)


@pytest.mark.parametrize("missing", [None, "OMICS_USERS_FILE", "OMICS_OPERATORS"])
def test_the_shipped_file_is_valid_only_with_its_users(
    caddy: str, users: Path, tmp_path: Path, missing: str | None
) -> None:
    environment = {"OMICS_USERS_FILE": str(users), "OMICS_OPERATORS": "otto"}
    environment.pop(missing or "", None)
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    home = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    checked = subprocess.run(command, env=environment | home, capture_output=True, check=False)
    assert (checked.returncode == 0) == (missing is None), checked.stderr


@pytest.mark.parametrize("path", ["/", "/graphql", "/server_info", "/logs/x/out", "/notebook"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_stranger_is_told_nothing(edge: Edge, path: str, method: str) -> None:
    assert edge.ask(path, None, method).status == 401


@pytest.mark.parametrize("who", [("vera", "wrong"), ("nobody", "vera-canary-7f3a"), ("", "")])
def test_a_wrong_password_opens_nothing(edge: Edge, who: Who) -> None:
    assert edge.ask("/", who).status == 401


def test_health_needs_no_password(edge: Edge) -> None:
    assert edge.ask("/healthz", None).status == 200


def test_plain_http_only_leads_to_tls(edge: Edge) -> None:
    line = http.client.HTTPConnection("localhost", edge.plain_port, timeout=10)
    with contextlib.closing(line):
        line.request("GET", "/")
        answer = line.getresponse()
        assert (answer.status, answer.headers["Location"]) == (308, f"{edge.origin}/")


def test_a_viewer_sees_the_platform(edge: Edge) -> None:
    page = edge.ask("/", VIEWER)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    answer = edge.graphql("{ assetNodes { assetKey { path } } }", VIEWER)
    assert answer.data() == {"assetNodes": [{"assetKey": {"path": ["omics"]}}]}


def test_an_operator_changes_the_platform(edge: Edge) -> None:
    before = len(state(edge)["assetOrError"]["assetMaterializations"])
    edge.graphql(MATERIALISE, OPERATOR)
    assert len(state(edge)["assetOrError"]["assetMaterializations"]) == before + 1


def test_a_viewer_changes_nothing_by_any_mutation(edge: Edge) -> None:
    edge.graphql(MATERIALISE, OPERATOR)
    before = state(edge)
    mutations = every_mutation(edge.graphql(SCHEMA, VIEWER).data()["__schema"])
    assert {"launchRun", "wipeAssets", "startSchedule"} <= mutations.keys()
    for name in mutations.keys() - OPEN_TO_VIEWERS:
        answer = edge.graphql(mutations[name], VIEWER)
        done = (answer.data() or {"done": None})["done"]
        assert done is None or done["__typename"].endswith(REFUSALS), (name, answer.body)
    assert state(edge) == before


def state(edge: Edge) -> Any:
    return edge.graphql(STATE, OPERATOR).data()


@pytest.mark.parametrize("who", [VIEWER, OPERATOR])
def test_live_logs_reach_a_person(edge: Edge, who: Who) -> None:
    query = 'subscription { pipelineRunLogs(runId: "no-such-run") { __typename } }'
    with edge.websocket(who, edge.origin) as live:
        live.send(json.dumps({"type": "connection_init"}))
        assert json.loads(live.recv(10)) == {"type": "connection_ack"}
        live.send(json.dumps({"type": "start", "id": "1", "payload": {"query": query}}))
        assert json.loads(live.recv(10))["payload"] == {
            "data": {"pipelineRunLogs": {"__typename": "PipelineRunLogsSubscriptionFailure"}}
        }


@pytest.mark.parametrize(
    ("who", "origin", "status"),
    [
        (None, "https://localhost", 401),
        (VIEWER, "https://evil.example", 403),
        (OPERATOR, "https://evil.example", 403),
        (OPERATOR, "null", 403),
    ],
)
def test_live_logs_reach_nobody_else(edge: Edge, who: Who, origin: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        edge.websocket(who, origin).close()
    assert refused.value.response.status_code == status


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
def test_a_foreign_page_cannot_use_an_operators_password(edge: Edge, origin: str) -> None:
    assert edge.graphql(MATERIALISE, OPERATOR, Origin=origin).status == 403


@pytest.mark.parametrize(("mode", "status"), [("no-cors", 403), ("cors", 403), ("navigate", 200)])
def test_a_link_from_elsewhere_works_and_a_fetch_does_not(
    edge: Edge, mode: str, status: int
) -> None:
    headers = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": mode}
    assert edge.ask("/runs", OPERATOR, **headers).status == status


@pytest.mark.parametrize("path", ["/graphql", "//graphql", "/%67raphql", "/GraphQL", "/./graphql"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_address_cannot_carry_a_mutation(edge: Edge, path: str, method: str) -> None:
    query = "?query=mutation%7BreloadWorkspace%7B__typename%7D%7D"
    assert edge.ask(path + query, OPERATOR, method).status == 405


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""]
)
def test_a_form_cannot_carry_a_mutation(edge: Edge, kind: str) -> None:
    assert edge.graphql(MATERIALISE, OPERATOR, Content_Type=kind).status == 415


def test_a_huge_request_is_refused(edge: Edge) -> None:
    answer = edge.graphql("#" + "x" * 2_000_000, OPERATOR)
    assert answer.status in (413, 502)  # Caddy 2.6 blames the webserver, later ones the request


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(edge: Edge, method: str) -> None:
    assert edge.ask("/", OPERATOR, method).body == "405 Method Not Allowed"


@pytest.mark.parametrize(
    "path", ["/report_asset_materialization/omics", "/report_asset_check/omics", "/dagit/notebook"]
)
def test_inner_endpoints_are_not_there(edge: Edge, path: str) -> None:
    assert edge.ask(path, OPERATOR, "POST", "{}").status == 404


def test_only_an_operator_downloads_a_runs_whole_record(edge: Edge) -> None:
    assert edge.ask("/download_debug/no-such-run", VIEWER).status == 403
    assert edge.ask("/download_debug/no-such-run", OPERATOR).status not in (403, 404)


@pytest.mark.parametrize(
    ("path", "who", "method", "status"),
    [
        ("/", VIEWER, "GET", 200),
        ("/", None, "GET", 401),
        ("/download_debug/x", VIEWER, "GET", 403),
        ("/notebook", OPERATOR, "GET", 404),
        ("/graphql", OPERATOR, "GET", 405),
        ("/graphql", OPERATOR, "POST", 415),
    ],
)
def test_every_answer_guards_the_browser(
    edge: Edge, path: str, who: Who, method: str, status: int
) -> None:
    answer = edge.ask(path, who, method)
    assert answer.status == status
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in answer.headers


def test_the_log_names_the_person_and_no_secret(edge: Edge) -> None:
    edge.ask("/runs?token=token-canary", OPERATOR, Cookie="session=cookie-canary")
    edge.ask("/runs", ("vera", "wrong-canary"))
    edge.ask("/last-line", VIEWER)
    written = edge.logged_up_to("/last-line")
    lines = [json.loads(line) for line in written.splitlines() if '"http.log.access' in line]
    seen = {(line["user_id"], line["status"]) for line in lines}
    assert {("otto", 200), ("vera", 200), ("", 401)} <= seen
    for secret in ("canary", *basic(VIEWER).values(), *basic(OPERATOR).values(), "Authorization"):
        assert secret not in written


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def echo(start_edge: Start, listener: int) -> Edge:
    return start_edge(listener, free_port())


@pytest.fixture(scope="module")
def only_pages(start_edge: Start, listener: int) -> Edge:
    return start_edge(free_port(), free_port(), listener)


@pytest.mark.parametrize("who", [VIEWER, OPERATOR])
@pytest.mark.parametrize(
    "path",
    [
        "/quarantine",
        "/quarantine?all=1",
        "/quarantine/3f9a/values",
        "/dictionary/variables/sex.html",
    ],
)
def test_the_pages_learn_who_looks_and_never_the_password(
    only_pages: Edge, who: Who, path: str
) -> None:
    received = json.loads(only_pages.ask(path, who, X_Forwarded_User="sofia").body)
    assert received["X-Forwarded-User"] == who[0]  # type: ignore[index]  # it is no stranger
    assert "Authorization" not in received
    assert received["Host"] == only_pages.origin.removeprefix("https://")


@pytest.mark.parametrize("path", ["/", "/quarantines", "/runs/quarantine", "/healthz2"])
def test_what_is_not_a_page_goes_to_dagster(only_pages: Edge, path: str) -> None:
    assert only_pages.ask(path, OPERATOR).status == 502


def test_the_pages_are_behind_the_same_door(only_pages: Edge) -> None:
    assert only_pages.ask("/quarantine", None).status == 401
    told = only_pages.ask(
        "/quarantine/3f9a/decision", OPERATOR, "POST", Origin="https://evil.example"
    )
    assert told.status == 403


def test_dagster_learns_the_name_and_never_the_password(echo: Edge) -> None:
    received = json.loads(echo.ask("/", OPERATOR, X_Forwarded_User="mallory").body)
    assert received["X-Forwarded-User"] == "otto"
    assert "Authorization" not in received


def test_a_webserver_that_is_down_is_said_so_without_detail(echo: Edge) -> None:
    answer = echo.ask("/", VIEWER)
    assert (answer.status, answer.body) == (502, "502 Bad Gateway")
    assert answer.headers["X-Frame-Options"] == "DENY"
