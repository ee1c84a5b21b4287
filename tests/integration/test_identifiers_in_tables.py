"""A table stops what depends on it when people's text names a person, and not for a hash."""

import dagster as dg
import polars as pl
import psycopg
import pytest

from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.loading import LoadConfig, Made, materialise
from omics_orchestrator.orchestration.omics import FILES
from omics_orchestrator.warehouse.table import Column, Table

# Ten digits with a proper check digit, as a hash may hold them by chance.
_NUMBER = "9434765919"
_TABLE = Table(
    TableName("omics", "upload"),
    {
        "path": Column(pl.String()),
        "etag": Column(pl.String(), computed=True),
    },
    ("path",),
)


def _passed(connection: psycopg.Connection, path: str, etag: str) -> bool:
    result = materialise(
        connection,
        _TABLE,
        run_id="run",
        code_version="1",
        inputs={},
        make=lambda: Made(pl.DataFrame({"path": [path], "etag": [etag]}), 1),
        config=LoadConfig(),
    )
    (check,) = (each for each in result.check_results or () if each.check_name == "no_identifier")
    assert isinstance(check, dg.AssetCheckResult)
    return check.passed


def test_a_hash_that_looks_like_a_patients_number_stops_nothing(
    connection: psycopg.Connection,
) -> None:
    assert _passed(connection, "a.vcf", f"3f-a{_NUMBER}b-1c")


def test_a_path_that_holds_a_patients_number_stops_what_depends_on_it(
    connection: psycopg.Connection,
) -> None:
    assert not _passed(connection, f"{_NUMBER}.vcf", "3f-ab-1c")


@pytest.mark.parametrize("column", ["sha256", "etag", "location", "examined_by", "md5"])
def test_the_hashes_of_the_register_are_known_as_such(column: str) -> None:
    assert FILES.columns[column].computed


@pytest.mark.parametrize("column", ["path", "description", "fault"])
def test_what_people_wrote_into_the_register_is_looked_through(column: str) -> None:
    assert not FILES.columns[column].computed
