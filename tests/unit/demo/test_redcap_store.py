"""The server's file: tokens as hashes only, records with all that hangs on them, old files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from redcap_rows import TOKEN, entry, exported

from omics_orchestrator.demo.redcap import store, stored_files
from omics_orchestrator.demo.redcap.project import ProjectDefinition, create
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights
from omics_orchestrator.demo.redcap.store import RowKey

DEFINITION = ProjectDefinition("stored", (entry("id", "base"), entry("scan", "base", "file")))
KEY = RowKey("1", "", "", 0)
OTHER_TOKEN = "1" * 32


@pytest.fixture
def database(tmp_path: Path) -> Path:
    create(tmp_path / "redcap.db", TOKEN, DEFINITION, [{"id": "1"}])
    return tmp_path / "redcap.db"


@pytest.fixture
def connection(database: Path) -> Iterator[sqlite3.Connection]:
    with store.connect(database, writing=True) as connection:
        yield connection


@pytest.fixture
def project(connection: sqlite3.Connection) -> int:
    found = store.find_project(connection, TOKEN)
    assert found
    return found.id


def put_scan(connection: sqlite3.Connection, project: int, content: bytes) -> int:
    told = {"name": "a.png", "mime": "image/png"}
    return stored_files.put_file(connection, project, KEY, "scan", content=content, **told)


def test_each_token_of_a_project_has_the_rights_of_its_user(
    connection: sqlite3.Connection, project: int
) -> None:
    limited = Rights("ann", group="north", export_levels={"base": ExportLevel.NONE}, design=False)
    store.grant(connection, OTHER_TOKEN, project, limited)
    first, second = (store.find_access(connection, token) for token in (TOKEN, OTHER_TOKEN))
    assert first
    assert second
    assert first.project == second.project
    assert second.rights == limited
    assert first.rights == Rights("api_user")
    assert store.members(connection, project) == [limited, Rights("api_user")]


def test_a_user_who_left_takes_the_tokens_along(
    connection: sqlite3.Connection, project: int
) -> None:
    store.grant(connection, OTHER_TOKEN, project, Rights("ann"))
    store.remove_member(connection, project, "ann")
    assert store.find_access(connection, OTHER_TOKEN) is None
    assert store.find_access(connection, TOKEN)


def test_a_deleted_project_says_so(connection: sqlite3.Connection, project: int) -> None:
    store.delete_project(connection, project)
    with pytest.raises(RefusedError, match="no longer exists because it was deleted"):
        store.find_access(connection, TOKEN)


def test_a_project_made_again_keeps_its_number_and_other_tokens(database: Path) -> None:
    with store.connect(database, writing=True) as connection:
        before = store.find_project(connection, TOKEN)
        assert before
        store.grant(connection, OTHER_TOKEN, before.id, Rights("ann"))
        put_scan(connection, before.id, b"x")
    create(database, TOKEN, DEFINITION, [])
    with store.connect(database) as connection:
        after = store.find_project(connection, OTHER_TOKEN)
        assert after
        assert after.id == before.id
        assert store.records(connection, after.id) == []
        assert stored_files.files(connection, after.id) == []


def test_a_document_id_is_never_given_twice(connection: sqlite3.Connection, project: int) -> None:
    first = put_scan(connection, project, b"old")
    stored_files.remove_file(connection, project, KEY, "scan")
    second = put_scan(connection, project, b"new")
    assert second > first
    assert stored_files.file_content(connection, second) == b"new"
    assert [file.doc_id for file in stored_files.files(connection, project, "1")] == [second]


def test_a_document_id_from_elsewhere_is_kept_if_it_is_free(
    connection: sqlite3.Connection, project: int
) -> None:
    told = {"name": "a.png", "mime": "image/png", "content": b"x", "doc_id": 22}
    other = KEY._replace(record="2")
    assert stored_files.put_file(connection, project, KEY, "scan", **told) == 22
    assert stored_files.put_file(connection, project, other, "scan", **told) == 23


def test_a_renamed_record_takes_along_all_it_holds(
    connection: sqlite3.Connection, project: int
) -> None:
    put_scan(connection, project, b"x")
    store.put_survey_stamp(connection, project, KEY, "base", "2024-05-01 12:00:00")
    store.put_group(connection, project, "1", "north")
    store.rename_record(connection, project, "1", "one")
    (file,) = stored_files.files(connection, project, "one")
    ((key, form, stamp),) = store.survey_stamps(connection, project, "one")
    assert file.key == key == KEY._replace(record="one")
    assert (form, stamp) == ("base", "2024-05-01 12:00:00")
    assert store.groups(connection, project) == {"one": "north"}
    assert store.row(connection, project, KEY) is None


def test_a_removed_record_leaves_nothing(connection: sqlite3.Connection, project: int) -> None:
    put_scan(connection, project, b"x")
    store.put_survey_stamp(connection, project, KEY, "base", "[not completed]")
    store.remove(connection, project, ["1"])
    assert stored_files.files(connection, project) == []
    assert store.survey_stamps(connection, project) == []


def test_a_file_of_the_first_server_keeps_its_projects_and_records(tmp_path: Path) -> None:
    database = tmp_path / "old.db"
    old_file(database)
    for _ in range(2):
        store.prepare(database)
    assert exported(database, fields=["id", "scan"]) == [
        {"id": "1", "scan": "a.png"},
        {"id": "2", "scan": ""},
    ]
    assert [row["id"] for row in exported(database, dateRangeBegin="2024-01-01 00:00:00")] == ["2"]


def old_file(database: Path) -> None:
    definition = TypeAdapter(ProjectDefinition).dump_json(DEFINITION).decode()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(
            "CREATE TABLE project (id INTEGER PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE,"
            " created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, definition TEXT NOT NULL);"
            "CREATE TABLE record (project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,"
            " name TEXT NOT NULL, PRIMARY KEY (project, name)) WITHOUT ROWID;"
            "CREATE TABLE change (project INTEGER NOT NULL, record TEXT NOT NULL, at TEXT NOT NULL,"
            " PRIMARY KEY (project, record, at),"
            " FOREIGN KEY (project, record) REFERENCES record ON DELETE CASCADE) WITHOUT ROWID;"
            "CREATE TABLE cell (project INTEGER NOT NULL, record TEXT NOT NULL,"
            " event TEXT NOT NULL, instrument TEXT NOT NULL, instance INTEGER NOT NULL,"
            " field TEXT NOT NULL, value TEXT NOT NULL,"
            " PRIMARY KEY (project, record, event, instrument, instance, field)) WITHOUT ROWID;"
        )
        # The SHA-256 of 32 zeros, as the first server kept a token.
        sha256 = "84e0c0eafaa95a34c293f278ac52e45ce537bab5e752a00e6959a13ae103b65a"
        connection.execute(
            "INSERT INTO project VALUES (7, ?, '2024-01-01', ?)", (sha256, definition)
        )
        connection.executemany("INSERT INTO record VALUES (7, ?)", [("1",), ("2",)])
        connection.execute("INSERT INTO change VALUES (7, '2', '2024-05-01 12:00:00')")
        cells = [("1", "id", "1"), ("1", "scan", "a.png"), ("2", "id", "2")]
        connection.executemany("INSERT INTO cell VALUES (7, ?, '', '', 0, ?, ?)", cells)


@given(st.lists(st.integers(0, 10**6), unique=True), st.sampled_from(["", "331-", "A"]))
def test_numbered_records_are_in_the_order_of_their_numbers(
    numbers: list[int], prefix: str
) -> None:
    names = [f"{prefix}{number}" for number in numbers]
    assert sorted(names, key=store.natural) == [f"{prefix}{number}" for number in sorted(numbers)]
