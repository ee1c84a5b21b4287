"""Real projects, put on the local server from their project files, come out as they did there."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redcap_pairs import (
    DICTIONARIES,
    ETL,
    GROUPS,
    PAIRS,
    PROJECTS,
    SURVEYS,
    WIDE,
    WRITTEN_BY_REDCAP,
    Pair,
    put_real_project,
)
from redcap_service import TOKEN, Server, running

from omics_orchestrator.demo.redcap import odm_read, project
from omics_orchestrator.demo.redcap.bodies import json_text
from omics_orchestrator.demo.redcap.definition import read_dictionary
from omics_orchestrator.demo.redcap.seed import Seed
from omics_orchestrator.demo.redcap.server_settings import configure

pytestmark = pytest.mark.fixtures

Rows = list[dict[str, str]]
EXPECTED = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/specific-redcapr"
BUNDLES = {
    "RepeatingEvents": "repeating-events",
    "BasicDemography": "basic-demography",
}
AS_PROJECT_XML = (
    f"{ETL}/projects/RepeatingEvents.REDCap.xml",
    f"{ETL}/projects/RepeatingForms.REDCap.xml",
    f"{PROJECTS}/arm-single-longitudinal/project.xml",
    f"{PROJECTS}/simple/project.xml",
    f"{PROJECTS}/survey/project.xml",
    "fixtures/redcap/redcap-tools__PyCap/tests/data/test_long_project.xml",
)
Put = Callable[[str], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def put(server: Server, shared: Path) -> Put:
    """Put a project file on the server."""

    def put(name: str) -> None:
        project.seed(server.database, TOKEN, odm_read.read(shared / name))

    return put


@pytest.fixture
def version(server: Server) -> Iterator[Callable[[str], None]]:
    """Let the server be of another version for the time of a test."""
    before = configure(server.database).version
    yield lambda version: configure(server.database, version=version)
    configure(server.database, version=before)


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read_export(path: Path) -> Rows:
    if path.suffix == ".csv":
        return read_csv(path)
    return as_texts(json.loads(path.read_text())["records"])


def with_spaced_bars(entry: dict[str, str]) -> dict[str, str]:
    """Write choices as a dictionary has them; a project made from a file has bare bars."""
    choices = entry["select_choices_or_calculations"]
    return {**entry, "select_choices_or_calculations": re.sub(r" *\| *", " | ", choices)}


def as_texts(rows: list[dict[str, Any]]) -> Rows:
    return [{name: str(cell) for name, cell in row.items()} for row in rows]


@pytest.mark.parametrize(
    "pair", PAIRS, ids=lambda pair: Path(pair.export).parent.name + Path(pair.export).stem
)
def test_a_project_file_gives_cell_for_cell_the_stored_export(
    server: Server, shared: Path, put: Put, version: Callable[[str], None], pair: Pair
) -> None:
    put(pair.project)
    version(pair.version)
    stored = read_export(shared / pair.export)
    found = [
        {name: cell for name, cell in row.items() if name not in pair.new_columns}
        for row in as_texts(server.rows(**pair.asked))
    ]
    assert [list(row) for row in found] == [list(row) for row in stored]
    differences = {
        (name, cell, row[name])
        for ours, row in zip(found, stored, strict=True)
        for name, cell in ours.items()
        if cell != row[name]
    }
    unexplained = [
        (name, ours, theirs)
        for name, ours, theirs in differences
        if name not in pair.differences or not pair.differences[name](ours, theirs)
    ]
    assert not unexplained
    # An explanation that explains nothing is one too many.
    assert {name for name, _, _ in differences} == pair.differences.keys()


@pytest.mark.parametrize("name", ["arm-multiple-delete", "arm-single-delete"])
def test_what_is_left_after_a_deletion_is_part_of_what_was_there(
    server: Server, shared: Path, put: Put, name: str
) -> None:
    put(f"{PROJECTS}/{name}/project.xml")
    before = read_csv(shared / PROJECTS / name / "data.csv")
    left = as_texts(server.rows())
    assert len(left) == len(before) - 4
    assert all(row in before for row in left)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("arm-single-longitudinal", {}),
        ("clinical-trial-1", {}),
        ("dag", GROUPS),
        ("decimal-comma", {}),
        ("decimal-dot", {}),
        ("empty-rows", {}),
        ("file-repo", SURVEYS),
        ("repeating-instruments", {}),
        ("repeating-instruments-sparse", {}),
        ("single-column", {}),
        ("vignette-repeating", {}),
    ],
)
def test_a_project_file_gives_byte_for_byte_the_stored_csv(
    server: Server, shared: Path, put: Put, name: str, asked: dict[str, str]
) -> None:
    put(f"{PROJECTS}/{name}/project.xml")
    found = server.post(content="record", format="csv", **asked).content
    assert found == (shared / PROJECTS / name / "data.csv").read_bytes()


@pytest.mark.parametrize("name", WRITTEN_BY_REDCAP)
def test_a_stored_folder_gives_byte_for_byte_its_csv(
    server: Server, shared: Path, name: str
) -> None:
    folder = shared / PROJECTS / name
    put_real_project(server, folder)
    found = server.post(content="record", format="csv").content
    assert found == (folder / "data.csv").read_bytes()


def test_a_project_of_35000_columns_gives_byte_for_byte_its_csv(
    server: Server, shared: Path, put: Put
) -> None:
    put(f"{WIDE}/sw1/super-wide-1/project.xml")
    found = server.post(content="record", format="csv").content
    assert found == (shared / WIDE / "sw1/super-wide-1/data.csv").read_bytes()


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_of_api_answers_is_that_of_its_project_file(
    server: Server, shared: Path, put: Put, version: Callable[[str], None], name: str
) -> None:
    put(f"{ETL}/projects/{name}.REDCap.xml")
    version("9.1.3")
    bundle = json.loads((shared / ETL / f"data/projects/{BUNDLES[name]}.json").read_text())
    records = server.post(content="record", format="json").text
    assert records == json_text(bundle["records"])
    assert server.post(content="exportFieldNames", format="json").json() == bundle["fieldNames"]
    forms = server.post(content="instrument", format="json").json()
    labels = {form["instrument_name"]: form["instrument_label"] for form in forms}
    assert list(labels.items()) == list(bundle["instruments"].items())
    metadata = server.post(content="metadata", format="json").json()
    assert metadata == [with_spaced_bars(entry) for entry in bundle["metadata"]]
    mappings = server.post(content="formEventMapping", format="json").json()
    assert mappings == bundle.get("instrumentEventMappings", mappings)


@pytest.mark.parametrize("name", AS_PROJECT_XML)
def test_project_xml_over_the_api_is_the_project_that_its_file_held(
    server: Server, shared: Path, put: Put, tmp_path: Path, name: str
) -> None:
    put(name)
    answer = server.post(content="project_xml", exportFiles="true", **GROUPS, **SURVEYS)
    path = tmp_path / "again.xml"
    path.write_bytes(answer.content)
    seed, again = odm_read.read(shared / name), odm_read.read(path)
    assert again.definition == seed.definition
    assert sorted_records(again) == sorted_records(seed)
    assert (again.roles, again.reports) == (seed.roles, seed.reports)


def sorted_records(seed: Seed) -> list[tuple[str, str, object, object, object]]:
    return sorted(
        (record.name, record.group, record.rows, {*record.files}, {*record.stamps})
        for record in seed.records
    )


def test_field_names_are_those_of_a_real_server(server: Server, shared: Path, put: Put) -> None:
    put(f"{PROJECTS}/simple/project.xml")
    stored = read_csv(shared / EXPECTED / "variables/default.csv")
    found = as_texts(server.post(content="exportFieldNames", format="json").json())
    assert found == stored


@pytest.mark.parametrize("folder", DICTIONARIES)
def test_metadata_is_the_stored_dictionary(
    server: Server, shared: Path, put: Put, folder: str
) -> None:
    put(f"{folder}/project.xml")
    stored = read_dictionary(shared / folder / "dictionary.csv")
    found = server.post(content="metadata", format="json").json()
    assert [entry["field_name"] for entry in found] == [entry["field_name"] for entry in stored]
    differences = {
        (ours["field_name"], key)
        for ours, entry in zip(found, stored, strict=True)
        for key in entry
        if ours[key] != entry[key]
    }
    assert differences == DICTIONARIES[folder]


def test_metadata_of_5751_fields_is_the_stored_dictionary_but_for_blanks(
    server: Server, shared: Path, put: Put
) -> None:
    folder = f"{WIDE}/sw2/super-wide-2"
    put(f"{folder}/project.xml")
    found = server.post(content="metadata", format="json").json()
    stored = read_dictionary(shared / folder / "dictionary.csv")
    assert found == [
        {**with_spaced_bars(dict(entry)), "field_annotation": entry["field_annotation"].lstrip()}
        for entry in stored
    ]


def test_events_arms_and_mappings_are_those_of_a_real_server(
    server: Server, shared: Path, put: Put
) -> None:
    folder = shared / PROJECTS / "longitudinal"
    put(f"{PROJECTS}/longitudinal/project.xml")
    events = server.post(content="event", format="json").json()
    assert [{**event, "event_id": ""} for event in as_texts(events)] == [
        {**event, "event_id": ""} for event in read_csv(folder / "event.csv")
    ]
    arms = server.post(content="arm", format="csv").content
    assert arms == (folder / "arm.csv").read_bytes()
    mapping = server.post(content="formEventMapping", format="json", arms=["2"]).json()
    stored = read_csv(shared / EXPECTED / "event-instruments/2-arms-retrieve-only-arm-2.csv")
    assert as_texts(mapping) == stored
