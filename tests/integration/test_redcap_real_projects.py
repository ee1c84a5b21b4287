"""Real projects put on the local server come out as their own servers gave them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redcap_service import TOKEN, Server, running

from omics_orchestrator.demo.redcap.project import (
    Event,
    ProjectDefinition,
    create,
    read_dictionary,
)

pytestmark = pytest.mark.fixtures

PROJECTS = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/projects"
REPEATING_EVENTS = "fixtures/redcap/IUREDCap__redcap-etl/tests/data/projects/repeating-events.json"
EXPECTED = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/specific-redcapr"
WRITTEN_BY_REDCAP = (
    "arm-single-delete",
    "arm-single-longitudinal",
    "clinical-trial-1",
    "decimal-dot",
    "longitudinal",
    "multilevel-model-1",
    "repeating-instruments",
    "repeating-instruments-sparse",
    "validation-types-1",
    "vignette-repeating",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


def put_real_project(server: Server, folder: Path) -> list[dict[str, str]]:
    """Put a real project on the server and return the rows of its stored export."""
    rows = read_csv(folder / "data.csv")
    dictionary = read_dictionary(folder / "dictionary.csv")
    forms = dict.fromkeys(entry["form_name"] for entry in dictionary)
    events = read_csv(folder / "event.csv") if (folder / "event.csv").exists() else []
    arms = read_csv(folder / "arm.csv") if events else []
    arm_names = {arm["arm_num"]: arm["name"] for arm in arms}
    # Only a form that is live in a row shows its status there.
    live = {
        (row.get("redcap_event_name", ""), form): row.get("redcap_repeat_instrument", "")
        for row in rows
        for form in forms
        if row[f"{form}_complete"]
    }
    definition = ProjectDefinition(
        folder.name,
        dictionary,
        events=tuple(
            Event(event["event_name"], int(event["arm_num"]), arm_names[event["arm_num"]])
            for event in events
        ),
        designations=tuple(live) if events else (),
        repeating=tuple(slot for slot, instrument in live.items() if instrument),
    )
    create(server.database, TOKEN, definition, rows)
    return rows


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["simple", *WRITTEN_BY_REDCAP])
def test_a_real_projects_json_is_cell_for_cell_its_stored_export(
    server: Server, shared: Path, name: str
) -> None:
    rows = put_real_project(server, shared / PROJECTS / name)
    found = [{key: str(cell) for key, cell in row.items()} for row in server.rows()]
    assert [list(row.items()) for row in found] == [list(row.items()) for row in rows]


@pytest.mark.parametrize("name", [*WRITTEN_BY_REDCAP, "empty-rows", "single-column"])
def test_a_real_projects_csv_is_byte_for_byte_its_stored_export(
    server: Server, shared: Path, name: str
) -> None:
    folder = shared / PROJECTS / name
    put_real_project(server, folder)
    found = server.post(content="record", format="csv").content
    assert found == (folder / "data.csv").read_bytes()


def test_events_arms_and_mappings_are_those_of_a_real_server(server: Server, shared: Path) -> None:
    folder = shared / PROJECTS / "longitudinal"
    put_real_project(server, folder)
    events = server.post(content="event", format="json").json()
    assert [{**event, "event_id": ""} for event in as_texts(events)] == [
        {**event, "event_id": ""} for event in read_csv(folder / "event.csv")
    ]
    arms = server.post(content="arm", format="csv").content
    assert arms == (folder / "arm.csv").read_bytes()
    mapping = server.post(content="formEventMapping", format="json", arms=["2"]).json()
    stored = read_csv(shared / EXPECTED / "event-instruments/2-arms-retrieve-only-arm-2.csv")
    assert as_texts(mapping) == stored


def test_repeating_events_and_forms_are_those_of_a_real_server(
    server: Server, shared: Path
) -> None:
    real = json.loads((shared / REPEATING_EVENTS).read_text())
    records = [{**row, **blank_as_now(row)} for row in real["records"]]
    put(server, real, records)
    assert server.rows() == records
    assert server.post(content="metadata", format="json").json() == real["metadata"]
    mapping = server.post(content="formEventMapping", format="json").json()
    assert mapping == real["instrumentEventMappings"]
    names = server.post(content="exportFieldNames", format="json").json()
    assert names == real["fieldNames"]


def blank_as_now(row: dict[str, Any]) -> dict[str, str]:
    """The cells that a server of version 9.1 fills in first instances of repeating events."""
    return {"enrollment_complete": ""} if row["redcap_repeat_instance"] else {}


def put(server: Server, real: dict[str, Any], records: list[dict[str, Any]]) -> None:
    slots = real["instrumentEventMappings"]
    arms = {slot["unique_event_name"]: slot["arm_num"] for slot in slots}
    places = ("redcap_event_name", "redcap_repeat_instrument")
    repeating = dict.fromkeys(
        tuple(row[place] for place in places) for row in records if row["redcap_repeat_instance"]
    )
    definition = ProjectDefinition(
        "Repeating Events",
        tuple(real["metadata"]),
        events=tuple(
            Event(name.removesuffix(f"_arm_{arm}").replace("_", " "), arm)
            for name, arm in arms.items()
        ),
        designations=tuple((slot["unique_event_name"], slot["form"]) for slot in slots),
        repeating=tuple((event, instrument) for event, instrument in repeating),
    )
    create(server.database, TOKEN, definition, as_texts(records))


def as_texts(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(cell) for name, cell in row.items()} for row in rows]
