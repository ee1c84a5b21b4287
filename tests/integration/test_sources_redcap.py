"""A REDCap project read over HTTP: what is asked for, what comes, and in which table it lands."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import requests
from redcap_service import TOKEN, Server, renew, running, study_of, visits_of
from scripted_redcap import Answer, Scripted, scripted

from omics_orchestrator.demo.gidamps.dictionary import project_definition
from omics_orchestrator.demo.gidamps.study import generate
from omics_orchestrator.demo.redcap import odm_read
from omics_orchestrator.demo.redcap.project import Event, ProjectDefinition, create, seed
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, Request, redcap
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

PROJECTS = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/projects"
REAL_PROJECTS = (
    "arm-single-delete",
    "arm-single-longitudinal",
    "clinical-trial-1",
    "decimal-dot",
    "longitudinal",
    "multilevel-model-1",
    "repeating-instruments",
    "repeating-instruments-sparse",
    "simple",
    "survey",
    "validation-types-1",
    "vignette-repeating",
)
DATA_DICTIONARY = Path(__file__).resolve().parents[2] / "data_dictionary"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


def read(server: Server | Scripted, request: Request) -> Extract:
    return redcap.read(redcap.connect(server.url, TOKEN, **PLACE, first_wait=0), request)


def test_each_form_is_a_table_of_the_rows_in_which_it_was_opened(
    server: Server, tmp_path: Path
) -> None:
    renew(server, study_of(tmp_path)).put(
        {"participant": "2", "why___1": "1", "base_complete": "2"},
        {"participant": "10"},
        {"participant": "2", "redcap_repeat_instrument": "visits", "redcap_repeat_instance": "1",
         "visit": "2024-05-01"},
        {"participant": "2", "redcap_repeat_instrument": "visits", "redcap_repeat_instance": "3",
         "visits_complete": "0"},
    )  # fmt: skip
    tables = read(server, asking("base", "visits", identifiers=["birth"])).tables
    assert tables["base"].to_dicts() == [
        {"participant": "2", "why___1": "1", "why___2": "0", "why____1000": "0", "score": None,
         "base_complete": "2"}
    ]  # fmt: skip
    assert tables["visits"].rows() == [("2", "1", "2024-05-01", "0"), ("2", "3", None, "0")]
    assert tables["visits"].columns == [
        *("participant", "redcap_repeat_instance", "visit", "visits_complete")
    ]


def test_all_columns_are_text_and_leading_zeros_stay(server: Server, tmp_path: Path) -> None:
    renew(server, study_of(tmp_path)).put({"participant": "007", "base_complete": "1"})
    table = read(server, asking("base")).tables["base"]
    assert set(table.schema.values()) == {pl.String()}
    assert (table["participant"].item(), table["base_complete"].item()) == ("007", "1")


def test_identifiers_and_free_text_are_withheld_each_by_its_rule(
    server: Server, tmp_path: Path
) -> None:
    renew(server, study_of(tmp_path)).put({"participant": "1", "birth": "1950-01-01"})
    extract = read(server, asking("base", "visits"))
    assert extract.withheld == {
        "birth": "identifier",
        "scan": "no value of its own",
        "note": "free text, not released",
    }
    released = read(server, asking("visits", released=frozenset({"note"})))
    assert "note" in released.tables["visits"].columns


def test_an_empty_project_has_all_its_tables_with_their_columns(
    server: Server, tmp_path: Path
) -> None:
    tables = read(renew(server, study_of(tmp_path)), asking("base", "visits")).tables
    assert {name: table.height for name, table in tables.items()} == {"base": 0, "visits": 0}
    assert tables["base"].columns == [
        *("participant", "why___1", "why___2", "why____1000", "score", "base_complete")
    ]
    assert tables["visits"].columns == [
        *("participant", "redcap_repeat_instance", "visit", "visits_complete")
    ]


def test_a_row_of_a_longitudinal_project_has_its_event(server: Server, tmp_path: Path) -> None:
    renew(server, visits_of(tmp_path)).put(
        {"participant": "1", "redcap_event_name": "baseline_arm_1", "base_complete": "2"},
        {"participant": "1", "redcap_event_name": "month_6_arm_1", "visit": "2024-05-01"},
    )
    tables = read(server, asking("base", "visits")).tables
    assert tables["base"].columns[:2] == ["participant", "redcap_event_name"]
    assert tables["visits"].rows() == [("1", "month_6_arm_1", "2024-05-01", "0")]


def test_a_form_that_repeats_at_one_event_only_keeps_its_rows_of_both(
    server: Server, tmp_path: Path
) -> None:
    mixed = ProjectDefinition(
        "Mixed",
        study_of(tmp_path).dictionary,
        events=(Event("Baseline"), Event("Month 6"), Event("Relapse")),
        repeating=(("month_6_arm_1", "visits"), ("relapse_arm_1", "")),
    )
    renew(server, mixed).put(
        {"participant": "1", "redcap_event_name": "baseline_arm_1", "visit": "2024-01-01"},
        {"participant": "1", "redcap_event_name": "month_6_arm_1", "visit": "2024-07-01",
         "redcap_repeat_instrument": "visits", "redcap_repeat_instance": "1"},
        {"participant": "1", "redcap_event_name": "relapse_arm_1", "visit": "2024-09-01",
         "base_complete": "1", "redcap_repeat_instance": "2"},
    )  # fmt: skip
    tables = read(server, asking("base", "visits")).tables
    assert tables["visits"].drop("visits_complete").rows() == [
        ("1", "baseline_arm_1", None, "2024-01-01"),
        ("1", "month_6_arm_1", "1", "2024-07-01"),
        ("1", "relapse_arm_1", "2", "2024-09-01"),
    ]
    assert tables["base"].select("redcap_event_name", "redcap_repeat_instance").rows() == [
        ("relapse_arm_1", "2")
    ]


def test_fields_asked_for_in_groups_come_together_as_if_asked_for_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(server.database, TOKEN, project_definition(), generate(12, 3).rows)
    request = asking("patient_details", "ibd_background_clinician", "sampling", "cucq32")
    at_once = read(server, request)
    monkeypatch.setattr("omics_orchestrator.sources._redcap_records._MOST_FIELDS", 30)
    in_groups = read(server, request)
    for name, table in at_once.tables.items():
        assert in_groups.tables[name].equals(table)


def test_what_is_changed_or_deleted_in_redcap_is_so_in_the_next_read(
    server: Server, tmp_path: Path
) -> None:
    renew(server, study_of(tmp_path)).put(
        *({"participant": number, "base_complete": "1"} for number in "123")
    )
    before = read(server, asking("base"))
    assert read(server, asking("base")).tables["base"].equals(before.tables["base"])
    server.put({"participant": "2", "base_complete": "2"})
    server.post(content="record", action="delete", records=["1"])
    after = read(server, asking("base")).tables["base"]
    assert after.select("participant", "base_complete").rows() == [("2", "2"), ("3", "1")]


def test_a_token_that_opens_nothing_is_refused_without_being_told(server: Server) -> None:
    with pytest.raises(SourceError, match="study clinic, source lab: REDCap refused") as refused:
        redcap.read(redcap.connect(server.url, "F" * 32, **PLACE, first_wait=0), asking("base"))
    assert "F" * 32 not in str(refused.value)


def test_neither_identifiers_nor_unreleased_text_are_ever_asked_for_on_the_wire(
    server: Server,
) -> None:
    study = load(DATA_DICTIONARY).studies["gidamps"]
    released = frozenset(fingerprint.released(study, "redcap"))
    request = Request("gidamps", "redcap", study.sources["redcap"], released)
    create(server.database, TOKEN, project_definition(), generate(40, 3).rows)
    recorder = Scripted()
    recorder.fault = lambda _content, _arrays: relayed(recorder, server)
    with scripted(recorder):
        extract = read(recorder, request)
    calls = [
        [value for name, value in form if name.startswith("fields[")]
        for form in recorder.posted
        if ("content", "record") in form
    ]
    forbidden = {
        line["field_name"]
        for line in project_definition().dictionary
        if line["identifier"] == "y"
        or (line["field_type"] == "notes" and line["field_name"] not in released)
    } | {"email", "chi_no", "initial", "dob", "legacy_study_id"}
    # A call that names no field, or a whole form, would bring all of them.
    assert all(calls)
    assert not any(name.startswith("forms[") for form in recorder.posted for name, _ in form)
    assert len(forbidden) == 19
    assert forbidden.isdisjoint(name for fields in calls for name in fields)
    assert forbidden == set(extract.withheld) & forbidden
    for table in extract.tables.values():
        assert forbidden.isdisjoint(column.partition("___")[0] for column in table.columns)
        assert "zzcanary" not in table.write_csv().lower()


def relayed(recorder: Scripted, server: Server) -> Answer:
    answer = requests.post(server.url, data=recorder.posted[-1], timeout=30)
    return Answer(answer.content, answer.status_code)


@pytest.mark.fixtures
@pytest.mark.parametrize("name", REAL_PROJECTS)
def test_every_cell_of_a_real_project_lands_in_exactly_one_table(
    server: Server, shared: Path, name: str
) -> None:
    project = odm_read.read(shared / PROJECTS / name / "project.xml")
    seed(server.database, TOKEN, project)
    names = [entry["field_name"] for entry in project.definition.dictionary]
    extract = read(server, asking(*project.definition.forms, released=frozenset(names)))
    rows = server.rows()
    keys = {names[0], *(column for column in rows[0] if column.startswith("redcap_"))}
    came = Counter(
        (row[names[0]], column, cell)
        for table in extract.tables.values()
        for row in table.to_dicts()
        for column, cell in row.items()
        if column not in keys and is_said(column, cell)
    )
    stored = Counter(
        (row[names[0]], column, cell)
        for row in rows
        for column, cell in row.items()
        if column not in keys
        and is_said(column, cell)
        and column.partition("___")[0] not in extract.withheld
    )
    assert came == stored


def is_said(column: str, cell: str | None) -> bool:
    """Tell whether somebody filled the cell: a 0 is what an untouched box or status shows."""
    is_box = "___" in column or column.endswith("_complete")
    return bool(cell) and not (is_box and cell == "0")
