"""The register's pages: what each person may see and take, and what is recorded."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pytest
import requests
import zarr
from playwright.sync_api import Browser, expect
from quarantined_clinic import HASH_KEY, KNOWN, STEWARD, VIEWER, serving
from test_pages import get, post
from test_pages_in_a_browser import DESK, PHONE, opened

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue import key_of, picturing, publishing
from omics_orchestrator.catalogue.link_tables import DERIVATIONS, LINKS
from omics_orchestrator.catalogue.tables import FILES as FILE_TABLE
from omics_orchestrator.catalogue.tables import PICTURES
from omics_orchestrator.quarantine.desk import Desk
from omics_orchestrator.stores import Store, open_store
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.amend import amend
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.read import read
from tests.unit.catalogue.bench import collection

VCF = (
    b"##fileformat=VCFv4.2\n##contig=<ID=1>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
)
PERSON, FIGURE = "Doe_Jane_19610203.vcf", "run_7/figure.png"
FILES = {
    "S-1.vcf": VCF,
    "cut.vcf": VCF[:-9],
    PERSON: VCF.replace(b"A\tC", b"A\tG"),
    "notes & <b>bold.txt": b"of no known format",
    FIGURE: (Path(__file__).parents[1] / "samples/image/figure.png").read_bytes(),
}


def sha256(name: str) -> str:
    return hashlib.sha256(FILES[name]).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "main").mkdir()
    return open_store(str(tmp_path / "main"))


@pytest.fixture
def pages(
    warehouse: str, connection: psycopg.Connection, store: Store, tmp_path: Path
) -> Iterator[str]:
    """Pages over a register of a few files."""
    inbox = tmp_path / "inbox"
    (inbox / "run_7").mkdir(parents=True)
    for name, content in FILES.items():
        (inbox / name).write_bytes(content)
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
    for said in ("S-1.vcf", "cut.vcf", "damaged", "5 files", "notes &amp; &lt;b&gt;bold"):
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


def test_a_folder_is_told_and_not_given_as_one_file(
    pages: str, connection: psycopg.Connection, store: Store, tmp_path: Path
) -> None:
    zarr.create_array(tmp_path / "inbox/S-9.zarr", data=np.arange(9))
    look = catalogue.Round(collection(), open_store(str(tmp_path / "inbox")), store, "v1")
    catalogue.register(connection, look, catalogue.Author("run", "v1"))
    registered = read(connection, FILE_TABLE).filter(pl.col("path") == "S-9.zarr")
    assert registered["status"].to_list() == ["whole"]
    address = f"{pages}/files/{registered['sha256'].item()}"
    assert "zarr" in (page := get(address, STEWARD).text)
    assert "Download" not in page
    assert post(f"{address}/download", STEWARD).status_code == 409


def test_a_form_of_another_page_takes_no_file(pages: str, connection: psycopg.Connection) -> None:
    headers = {"X-Forwarded-User": STEWARD, "Origin": "http://elsewhere.example"}
    address = f"{pages}/files/{sha256('S-1.vcf')}/download"
    assert requests.post(address, headers=headers, timeout=10).status_code == 403
    assert downloads(connection) == []


@pytest.mark.parametrize(("form", "status"), [({}, 409), ({"confirmed": "yes"}, 200)])
def test_a_file_that_may_name_a_person_is_taken_knowingly_only(
    pages: str, connection: psycopg.Connection, form: dict[str, str], status: int
) -> None:
    address = f"{pages}/files/{sha256(PERSON)}"
    assert "I know that it may say who a person is" in get(address, STEWARD).text
    assert post(f"{address}/download", STEWARD, **form).status_code == status
    told = connection.execute("select given_to, confirmed from ops.file_download").fetchall()
    assert told == ([(STEWARD, True)] if status == 200 else [])


def test_a_batch_narrows_the_list_and_each_file_tells_its_own(pages: str) -> None:
    listed = get(f"{pages}/files?batch=lab/run_7", VIEWER).text
    assert "figure.png" in listed
    assert "S-1.vcf" not in listed
    assert 'href="/files?batch=lab/run_7"' in listed
    assert "S-1.vcf" in get(f"{pages}/files?batch=lab", VIEWER).text


def drawn(connection: psycopg.Connection, store: Store) -> pl.DataFrame:
    """Draw what is due, as the asset does."""
    registered, before = read(connection, FILE_TABLE), pl.DataFrame(schema=PICTURES.schema)
    due = picturing.due(registered, before)
    made = picturing.make(due.files, lambda *place: (store, key_of(store, place[2]) or ""), store)
    rows = pl.concat([due.withheld, pl.DataFrame(list(made), schema=PICTURES.schema)])
    amend(connection, PICTURES, rows, due.gone, Load("run", "v1", {}, rows.height))
    return rows


def test_a_picture_is_shown_beside_its_file_and_handed_out_as_one(
    pages: str, connection: psycopg.Connection, store: Store
) -> None:
    address = f"{pages}/files/{sha256(FIGURE)}"
    assert get(f"{address}/picture", VIEWER).status_code == 404
    drawn(connection, store)
    assert "/picture" in get(address, VIEWER).text
    assert "/picture" in get(f"{pages}/files", VIEWER).text
    given = get(f"{address}/picture", VIEWER)
    assert (given.status_code, given.headers["Content-Type"]) == (200, "image/jpeg")
    assert "img-src 'self'" in given.headers["Content-Security-Policy"]
    assert given.content.startswith(b"\xff\xd8\xff")


def test_a_picture_is_withheld_the_moment_its_file_is_found_to_name_a_person(
    pages: str, connection: psycopg.Connection, store: Store
) -> None:
    drawn(connection, store)
    connection.execute("update omics.file set personal_fields = 'EXIF owner'")
    assert get(f"{pages}/files/{sha256(FIGURE)}/picture", STEWARD).status_code == 404
    for page in ("", f"/{sha256(FIGURE)}"):
        assert "/picture" not in get(f"{pages}/files{page}", STEWARD).text


def test_what_a_file_was_made_from_and_what_was_made_from_it_are_told(
    pages: str, connection: psycopg.Connection
) -> None:
    told = ("lab", "S-1.vcf", "lab", PERSON, "clinic", sha256("S-1.vcf"), "0" * 64, "header", "a")
    rows = pl.DataFrame([told], schema=DERIVATIONS.schema, orient="row")
    amend(connection, DERIVATIONS, rows, rows.clear(), Load("run", "v1", {}, 1))
    made = get(f"{pages}/files/{sha256('S-1.vcf')}", STEWARD).text
    assert "What it was made from" in made
    assert "another content than lies there now" in made
    assert PERSON in made
    assert "Doe" not in get(f"{pages}/files/{sha256('S-1.vcf')}", VIEWER).text
    used = get(f"{pages}/files/{sha256(PERSON)}", VIEWER).text
    assert "What was made from it" in used
    assert "S-1.vcf" in used


@pytest.mark.usefixtures("pages")
def test_every_file_may_be_published_or_says_why_not(connection: psycopg.Connection) -> None:
    def why() -> dict[str, str]:
        return dict(connection.execute("select path, reason from omics.withheld_file").fetchall())

    unexamined = "the present release has not examined it"
    assert why() == {
        "S-1.vcf": unexamined,
        FIGURE: unexamined,
        "cut.vcf": "it is not whole",
        PERSON: "it may say who a person is",
        "notes & <b>bold.txt": "it is not whole",
    }
    publishing.note(connection, "lab", "v1")
    assert why()["S-1.vcf"] == "it is linked to no sample"
    link = pl.DataFrame(
        [("lab", path, "S-1", "P-1", "path", "path") for path in ("S-1.vcf", PERSON)],
        schema=LINKS.schema,
        orient="row",
    )
    amend(connection, LINKS, link, link.clear(), Load("run", "v1", {}, 2))
    published = connection.execute("select path from omics.publishable_file").fetchall()
    assert published == [("S-1.vcf",)]
    standing = publishing.standing(connection)
    assert standing.is_sound
    assert (standing.files, standing.publishable, standing.unfit) == (5, 1, 0)
    publishing.note(connection, "lab", "v2")
    assert why()["S-1.vcf"] == unexamined


def test_a_warehouse_without_a_register_publishes_nothing(connection: psycopg.Connection) -> None:
    assert connection.execute("select * from omics.publishable_file").fetchall() == []


def test_an_unknown_content_is_no_page(pages: str) -> None:
    assert get(f"{pages}/files/{'0' * 64}", VIEWER).status_code == 404


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pictures_are_seen_and_fit_their_screen(
    browser: Browser,
    pages: str,
    connection: psycopg.Connection,
    store: Store,
    size: dict[str, int],
) -> None:
    drawn(connection, store)
    page = opened(browser, VIEWER, size)
    for address, kind in (("", "thumbnail"), (f"/{sha256(FIGURE)}", "picture")):
        page.goto(f"{pages}/files{address}")
        image = page.locator(f"img.{kind}")
        expect(image).to_be_visible()
        # The width of the bytes: 0 for an address that gives no picture, or is not let through.
        expect(image).to_have_js_property("naturalWidth", 30)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    expect(
        page.get_by_role("img", name="The picture, 30 by 20 pixels, made small.")
    ).to_be_visible()


def test_a_steward_cannot_press_the_button_before_saying_that_they_know(
    browser: Browser, pages: str, connection: psycopg.Connection
) -> None:
    page = opened(browser, STEWARD, DESK)
    page.goto(f"{pages}/files/{sha256(PERSON)}")
    expect(page.locator("header [aria-current]")).to_have_text("Files")
    page.get_by_role("button", name="Download").click()
    assert downloads(connection) == []
    page.get_by_label("I know that it may say who a person is").check()
    with page.expect_download():
        page.get_by_role("button", name="Download").click()
    assert downloads(connection) == [(sha256(PERSON), STEWARD)]
