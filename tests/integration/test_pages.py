"""The quarantine pages: what each person may see and do, and what a browser is guarded from."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from edge import running
from quarantined_clinic import HASH_KEY, ROWS, STEWARD, VIEWER, Clinic, clinic, serving

REPOSITORY = Path(__file__).parents[2]

SECRETS = ("canary_code", "bold", "700", "31/12/2021", "P-2")


@pytest.fixture
def held(warehouse: str, tmp_path: Path) -> Clinic:
    return clinic(warehouse, tmp_path)


@pytest.fixture
def pages(held: Clinic) -> Iterator[str]:
    with serving(held.desk) as address:
        yield address


def get(address: str, who: str = "") -> requests.Response:
    headers = {"X-Forwarded-User": who} if who else {}
    return requests.get(address, headers=headers, timeout=10, allow_redirects=False)


def post(address: str, who: str, **form: str) -> requests.Response:
    origin = "/".join(address.split("/")[:3])
    headers = {"X-Forwarded-User": who, "Origin": origin}
    return requests.post(address, form, headers=headers, timeout=10, allow_redirects=False)


@pytest.mark.parametrize("who", ["", VIEWER, STEWARD])
def test_to_read_a_page_shows_nobody_a_value(pages: str, held: Clinic, who: str) -> None:
    groups = [each for field in ("eye_colour", "crp", "seen_on") for each in held.groups(field)]
    assert len(groups) == 4
    addresses = ["", *(f"/{each.cause.id}" for each in groups)]
    told = [get(f"{pages}/quarantine{address}", who) for address in addresses]
    for answer in told:
        assert answer.status_code == 200
        assert not [secret for secret in SECRETS if secret in answer.text]
    assert held.ask("select count(*) from ops.quarantine_showing") == [(0,)]


def test_the_list_names_groups_counts_and_what_would_mend_them(pages: str) -> None:
    told = get(f"{pages}/quarantine", VIEWER).text
    for said in ("core.clinic__visit", "unknown code", "tables.visit.variables.seen_on", VIEWER,
                 "formats: [&#34;%Y-%m-%d&#34;, &#34;%d/%m/%Y&#34;]", "one of red, dark_blue"):  # fmt: skip
        assert said in told


def test_a_steward_is_shown_values_and_their_records_and_it_is_recorded(
    pages: str, held: Clinic
) -> None:
    address = f"{pages}/quarantine/{held.group('eye_colour').cause.id}"
    shown = post(f"{address}/values", STEWARD)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    for said in ("canary_code", "P-2, P-3", "codes: {&#34;canary_code&#34;: ___"):
        assert said in shown.text
    assert held.ask("select shown_to, place, field from ops.quarantine_showing") == [
        (STEWARD, "pages", "eye_colour")
    ]
    assert f"{STEWARD} was shown 2 values (pages)" in get(address, VIEWER).text


def test_a_value_that_is_mark_up_is_shown_as_text(pages: str, held: Clinic) -> None:
    not_a_number, out_of_range = held.groups("crp")
    assert out_of_range.reason == "out_of_range"
    shown = post(f"{pages}/quarantine/{not_a_number.cause.id}/values", STEWARD).text
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    assert "<b>bold" not in shown


@pytest.mark.parametrize("who", ["", VIEWER, "Sofia"])
@pytest.mark.parametrize("what", ["values", "decision"])
def test_nobody_else_is_shown_a_value_or_decides(
    pages: str, held: Clinic, who: str, what: str
) -> None:
    address = f"{pages}/quarantine/{held.group('seen_on').cause.id}/{what}"
    told = post(address, who, decision="leave", why="because")
    assert told.status_code == 403
    assert "OMICS_STEWARDS" in told.text
    for table in ("showing", "decision"):
        assert held.ask(f"select count(*) from ops.quarantine_{table}") == [(0,)]


def test_a_decision_is_recorded_and_survives_a_reload(pages: str, held: Clinic) -> None:
    address = f"{pages}/quarantine/{held.group('seen_on').cause.id}"
    load = str(held.group("seen_on").load_id)
    form = {"decision": "source", "why": "asked the clinic", "load": load}
    done = post(f"{address}/decision", STEWARD, **form)
    assert (done.status_code, done.headers["Location"]) == (303, address.removeprefix(pages))
    held.load("second", [*ROWS[:3], {**ROWS[3], "id": "P-9"}])
    assert held.group("seen_on").open_cells == 0
    told = get(address, VIEWER).text
    assert f"{STEWARD}: the source will correct it (3 cells). asked the clinic" in told
    assert "seen_on" not in get(f"{pages}/quarantine", VIEWER).text
    assert "seen_on" in get(f"{pages}/quarantine?all=1", VIEWER).text


@pytest.mark.parametrize(
    "form", [{}, {"decision": "forget", "why": "x"}, {"decision": "leave", "why": " "},
             {"decision": "leave", "why": "ask ann@example.org"},
             {"decision": "leave", "why": "x", "value": "00"}],
)  # fmt: skip
def test_half_a_decision_is_not_recorded(pages: str, held: Clinic, form: dict[str, str]) -> None:
    address = f"{pages}/quarantine/{held.group('seen_on').cause.id}/decision"
    told = post(address, STEWARD, load=str(held.group("seen_on").load_id), **form)
    assert told.status_code == 400
    assert "To mend: " in told.text
    assert held.ask("select count(*) from ops.quarantine_decision") == [(0,)]


def test_a_decision_about_a_table_that_was_loaded_meanwhile_is_not_recorded(
    pages: str, held: Clinic
) -> None:
    group = held.group("seen_on")
    held.load("second", [*ROWS, {"id": "P-9", "seen_on": "soon"}])
    form = {"decision": "leave", "why": "because", "load": str(group.load_id)}
    assert post(f"{pages}/quarantine/{group.cause.id}/decision", STEWARD, **form).status_code == 409
    assert held.ask("select count(*) from ops.quarantine_decision") == [(0,)]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", None])
def test_a_form_of_another_page_does_nothing(pages: str, held: Clinic, origin: str | None) -> None:
    address = f"{pages}/quarantine/{held.group('seen_on').cause.id}/decision"
    headers = {"X-Forwarded-User": STEWARD} | ({} if origin is None else {"Origin": origin})
    form = {"decision": "leave", "why": "because"}
    assert requests.post(address, form, headers=headers, timeout=10).status_code == 403
    assert held.ask("select count(*) from ops.quarantine_decision") == [(0,)]


@pytest.mark.parametrize("group", ["zzzzzzzz", "%2e%2e", "'; drop"])
def test_a_group_that_is_not_there_is_said_so(pages: str, group: str) -> None:
    assert get(f"{pages}/quarantine/{group}", VIEWER).status_code == 404


def test_every_answer_guards_the_browser(pages: str) -> None:
    for path in ("/quarantine", "/quarantine/style.css", "/quarantine/none", "/nowhere"):
        headers = get(pages + path, VIEWER).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_on_ones_own_machine_one_is_oneself_and_no_other_name_of_it_counts(held: Clinic) -> None:
    with serving(held.desk, own=STEWARD) as address:
        assert STEWARD in get(f"{address}/quarantine").text
        rebound = requests.get(
            f"{address}/quarantine", headers={"Host": "evil.example"}, timeout=10
        )
        assert rebound.status_code == 400
        assert VIEWER in get(f"{address}/quarantine", VIEWER).text


def test_the_database_that_is_away_is_said_so_without_detail(held: Clinic) -> None:
    with serving(held.desk) as address:
        held.warehouse_url = "not an address"
        told = get(f"{address}/quarantine", VIEWER)
        assert told.status_code == 400
        assert "the warehouse url cannot be read" in told.text.lower()


def test_the_command_serves_the_pages_for_the_person_whose_machine_it_is(
    held: Clinic, port: int, tmp_path: Path
) -> None:
    command = str(Path(sys.executable).with_name("omics")), "pages", "--own-machine"
    settings = {
        "OMICS_WAREHOUSE_URL": held.warehouse_url,
        "OMICS_STORE_URL": str(tmp_path / "store"),
        "OMICS_KEY": HASH_KEY.decode(),
        "OMICS_DICTIONARY": str(REPOSITORY / "data_dictionary"),
    }
    with running(*command, "--port", str(port), port=port, log=tmp_path / "log", **settings):
        told = get(f"http://127.0.0.1:{port}/quarantine").text
    assert f'<p class="person">{psutil.Process().username()}</p>' in told
    # The clinic is in no study file: it is listed all the same.
    assert "The data dictionary no longer has this table." in told
