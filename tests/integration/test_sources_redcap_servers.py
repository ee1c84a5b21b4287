"""Servers of all ages and settings, and tokens with few rights: the same project comes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from redcap_service import TOKEN, Server, renew, running, study_of, visits_of

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.definition import DataAccessGroup, ProjectDefinition
from omics_orchestrator.demo.redcap.faults import Fault, Kind, lift, script
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights
from omics_orchestrator.demo.redcap.server_settings import ServerSettings, configure
from omics_orchestrator.errors import SourceError, TransientError
from omics_orchestrator.sources import Extract, Request, redcap
from tests.unit.sources.asked import PLACE
from tests.unit.sources.asked import redcap as asking

BASE = {"participant": "2", "why___1": "1", "base_complete": "2"}
GROUPS = (DataAccessGroup(1, "North", "north"), DataAccessGroup(2, "South", "south"))
VISIT = {
    "participant": "2",
    "redcap_repeat_instrument": "visits",
    "redcap_repeat_instance": "1",
    "visit": "2024-05-01",
}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def server(running_server: Server, tmp_path: Path) -> Iterator[Server]:
    """A classic project with a repeating form, on a server with neutral settings again after."""
    yield renew(running_server, study_of(tmp_path))
    configure(running_server.database, **vars(ServerSettings()))
    lift(running_server.database)


def read(server: Server, request: Request) -> Extract:
    return redcap.read(redcap.connect(server.url, TOKEN, **PLACE, first_wait=0), request)


def allow(server: Server, **rights: object) -> None:
    """Change the rights of the token's user."""
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project is not None
        store.put_member(connection, project.id, replace(Rights("api_user"), **rights))


def same(one: Mapping[str, pl.DataFrame], other: Mapping[str, pl.DataFrame]) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


@pytest.mark.parametrize(
    "settings",
    [
        {"version": "9.1.0"},
        {"version": "12.5.2"},
        {"version": "13.4.9"},
        {"version": "13.4.10"},
        {"version": "15.8.0"},
        {"csv_delimiter": ";"},
        {"blanks_unticked": True},
        {"clock_offset_seconds": 40_000},
        {"time_zone": "Pacific/Auckland"},
        {"max_input_vars": 1000},
    ],
    ids=str,
)
def test_the_age_and_the_settings_of_a_server_do_not_change_what_is_read(
    server: Server, settings: dict[str, str | float]
) -> None:
    server.put(BASE, {"participant": "10", "why___2": "1"}, VISIT)
    before = read(server, asking("base", "visits")).tables
    configure(server.database, **settings)
    assert same(read(server, asking("base", "visits")).tables, before)


def test_an_old_server_that_leaves_out_the_repeat_columns_gives_the_same_tables(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omics_orchestrator.sources._redcap_records._MOST_RECORDS", 1)
    server.put(*({"participant": name, "base_complete": "1"} for name in ("1", "3")), BASE, VISIT)
    before = read(server, asking("base", "visits")).tables
    configure(server.database, version="9.1.0")
    assert "redcap_repeat_instance" not in server.rows(records=["1"])[0]
    after = read(server, asking("base", "visits")).tables
    assert same(after, before)
    assert after["visits"].rows() == [("2", "1", "2024-05-01", "0")]


def test_a_first_form_that_itself_repeats_needs_no_row_beside_its_repeats(
    server: Server, tmp_path: Path
) -> None:
    renew(server, replace(study_of(tmp_path), repeating=(("", "base"),)))
    server.put(
        {"participant": "1", "redcap_repeat_instrument": "base", "redcap_repeat_instance": "2",
         "base_complete": "1"}
    )  # fmt: skip
    extract = read(server, asking("base", "visits"))
    assert extract.tables["base"].select("participant", "redcap_repeat_instance").rows() == [
        ("1", "2")
    ]
    assert extract.tables["visits"].is_empty()
    assert extract.scope["records"] == 1


def test_rows_of_an_event_that_a_form_no_longer_belongs_to_are_kept(
    server: Server, tmp_path: Path
) -> None:
    longitudinal = visits_of(tmp_path)
    renew(server, longitudinal).put(
        {"participant": "1", "redcap_event_name": "baseline_arm_1", "base_complete": "2"},
        {"participant": "1", "redcap_event_name": "month_6_arm_1", "visit": "2024-05-01"},
    )
    configure(server.database, exports_orphans=True)
    undesignated = replace(longitudinal, designations=(("baseline_arm_1", "base"),))
    put_definition(server, undesignated)
    table = read(server, asking("base", "visits")).tables["visits"]
    assert table.drop("visits_complete").rows() == [("1", "month_6_arm_1", "2024-05-01")]
    put_definition(server, replace(undesignated, events=longitudinal.events[:1]))
    assert read(server, asking("base", "visits")).tables["visits"].rows() == table.rows()


def put_definition(server: Server, definition: ProjectDefinition) -> None:
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project is not None
        store.put_definition(connection, project.id, definition)


def test_survey_times_come_when_asked_for_and_the_surveys_person_never(
    server: Server, tmp_path: Path
) -> None:
    renew(server, replace(study_of(tmp_path), surveys={"base": "Questions"})).put(BASE)
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project is not None
        key = store.RowKey("2", "", "", 0)
        cells = {"base_complete": "2", "redcap_survey_identifier": "zoe@example.org"}
        store.put_row(connection, project.id, key, cells)
        store.put_survey_stamp(connection, project.id, key, "base", "2024-05-01 12:00:00")
    without = read(server, asking("base")).tables["base"]
    table = read(server, asking("base", survey_stamps=True)).tables["base"]
    assert "base_timestamp" not in without.columns
    assert table["base_timestamp"].to_list() == ["2024-05-01 12:00:00"]
    assert table.drop("base_timestamp").equals(without)
    assert "zoe" not in table.write_csv()


def test_a_field_named_like_a_status_is_no_status(server: Server, tmp_path: Path) -> None:
    plain = study_of(tmp_path)
    odd = dict(plain.dictionary[0]) | {
        "field_name": "pain_complete",
        "text_validation_type_or_show_slider_number": "integer",
    }
    renew(server, replace(plain, dictionary=(*plain.dictionary[:3], odd, *plain.dictionary[3:])))
    server.put({"participant": "1", "pain_complete": "7"})
    table = read(server, asking("base")).tables["base"]
    assert table.select("pain_complete", "base_complete").rows() == [("7", "0")]


@pytest.mark.parametrize(
    ("level", "hidden"),
    [
        (ExportLevel.FULL, "none"),
        (ExportLevel.NO_IDENTIFIERS, "none"),
        (ExportLevel.DE_IDENTIFIED, "visit"),
        (ExportLevel.NONE, "visit, visits_complete"),
    ],
)
def test_what_a_tokens_rights_hide_is_named_and_all_else_comes(
    server: Server, level: ExportLevel, hidden: str
) -> None:
    server.put(BASE, VISIT)
    allow(server, export_levels={"visits": level})
    extract = read(server, asking("base", "visits"))
    assert extract.scope["fields_hidden_by_rights"] == hidden
    assert extract.tables["base"].height == 1
    assert extract.tables["visits"].height == (level is not ExportLevel.NONE)


def test_a_token_that_may_export_no_form_is_refused(server: Server) -> None:
    server.put(BASE)
    allow(server, export_levels=dict.fromkeys(("base", "visits"), ExportLevel.NONE))
    with pytest.raises(SourceError, match="REDCap refused the export of"):
        read(server, asking("base", "visits"))


def test_record_ids_that_the_server_would_hash_are_refused_before_a_record_is_asked_for(
    server: Server, tmp_path: Path
) -> None:
    plain = study_of(tmp_path)
    first = dict(plain.dictionary[0]) | {"identifier": "y"}
    renew(server, replace(plain, dictionary=(first, *plain.dictionary[1:]))).put(BASE)
    allow(server, export_levels=dict.fromkeys(("base", "visits"), ExportLevel.DE_IDENTIFIED))
    assert len(server.rows(forms=["base"])[0]["participant"]) == 32
    before = len(logged_exports(server))
    with pytest.raises(SourceError, match="the record id participant is marked"):
        read(server, asking("base", "visits"))
    assert len(logged_exports(server)) == before


def logged_exports(server: Server) -> list[dict[str, str]]:
    answer = server.post(content="log", format="json", logtype="export")
    found: list[dict[str, str]] = answer.json()
    return found


@pytest.mark.parametrize(
    ("group", "may_list", "visible"),
    [
        ("", True, "all records"),
        ("", False, "all records"),
        ("north", True, "one data access group"),
        ("north", False, "unknown"),
    ],
)
def test_it_is_told_which_records_a_token_sees(
    server: Server, tmp_path: Path, group: str, *, may_list: bool, visible: str
) -> None:
    renew(server, replace(study_of(tmp_path), groups=GROUPS)).put(
        BASE | {"redcap_data_access_group": "north"}, {"participant": "3"}
    )
    allow(server, group=group, data_access_groups=may_list)
    extract = read(server, asking("base"))
    assert extract.scope["records_visible"] == visible
    assert extract.scope["records"] == (1 if group else 2)


def test_a_deleted_project_is_told_and_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    token = "E" * 32
    create(server.database, token, study_of(tmp_path), [])
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, token)
        assert project is not None
        store.delete_project(connection, project.id)
    turns: list[bool] = []
    client = redcap.connect(server.url, token, **PLACE, pace=lambda: turns.append(True))
    with pytest.raises(SourceError, match="no longer exists because it was deleted"):
        redcap.read(client, asking("base"))
    assert len(turns) == 1


def test_a_project_whose_events_are_cut_from_its_rows_is_not_taken_for_a_classic_one(
    server: Server, tmp_path: Path
) -> None:
    renew(server, visits_of(tmp_path)).put(
        {"participant": "1", "redcap_event_name": "baseline_arm_1", "base_complete": "2"}
    )
    fault = Fault(Kind.MISSING_FIELDS, content="record", count=0, argument="redcap_event_name")
    script(server.database, fault)
    with pytest.raises(TransientError, match="without their event"):
        read(server, asking("base", "visits"))
