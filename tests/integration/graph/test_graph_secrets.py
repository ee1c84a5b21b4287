"""No token, password or identifier of a person is anywhere but where it belongs (R1, R22, R59).

The synthetic study has a canary in each field that identifies a person, and every secret of this
platform is one that nothing else could spell.
"""

import gzip
import re
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest
from openpyxl import Workbook
from psycopg import Connection, sql
from redcap.project import Project
from running_platform import INBOX, KEY, SHEETS, TOKEN, Platform
from typed_commands import Desk

from omics_orchestrator.demo.gidamps.dictionary import fields
from omics_orchestrator.warehouse.connect import connect

OTHER_TOKEN = "DEADBEEF" * 4
CELL = "zz-answer-of-a-participant"
READERS_PASSWORD, OWNERS_PASSWORD = "zz-password-of-the-reader", "zz-password-of-the-owner"
BUCKETS_KEY, WEBHOOK = "zz-key-of-the-bucket", "zz-address-of-the-webhook"
# The generator's canaries, and the year in which everybody in it was born.
PERSONAL = ("zzcanary", r"\b1901-\d\d-\d\d\b")
PLACES = ("said", "dagster", "warehouse", "store", "left")


@pytest.fixture(scope="module")
def texts(workplace: tuple[Platform, Desk]) -> dict[str, str]:
    """All that can be read after a good night, one on which every source fails, and a dead one."""
    platform, desk = workplace
    server = urlsplit(desk.settings["OMICS_WAREHOUSE_URL"])
    address = f"{server.hostname}:{server.port}{server.path}"
    materialise = partial(desk.types, "dagster", "asset", "materialize", "--select", "*")
    location = ("-m", "omics_orchestrator.definitions")
    platform.record("GID-900", email="zzcanary@example.org", sex="2")
    platform.keep("GID-900", age=CELL)
    desk.settle(
        OMICS_S3_SECRET_ACCESS_KEY=BUCKETS_KEY,
        OMICS_ALERT_WEBHOOK=f"https://hooks.example.org/{WEBHOOK}",
    )
    good = materialise(*location)
    _spoil_every_file(platform)
    desk.settle(
        GIDAMPS_REDCAP_TOKEN=OTHER_TOKEN,
        GIDAMPS_SAMPLES_URL=f"postgresql://reader:{READERS_PASSWORD}@{address}",
    )
    bad = materialise(*location)
    locked_out = {"OMICS_WAREHOUSE_URL": f"postgresql://omics:{OWNERS_PASSWORD}@{address}"}
    dead = desk.types(
        "python", "-m", "omics_orchestrator.run", str(uuid.uuid4()), **desk.settings | locked_out
    )
    assert (good.returncode, bad.returncode, dead.returncode) == (0, 1, 1)
    return {
        "said": "\n".join(each.stdout + each.stderr for each in (good, bad, dead)),
        "dagster": _all_rows(desk.settings["OMICS_DAGSTER_DB_URL"]),
        "warehouse": _all_rows(platform.environment["OMICS_WAREHOUSE_URL"]),
        "store": _all_files(platform.home / "store"),
        "left": _all_files(desk.home),
    }


def _spoil_every_file(platform: Platform) -> None:
    workbook = Workbook()
    workbook.active.append([CELL, "Plate1", "Pass", 3.25])
    workbook.save(platform.home / "headless.xlsx")
    for sheet in (platform.home / SHEETS).glob("*/*"):
        headless = (platform.home / "headless.xlsx").read_bytes()
        content = headless if sheet.suffix == ".xlsx" else f"{CELL};MT-ND2;24\n".encode()
        platform.put(sheet.relative_to(platform.home), content)
    reads = gzip.compress(f"@read1\n{CELL}\n+\n!!\n".encode())
    platform.put(INBOX / "rnaseq/damaged_R1_001.fastq.gz", reads)
    variants = f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\n{CELL}\tnowhere\n".encode()
    platform.put(INBOX / "genotypes/damaged.vcf", variants)


def _all_rows(url: str) -> str:
    """Every cell of every table that is not Postgres' own."""
    with connect(url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return "\n".join(cell for table in tables for cell in _cells(connection, table))


def _cells(connection: Connection, table: tuple[str, ...]) -> Iterator[str]:
    for row in connection.execute(sql.SQL("select * from {}").format(sql.Identifier(*table))):
        yield from (_shown(cell) for cell in row)


def _shown(cell: object) -> str:
    # Dagster keeps its snapshots of jobs compressed.
    return zlib.decompress(cell).decode() if isinstance(cell, bytes) else str(cell)


def _all_files(folder: Path) -> str:
    """Every file below a folder: its name, and its content as whoever opens it reads it."""
    readers: dict[str, Callable[[Path], str]] = {
        ".parquet": lambda path: pl.read_parquet(path).write_csv(),
        ".gz": lambda path: gzip.decompress(path.read_bytes()).decode("latin-1"),
    }
    return "\n".join(
        f"{path}\n{readers.get(path.suffix, _bytes)(path)}"
        for path in folder.rglob("*")
        if path.is_file()
    )


def _bytes(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_anywhere(
    workplace: tuple[Platform, Desk], texts: dict[str, str], place: str
) -> None:
    _, desk = workplace
    password = urlsplit(desk.settings["OMICS_WAREHOUSE_URL"]).password
    secrets = {
        "token": TOKEN,
        "refused token": OTHER_TOKEN,
        "key of the hashes": KEY,
        "password of the warehouse": str(password),
        "refused password of the warehouse": OWNERS_PASSWORD,
        "refused password of the samples": READERS_PASSWORD,
        "key of the bucket": BUCKETS_KEY,
        "address of the webhook": WEBHOOK,
    }
    assert "gidamps" in texts[place]
    text = texts[place].lower()
    assert [name for name, secret in secrets.items() if secret.lower() in text] == []


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_identifies_a_person_is_anywhere(texts: dict[str, str], place: str) -> None:
    found = [canary for canary in PERSONAL if re.search(canary, texts[place], re.IGNORECASE)]
    assert found == []


def test_an_answer_that_fits_no_rule_lies_in_its_snapshot_and_nowhere_else(
    texts: dict[str, str],
) -> None:
    assert [place for place in PLACES if CELL in texts[place]] == ["store"]


def test_participants_are_named_in_the_data_alone(texts: dict[str, str]) -> None:
    assert [place for place in PLACES if "GID-900" in texts[place]] == ["warehouse", "store"]


def test_a_failure_of_every_source_was_provoked(texts: dict[str, str]) -> None:
    for source in ("redcap", "samples", "olink", "qpcr"):
        assert f"study gidamps, source {source}" in texts["dagster"]
    assert "the database server rejects the warehouse URL" in texts["dagster"]
    assert "genotypes/damaged.vcf" in texts["dagster"]


def test_no_column_is_named_like_what_identifies_a_person(
    workplace: tuple[Platform, Desk], texts: dict[str, str]
) -> None:
    platform, _ = workplace
    identifiers = {field.name for field in fields() if field.is_identifier}
    assert len(identifiers) >= 5
    columns = platform.ask(
        "select column_name from information_schema.columns where table_schema <> 'pg_catalog'"
    )
    assert identifiers & {name for (name,) in columns} == set()
    snapshots = list((platform.home / "store").rglob("*.parquet"))
    assert snapshots
    assert [path for path in snapshots if identifiers & set(pl.read_parquet_schema(path))] == []
    assert texts


def test_the_canaries_are_really_in_the_sources(workplace: tuple[Platform, Desk]) -> None:
    platform, _ = workplace
    place = platform.environment
    project = Project(place["GIDAMPS_REDCAP_URL"], place["GIDAMPS_REDCAP_TOKEN"])
    records = project.export_records()
    for field in ("email", "chi_no", "initial", "legacy_study_id"):
        assert any("zzcanary" in record[field].lower() for record in records), field
    assert any(record["dob"].startswith("1901-") for record in records)
    assert any("Told by ZZCANARY" in record["comment"] for record in records)
    with closing(sqlite3.connect(platform.home / "demo/samples.sqlite")) as samples:
        makers = samples.execute("select distinct created_by from sample").fetchall()
    assert makers
    assert all(maker.startswith("zzcanary-") for (maker,) in makers)
