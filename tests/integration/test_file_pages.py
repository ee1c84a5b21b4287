"""The register's pages: what each person may see and take, and what is recorded."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests
from quarantined_clinic import HASH_KEY, KNOWN, STEWARD, VIEWER, serving
from test_pages import get, post

from omics_orchestrator import catalogue
from omics_orchestrator.quarantine.desk import Desk
from omics_orchestrator.stores import open_store
from omics_orchestrator.warehouse.connect import connect
from tests.unit.catalogue.bench import collection

VCF = (
    b"##fileformat=VCFv4.2\n##contig=<ID=1>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
)
PERSON = "Doe_Jane_19610203.vcf"
FILES = {
    "S-1.vcf": VCF,
    "cut.vcf": VCF[:-9],
    PERSON: VCF.replace(b"A\tC", b"A\tG"),
    "notes & <b>bold.txt": b"of no known format",
}


def sha256(name: str) -> str:
    return hashlib.sha256(FILES[name]).hexdigest()


@pytest.fixture
def pages(warehouse: str, connection: psycopg.Connection, tmp_path: Path) -> Iterator[str]:
    """Pages over a register of a few files."""
    inbox, main = tmp_path / "inbox", tmp_path / "main"
    inbox.mkdir()
    main.mkdir()
    for name, content in FILES.items():
        (inbox / name).write_bytes(content)
    store = open_store(str(main))
    look = catalogue.Round(collection(), open_store(str(inbox)), store, "v1")
    catalogue.register(connection, look, catalogue.Author("run", "v1"))

    @contextmanager
    def desk() -> Iterator[Desk]:
        with connect(warehouse) as session:
            yield Desk(session, store, KNOWN, HASH_KEY, frozenset({STEWARD}))

    with serving(desk) as address:
        yield address


def downloads(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("select sha256, given_to from ops.file_download").fetchall()


def test_files_are_listed_with_what_is_wrong_with_them(pages: str) -> None:
    told = get(f"{pages}/files", VIEWER).text
    for said in ("S-1.vcf", "cut.vcf", "damaged", "4 files", "notes &amp; &lt;b&gt;bold"):
        assert said in told


@pytest.mark.parametrize(
    ("filters", "shown", "hidden"),
    [
        ("status=damaged", "cut.vcf", "S-1.vcf"),
        ("format=unknown", "notes", "S-1.vcf"),
        ("named=s-1", "S-1.vcf", "cut.vcf"),
        ("collection=lab", "S-1.vcf", "No file fits"),
        ("personal=1", "may name a person", "S-1.vcf"),
        ("status=whole&named=zzz", "No file fits", "S-1.vcf"),
        ("after_collection=lab&after=S-1.vcf", "cut.vcf", ">S-1.vcf"),
    ],
)
def test_filters_narrow_the_list(pages: str, filters: str, shown: str, hidden: str) -> None:
    told = get(f"{pages}/files?{filters}", VIEWER).text
    assert shown in told
    assert hidden not in told


@pytest.mark.parametrize("address", ["", "?named=doe", f"/{sha256(PERSON)}"])
def test_a_name_that_says_who_a_person_is_is_shown_to_stewards_only(
    pages: str, address: str
) -> None:
    assert "Doe" in get(f"{pages}/files{address}", STEWARD).text
    told = get(f"{pages}/files{address}", VIEWER)
    assert told.status_code == 200
    assert "Doe" not in told.text.replace('value="doe"', "")


def test_one_content_is_told_with_its_facts_and_versions(pages: str) -> None:
    told = get(f"{pages}/files/{sha256('S-1.vcf')}", VIEWER).text
    for said in ("S-1.vcf", "whole", "4.2", sha256("S-1.vcf"), "Nobody's", "now"):
        assert said in told
    assert "Download" not in told


def test_a_steward_takes_a_file_and_it_is_recorded(
    pages: str, connection: psycopg.Connection
) -> None:
    address = f"{pages}/files/{sha256('S-1.vcf')}"
    assert "Download" in get(address, STEWARD).text
    taken = post(f"{address}/download", STEWARD)
    assert taken.content == VCF
    assert "S-1.vcf" in taken.headers["Content-Disposition"]
    assert downloads(connection) == [(sha256("S-1.vcf"), STEWARD)]


@pytest.mark.parametrize(
    ("name", "who", "status"),
    [("S-1.vcf", VIEWER, 403), ("S-1.vcf", "", 403), ("cut.vcf", STEWARD, 409)],
)
def test_nobody_else_takes_a_file_and_nothing_that_was_not_copied_is_given(
    pages: str, connection: psycopg.Connection, name: str, who: str, status: int
) -> None:
    answer = post(f"{pages}/files/{sha256(name)}/download", who)
    assert answer.status_code == status
    assert downloads(connection) == []


def test_a_form_of_another_page_takes_no_file(pages: str, connection: psycopg.Connection) -> None:
    headers = {"X-Forwarded-User": STEWARD, "Origin": "http://elsewhere.example"}
    address = f"{pages}/files/{sha256('S-1.vcf')}/download"
    assert requests.post(address, headers=headers, timeout=10).status_code == 403
    assert downloads(connection) == []


def test_an_unknown_content_is_no_page(pages: str) -> None:
    assert get(f"{pages}/files/{'0' * 64}", VIEWER).status_code == 404
