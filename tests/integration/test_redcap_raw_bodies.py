"""Raw answers of real servers, and the local server's own after it was given the same project.

No project file is at hand for these: what each project is was told by its other answers.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redcap_service import TOKEN, Server, running

from omics_orchestrator.demo.redcap import project
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.definition import (
    API_KEYS,
    DataAccessGroup,
    Event,
    ProjectDefinition,
)
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed, SurveyStamp

pytestmark = pytest.mark.fixtures

Rows = list[dict[str, str]]
RAW = "fixtures/redcap/CHOP-CGTInformatics__REDCapTidieR/fixtures"
GROUP = "redcap_data_access_group"


@dataclass(frozen=True)
class Project:
    """The raw answers of one project.

    Attributes:
        records: of content=record, and what it asked for.
        others: content → its raw CSV.
        metadata: of content=metadata.
        surveys: the forms that are surveys.
    """

    records: str
    asked: Mapping[str, str | list[str]] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    metadata: str = ""
    surveys: tuple[str, ...] = ()


LONGITUDINAL = {
    "arm": "longitudinal/api-fe1c68_b36c737.csv",
    "formEventMapping": "longitudinal/api-5d631b_97d067c.csv",
    "instrument": "longitudinal/api-4ebb88_95c3d28.csv",
}
PROJECTS = (
    Project(
        "longitudinal/api-39cf5c_383a195.csv",
        others=LONGITUDINAL,
        metadata="longitudinal/api-a3f4d8_7e48087.json",
    ),
    Project(
        "longitudinal/api-68006e_fee1384.csv",
        asked={"forms": ["nonrepeated", "repeated"]},
        others=LONGITUDINAL,
        metadata="longitudinal/api-a3f4d8_7e48087.json",
    ),
    Project(
        "longitudinal-dag/api-42da58_a044846.csv",
        asked={"exportDataAccessGroups": "true"},
        others={"formEventMapping": "longitudinal-dag/api-3712f8_2bdbbfd.csv"},
    ),
    Project(
        "repeating-event/api-f86675_6c510c9.csv",
        others={
            "formEventMapping": "repeating-event/api-551ace_420a52d.csv",
            "instrument": "repeating-event/api-892595_3cb2745.csv",
        },
        metadata="repeating-event/api-ed7aa8_c3df435.json",
    ),
    Project(
        "repeat-first/api-2b109f_402f931.csv",
        others={"instrument": "repeat-first/api-39a3e8_3132497.csv"},
        metadata="repeat-first/api-d838b7_daf74bd.json",
    ),
    Project(
        "classic/api-33dc52_381f12b.csv",
        asked={"forms": ["nonrepeated", "repeated"], "exportSurveyFields": "true"},
        metadata="classic/api-5620fa_a656e25.json",
        surveys=("survey", "repeat_survey"),
    ),
    Project(
        "classic/api-888c72_4d9a4d8.csv",
        asked={"exportSurveyFields": "true"},
        others={"instrument": "classic/api-cf925b_a096126.csv"},
        metadata="classic/api-5620fa_0a7efd6.json",
        surveys=("survey", "repeat_survey"),
    ),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("redcap") / "redcap.db")) as server:
        yield server


@pytest.fixture
def raw(shared: Path) -> Path:
    return shared / RAW


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seed_of(told: Project, raw: Path) -> Seed:
    """Make a seed of what the answers tell."""
    rows = read_csv(raw / told.records)
    definition = definition_of(told, raw, rows)
    records: dict[str, Rows] = {}
    for row in rows:
        records.setdefault(row[definition.record_id], []).append(row)
    return Seed(definition, [record_of(definition, name, of) for name, of in records.items()])


def definition_of(told: Project, raw: Path, rows: Rows) -> ProjectDefinition:
    tell = {content: read_csv(raw / path) for content, path in told.others.items()}
    mapping = [(row["unique_event_name"], row["form"]) for row in tell.get("formEventMapping", [])]
    arms = {name: int(name.rpartition("_arm_")[2]) for name, _ in mapping}
    arm_names = {int(arm["arm_num"]): arm["name"] for arm in tell.get("arm", [])}
    groups = sorted({row[GROUP] for row in rows if row.get(GROUP)})
    return ProjectDefinition(
        "Raw",
        tuple(json.loads((raw / told.metadata).read_text()) if told.metadata else entries(rows)),
        events=tuple(
            Event(name.rpartition("_arm_")[0].replace("_", " "), arm, arm_names.get(arm, ""))
            for name, arm in arms.items()
        ),
        designations=tuple(mapping),
        repeating=tuple(dict.fromkeys(repeats(rows, mapping))),
        form_labels={
            form["instrument_name"]: form["instrument_label"] for form in tell.get("instrument", [])
        },
        surveys=dict.fromkeys(told.surveys, ""),
        groups=tuple(DataAccessGroup(number, name, name) for number, name in enumerate(groups, 1)),
    )


def repeats(rows: Rows, mapping: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Tell what repeats: where an instance is, and where a designated form has no status."""
    for row in rows:
        event = row.get("redcap_event_name", "")
        if row["redcap_repeat_instance"]:
            yield event, row["redcap_repeat_instrument"]
        else:
            for place in mapping:
                if place[0] == event and row.get(f"{place[1]}_complete") == "":
                    yield place


def entries(rows: Rows) -> list[dict[str, str]]:
    """Tell fields of text from an export's header: each form ends with its status."""
    found: list[dict[str, str]] = []
    names = [name for name in rows[0] if not name.startswith("redcap_")]
    for name in names:
        if name.endswith("_complete"):
            for entry in found:
                entry["form_name"] = entry["form_name"] or name.removesuffix("_complete")
        else:
            found.append({**dict.fromkeys(API_KEYS, ""), "field_name": name, "field_type": "text"})
    return found


def record_of(definition: ProjectDefinition, name: str, rows: Rows) -> Record:
    layout = {column.name: column.kind for column in columns(definition)}
    stamps = {f"{form}_timestamp": form for form in definition.surveys}
    placed = [
        (
            Place(
                row.get("redcap_event_name", ""),
                row["redcap_repeat_instrument"],
                int(row["redcap_repeat_instance"] or 0),
            ),
            row,
        )
        for row in rows
    ]
    return Record(
        name,
        rows[0].get(GROUP, ""),
        rows={
            place: {
                column: cell
                for column, cell in row.items()
                if column in layout
                and cell
                and column != definition.record_id
                and (layout[column] != "checkbox" or cell == "1")
            }
            for place, row in placed
        },
        stamps=tuple(
            SurveyStamp(place, form, row[column])
            for place, row in placed
            for column, form in stamps.items()
            if row.get(column)
        ),
    )


@pytest.mark.parametrize("told", PROJECTS, ids=lambda told: told.records.partition("_")[0])
def test_records_are_byte_for_byte_the_raw_answer(server: Server, raw: Path, told: Project) -> None:
    project.seed(server.database, TOKEN, seed_of(told, raw))
    found = server.post(content="record", format="csv", **told.asked).content
    assert found == (raw / told.records).read_bytes()


@pytest.mark.parametrize(
    ("told", "content"),
    [(told, content) for told in PROJECTS for content in told.others],
    ids=lambda told: told.records.partition("_")[0] if isinstance(told, Project) else told,
)
def test_forms_arms_and_mappings_are_byte_for_byte_the_raw_answer(
    server: Server, raw: Path, told: Project, content: str
) -> None:
    project.seed(server.database, TOKEN, seed_of(told, raw))
    found = server.post(content=content, format="csv").content
    assert found == (raw / told.others[content]).read_bytes()


@pytest.mark.parametrize("metadata", sorted({told.metadata for told in PROJECTS if told.metadata}))
def test_metadata_is_the_raw_answer_but_for_the_blanks_of_its_recorder(
    server: Server, raw: Path, metadata: str
) -> None:
    told = next(told for told in PROJECTS if told.metadata == metadata)
    project.seed(server.database, TOKEN, seed_of(told, raw))
    found = server.post(content="metadata", format="json").text
    assert found.count("},\n{") == len(json.loads(found)) - 1
    assert json.loads(found) == json.loads((raw / metadata).read_text())
