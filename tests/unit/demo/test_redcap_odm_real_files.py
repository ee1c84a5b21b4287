"""All project files that are at hand, of 21 versions of REDCap, are read whole and written again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omics_orchestrator.demo.redcap import odm_read, project, store
from omics_orchestrator.demo.redcap.columns import columns
from omics_orchestrator.demo.redcap.odm_elements import branches
from omics_orchestrator.demo.redcap.odm_terms import ROOT
from omics_orchestrator.demo.redcap.odm_write import write
from omics_orchestrator.demo.redcap.seed import Record, Seed
from omics_orchestrator.demo.redcap.stored_seed import stored_seed

pytestmark = pytest.mark.fixtures

AT = datetime(2024, 5, 1, tzinfo=UTC)
TOKEN = "0" * 32
VALUES = {"ItemData": "Value", "ItemDataBase64Binary": "DocName"}


@pytest.fixture(scope="module")
def projects(shared: Path) -> dict[Path, Seed]:
    found = sorted((shared / "fixtures/redcap").rglob("*.xml"))
    assert len(found) == 41
    return {path: odm_read.read(path) for path in found}


def subjects(path: Path) -> Iterator[tuple[str, str]]:
    """Every record's name with every value of it, read without any knowledge of projects."""
    with path.open("rb") as file:
        for subject in branches(file, ROOT, ["SubjectData"]):
            for item in subject.iter():
                if item.tag in VALUES:
                    yield item.get("ItemOID", ""), item.get(VALUES[item.tag], "")


def values(seed: Seed) -> Iterator[tuple[str, str]]:
    for record in seed.records:
        yield seed.definition.record_id, record.name
        yield "redcap_data_access_group", record.group
        for row in record.rows.values():
            yield from row.items()
        for stamp in record.stamps:
            yield f"{stamp.form}_timestamp", stamp.stamp


def test_no_value_of_a_project_file_is_lost(projects: dict[Path, Seed]) -> None:
    for path, seed in projects.items():
        boxes = {c.name for c in columns(seed.definition) if c.kind == "checkbox"}
        found = {(name, value.replace(" ", "T")) for name, value in values(seed)}
        missing = {
            (name, value)
            for name, value in subjects(path)
            if not (name in boxes and value == "0") and (name, value.replace(" ", "T")) not in found
        }
        assert not missing, path


def test_checkbox_columns_and_events_are_named_as_the_files_name_them(
    projects: dict[Path, Seed],
) -> None:
    boxes, events = 0, 0
    for path, seed in projects.items():
        definition = seed.definition
        with path.open("rb") as file:
            (study,) = branches(file, ROOT, ["MetaDataVersion"])
        items = [i.get("OID") for i in study.iter("ItemDef") if i.get("FieldType") == "checkbox"]
        assert sorted(items) == sorted(c.name for c in columns(definition) if c.kind == "checkbox")
        own = [event.get("UniqueEventName") for event in study.iter("StudyEventDef")]
        assert own == ([*definition.event_names] if definition.is_longitudinal else [])
        boxes, events = boxes + len(items), events + len(own)
    assert (boxes, events) == (718, 101)


def test_a_real_project_is_the_same_after_it_was_written_and_read_again(
    projects: dict[Path, Seed], tmp_path: Path
) -> None:
    for path, seed in projects.items():
        again = tmp_path / "again.xml"
        again.write_text("".join(write(seed, version="14.9.1", at=AT)), newline="")
        found = odm_read.read(again)
        assert found.definition == seed.definition, path
        assert list(found.records) == list(seed.records), path
        assert (found.roles, found.reports) == (seed.roles, seed.reports), path


def test_a_real_project_is_on_the_server_what_it_is_in_its_file(
    projects: dict[Path, Seed], tmp_path: Path
) -> None:
    database = tmp_path / "redcap.db"
    for path, seed in projects.items():
        project.seed(database, TOKEN, seed)
        with store.connect(database) as connection:
            stored = store.find_project(connection, TOKEN)
            assert stored
            found = stored_seed(connection, stored)
            assert found.definition == seed.definition, path
            assert as_sets(found) == as_sets(seed), path
            assert (found.roles, found.reports) == (seed.roles, seed.reports), path


def as_sets(seed: Seed) -> dict[str, tuple[object, ...]]:
    def of(record: Record) -> tuple[object, ...]:
        return record.group, record.rows, {*record.files}, {*record.stamps}

    return {record.name: of(record) for record in seed.records}
