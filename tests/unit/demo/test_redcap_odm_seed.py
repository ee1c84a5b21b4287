"""A whole seed put on the server: all of it or nothing, and every value as it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redcap_rows import TOKEN, entry

from omics_orchestrator.demo.redcap import project, store
from omics_orchestrator.demo.redcap.definition import DataAccessGroup, ProjectDefinition
from omics_orchestrator.demo.redcap.seed import Place, Record, Seed, StoredFile, SurveyStamp
from omics_orchestrator.demo.redcap.stored_seed import stored_seed
from omics_orchestrator.errors import DictionaryError

BASE, ORPHAN = Place(), Place("gone_arm_1", "visit", 3)
DEFINITION = ProjectDefinition(
    "Study",
    (entry("id", "base"), entry("sex", "base", "radio", "1, A"), entry("scan", "base", "file")),
    surveys={"base": "Base"},
    groups=(DataAccessGroup(7, "Site A", "site_a"),),
)
RECORD = Record(
    "7-1",
    "site_a",
    rows={BASE: {"sex": "no such code", "scan": "a.txt"}, ORPHAN: {"weight": "80", "sex": "1"}},
    files=(StoredFile(BASE, "scan", "a.txt", "text/plain", b"hello"),),
    stamps=(SurveyStamp(BASE, "base", "2024-05-01 12:00:00"),),
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "redcap.db"


def stored(
    database: Path, records: set[str] | None = None
) -> tuple[ProjectDefinition, list[Record]]:
    with store.connect(database) as connection:
        found = store.find_project(connection, TOKEN)
        assert found
        seed = stored_seed(connection, found, records)
        return seed.definition, list(seed.records)


def test_codes_columns_and_events_that_are_no_more_are_stored_as_they_are(database: Path) -> None:
    project.seed(database, TOKEN, Seed(DEFINITION, [RECORD]))
    assert stored(database) == (DEFINITION, [RECORD])


def test_a_seed_replaces_all_that_the_token_opened_before(database: Path) -> None:
    project.seed(database, TOKEN, Seed(DEFINITION, [RECORD, replace(RECORD, name="8")]))
    bare = Record("1", "", {BASE: {}})
    project.seed(database, TOKEN, Seed(DEFINITION, [bare]))
    assert stored(database) == (DEFINITION, [bare])


def test_only_the_asked_records_are_taken_from_the_server(database: Path) -> None:
    records = [replace(RECORD, name=name) for name in ("1", "2", "10")]
    project.seed(database, TOKEN, Seed(DEFINITION, records))
    found = [record.name for record in stored(database, {"10", "2", "unknown"})[1]]
    assert found == ["2", "10"]


def test_records_that_break_off_leave_the_server_as_it_was(database: Path) -> None:
    def breaking() -> Iterator[Record]:
        yield replace(RECORD, name="new")
        raise DictionaryError(["line 7: it is not XML"])

    project.seed(database, TOKEN, Seed(DEFINITION, [RECORD]))
    with pytest.raises(DictionaryError, match="line 7"):
        project.seed(database, TOKEN, Seed(replace(DEFINITION, title="New"), breaking()))
    assert stored(database) == (DEFINITION, [RECORD])


def test_a_definition_that_does_not_fit_together_is_refused(database: Path) -> None:
    misfit = replace(DEFINITION, repeating=(("", "visit"),))
    with pytest.raises(DictionaryError, match="form visit: the dictionary has no such form"):
        project.seed(database, TOKEN, Seed(misfit, [RECORD]))
    assert not database.exists()
