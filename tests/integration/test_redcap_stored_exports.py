"""A real project put on the local server answers every kind of export as its own server did.

The stored answers were written again by R, which has its own spelling of true and false, and
numbers headers that occur twice.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redcap_service import TOKEN, Server, grant, running

from omics_orchestrator.demo.redcap import odm_read, project
from omics_orchestrator.demo.redcap.rights import Rights
from omics_orchestrator.demo.redcap.server_settings import configure

pytestmark = pytest.mark.fixtures

PROJECT = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/projects/simple/project.xml"
STORED = "fixtures/redcap/OuhscBbmc__REDCapR/inst/test-data/specific-redcapr"
FORMS = ["demographics", "race_and_ethnicity"]
NAMES = ["name_first", "name_last", "age"]
# The project file does not tell the ids that its files had.
DOCUMENT_IDS = {str(number): str(number + 21) for number in range(1, 6)}
Table = list[list[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Server]:
    with running(Server(tmp_path_factory.mktemp("stored") / "redcap.db")) as server:
        project.seed(server.database, TOKEN, odm_read.read(shared / PROJECT))
        configure(server.database, calculations_last_in_eav=True)
        yield server


def exported(server: Server, **asked: Any) -> Table:
    text = server.post(content="record", format="csv", **asked).text
    return list(csv.reader(io.StringIO(text, newline="")))


def stored(folder: Path, name: str) -> Table:
    with (folder / STORED / name).open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("default", {}),
        ("raw", {"rawOrLabel": "raw"}),
        ("raw-and-dag", {"exportDataAccessGroups": "true"}),
        ("filter-numeric", {"filterLogic": "[age] >= 61"}),
        ("filter-character", {"filterLogic": "[name_first] = 'John Lee'"}),
        ("specify-fields", {"fields": ["record_id", *NAMES]}),
        (
            "specify-fields-without-record-id",
            {"fields": ["name_first", "address", "interpreter_needed"]},
        ),
        ("specify-forms", {"forms": FORMS}),
        ("specify-records", {"records": ["1", "3", "4"]}),
    ],
)
def test_flat_exports_are_those_of_the_real_server(
    server: Server, shared: Path, name: str, asked: dict[str, Any]
) -> None:
    assert exported(server, **asked) == stored(shared, f"read-oneshot/{name}.csv")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("label", {}),
        ("export_checkbox_label", {"exportCheckboxLabel": "true"}),
        ("label-and-dag", {"exportDataAccessGroups": "true"}),
    ],
)
def test_labelled_exports_are_those_of_the_real_server(
    server: Server, shared: Path, name: str, asked: dict[str, Any]
) -> None:
    as_r = {"True": "TRUE", "False": "FALSE"}
    found = exported(server, rawOrLabel="label", **asked)
    rows = [[as_r.get(cell, cell) for cell in row] for row in found]
    assert rows == stored(shared, f"read-oneshot/{name}.csv")


def test_label_headers_are_those_of_the_real_server(server: Server, shared: Path) -> None:
    header, *rows = exported(server, rawOrLabelHeaders="label")
    stored_header, *stored_rows = stored(shared, "read-oneshot/label-header.csv")
    assert header == [name.removesuffix("_1").removesuffix("_2") for name in stored_header]
    assert header.count("Complete?") == 3
    assert rows == stored_rows


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("default", {}),
        ("filter-numeric", {"filterLogic": "[age] >= 61"}),
        ("filter-character", {"filterLogic": "[name_first] = 'John Lee'"}),
        ("specify-fields", {"fields": ["record_id", *NAMES]}),
        ("specify-forms", {"forms": FORMS}),
        ("specify-records", {"records": ["1", "3", "4"]}),
    ],
)
def test_eav_exports_are_those_of_the_real_server(
    server: Server, shared: Path, name: str, asked: dict[str, Any]
) -> None:
    rows = [
        [record, field, DOCUMENT_IDS[value] if field == "mugshot" else value]
        for record, field, value in exported(server, type="eav", **asked)
    ]
    assert rows == stored(shared, f"read-eav-oneshot/{name}.csv")


def test_a_token_in_a_group_has_its_records_without_the_groups_column(
    server: Server, shared: Path
) -> None:
    grant(server, "D" * 32, Rights("grouped", group="dag_1"))
    found = exported(server, token="D" * 32, exportDataAccessGroups="true")
    header, *rows = stored(shared, "read-oneshot/raw-and-dag.csv")
    at = header.index("redcap_data_access_group")
    of_group = [header, *(row for row in rows if row[at] == "dag_1")]
    assert found == [row[:at] + row[at + 1 :] for row in of_group]
