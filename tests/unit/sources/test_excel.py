"""Excel workbooks: what is read of them, and what is refused before it costs anything."""

import io
import re
import resource
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from omics_orchestrator.demo.gidamps.laboratory_sheets import ASSAYS, write_olink
from omics_orchestrator.demo.gidamps.samples_database import registered
from omics_orchestrator.demo.gidamps.study import generate
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, excel
from tests.unit.sources.asked import files, matrix, sheets

PLAIN = sheets(kind="excel", files="*.xlsx")
HEADERS = [
    ["NPX data of May"],
    ["SampleID", "PlateID", "IL8", "VEGFA"],
    ["UniProt", None, "P10145", "P15692"],
    ["Unit", None, "NPX", "NPX"],
]


def saved(*rows: Sequence[Any], more: Callable[[Workbook], None] | None = None) -> bytes:
    workbook = Workbook()
    for row in rows:
        sheet(workbook).append(list(row))
    if more:
        more(workbook)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def sheet(workbook: Workbook) -> Worksheet:
    found = workbook.active
    assert isinstance(found, Worksheet)
    return found


def rezipped(content: bytes, **replaced: Callable[[bytes], bytes]) -> bytes:
    """The workbook with some of its parts rewritten; `sheet1` is the part's name without path."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            rewrite = replaced.get(Path(name).stem, bytes)
            new.writestr(name, rewrite(old.read(name)))
    return changed.getvalue()


def values(content: bytes) -> list[str | None]:
    return excel.read(files(a__xlsx=content), PLAIN).tables["result"]["value"].to_list()


def refusal(content: bytes, asked: Any = PLAIN) -> str:
    with pytest.raises(SourceError) as refused:
        excel.read(files(a__xlsx=content), asked)
    assert str(refused.value).startswith("study clinic, source lab, file a.xlsx: ")
    return str(refused.value)


def olink(*rows: Sequence[Any], headers: Sequence[Sequence[Any]] = HEADERS) -> Extract:
    return excel.read(files(a__xlsx=saved(*headers, *rows)), matrix())


def test_numbers_dates_and_truths_become_the_text_a_person_sees() -> None:
    midnight = datetime.fromisoformat("2026-01-02")
    cells = (5, 5.25, True, date(2026, 1, 2), midnight, midnight.replace(hour=3))
    content = saved(("sample", "value"), *(("A", cell) for cell in (*cells, " x ", "007", None)))
    assert values(content) == [
        *("5", "5.25", "true", "2026-01-02", "2026-01-02", "2026-01-02 03:00:00", "x", "007")
    ]


def test_a_duration_and_a_workbook_that_counts_days_from_1904_are_read_as_they_mean() -> None:
    def from_1904(workbook: Workbook) -> None:
        workbook.epoch = datetime.fromisoformat("1904-01-01")
        sheet(workbook).append(["A", date(2026, 1, 2)])

    assert values(saved(("sample", "value"), more=from_1904)) == ["2026-01-02"]
    assert values(saved(("sample", "value"), ("A", timedelta(hours=30)))) == ["1 day, 6:00:00"]


def test_a_matrix_becomes_one_row_a_sample_and_assay_in_the_sheets_order() -> None:
    extract = olink(["A", "P1", 1.5, "<LOD"], ["B", "P1", None, "NA"], ["reviewed in June"])
    assert extract.tables["result"].rows() == [
        ("A", "P1", "IL8", "P10145", "NPX", "1.5"),
        ("A", "P1", "VEGFA", "P15692", "NPX", "<LOD"),
        ("B", "P1", "IL8", "P10145", "NPX", None),
        ("B", "P1", "VEGFA", "P15692", "NPX", "NA"),
    ]
    assert extract.tables["result"].columns == [
        *("SampleID", "PlateID", "assay", "uniprot", "unit", "value")
    ]
    assert extract.scope["comment_lines"] == 2
    assert extract.withheld == {}


def test_a_value_under_no_assay_name_is_refused_and_never_dropped() -> None:
    headers = [HEADERS[0], ["SampleID", "PlateID", "IL8", None], *HEADERS[2:]]
    assert "row 3 has a value in column 4" in refusal(saved(*headers), matrix())
    assert "row 5 has a value in column 5" in refusal(
        saved(*HEADERS, ["A", "P1", 1, 2, 3]), matrix()
    )


def test_a_sheet_that_lacks_a_header_row_does_not_lose_its_first_sample() -> None:
    content = saved(*HEADERS[:3], ["A", "P1", 1, 2], ["B", "P1", 3, 4])
    assert "the rows under the header are not uniprot, unit, but data" in refusal(content, matrix())
    assert "but data" in refusal(saved(*HEADERS[:3]), matrix())


@pytest.mark.parametrize("mangled", [date(2026, 3, 1), "1-Mar", "Sep-02"])
def test_an_assay_whose_name_excel_made_a_date_is_refused(mangled: object) -> None:
    headers = [HEADERS[0], ["SampleID", "PlateID", "IL8", mangled], *HEADERS[2:]]
    assert "the header of column 4 is a date" in refusal(saved(*headers), matrix())


def test_an_assay_named_twice_keeps_all_its_values() -> None:
    headers = [HEADERS[0], ["SampleID", "PlateID", "IL8", "IL8"], *HEADERS[2:]]
    assert olink(["A", "P1", 1, 2], headers=headers).tables["result"]["value"].to_list() == [
        *("1", "2")
    ]


def test_the_sheet_with_the_header_is_read_wherever_it_stands() -> None:
    def cover(workbook: Workbook) -> None:
        workbook.create_chartsheet("Chart", 0)
        workbook.create_sheet("Cover", 0).append(["made by the laboratory"])

    content = saved(("sample", "value"), ("A", 1), more=cover)
    extract = excel.read(files(a__xlsx=content), PLAIN)
    assert extract.tables["result"].rows() == [("A", "1")]
    assert extract.scope["sheets_without_header"] == 1


def test_two_sheets_with_the_header_are_refused_as_one_would_be_dropped() -> None:
    def second(workbook: Workbook) -> None:
        workbook.create_sheet("Plate 2").append(["sample", "value"])

    content = saved(("sample", "value"), ("A", 1), more=second)
    assert "2 rows begin with the header" in refusal(content)


def test_a_merged_header_is_refused_as_its_second_column_has_no_name() -> None:
    content = saved(
        ("sample", "value", "value"),
        ("A", 1, 2),
        more=lambda workbook: sheet(workbook).merge_cells("B1:C1"),
    )
    assert "row 2 has a value in column 3" in refusal(content)


def test_an_error_in_a_cell_is_refused_as_the_parser_would_give_a_blank() -> None:
    for cell in ("#N/A", "#REF!", "#DIV/0!"):
        content = saved(("sample", "value"), ("A", cell), ("B", 2))
        assert "1 cell(s) of a sheet hold an error" in refusal(content)


def test_a_stray_cell_in_the_last_corner_is_refused_before_it_takes_all_memory() -> None:
    def stray(workbook: Workbook) -> None:
        sheet(workbook).cell(1_048_576, 16_384).value = "x"

    before = peak_megabytes()
    started = time.process_time()
    assert "a sheet reaches to row 1048576, column 16384" in refusal(
        saved(("sample", "value"), more=stray)
    )
    assert time.process_time() - started < 1
    assert peak_megabytes() - before < 200


def test_a_stray_cell_is_found_without_references_and_in_a_sheet_of_another_name() -> None:
    def bare(text: bytes) -> bytes:
        return re.sub(rb' r="[A-Z]+[0-9]+"', b"", text).replace(
            b"</sheetData>", b"<row r='1048576'>" + b"<c/>" * 16_384 + b"</row></sheetData>"
        )

    content = rezipped(saved(("sample", "value")), sheet1=bare)
    assert "a sheet reaches to row 1048576, column 16384" in refusal(content)
    moved = content.replace(b"worksheets/sheet1", b"worksheetz/sheet1")
    assert "a sheet reaches to row 1048576, column 16384" in refusal(moved)


@pytest.mark.parametrize("block", [7, 64, 999])
def test_a_stray_cell_or_an_error_is_found_wherever_a_block_of_the_sheet_ends(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    def stray(workbook: Workbook) -> None:
        sheet(workbook).cell(1_048_576, 16_384).value = "x"

    monkeypatch.setattr("omics_orchestrator.sources._workbook._BLOCK_BYTES", block)
    plain = [("sample", "value"), *(("A", number) for number in range(9))]
    assert values(saved(*plain)) == [str(number) for number in range(9)]
    assert "row 1048576, column 16384" in refusal(saved(*plain, more=stray))
    assert "9 cell(s)" in refusal(saved(*plain, *([("B", "#N/A")] * 9)))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = rezipped(saved(("sample", "value")), app=lambda text: text + b" " * 300_000_000)
    before = peak_megabytes()
    started = time.process_time()
    assert "the workbook would unpack to 300 MB" in refusal(bomb)
    assert time.process_time() - started < 1
    assert peak_megabytes() - before < 200


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    honest = rezipped(saved(("sample", "value")), app=lambda text: text + b" " * 50_000_000)
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("docProps/app.xml").file_size
    lying = honest.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert "not an Excel workbook (.xlsx), or only a part of one" in refusal(lying)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


WHOLE = saved(("sample", "value"), ("A", 1))
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<html><table><tr><td>sample</td></tr></table></html>", "not an Excel workbook"),
        (b"sample,value\nA,1\n", "not an Excel workbook"),
        (OLE + b"\0" * 512 + "Workbook".encode("utf-16-le"), "an old workbook (.xls)"),
        (OLE + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "a workbook with a password"),
        (WHOLE[:-200], "not an Excel workbook (.xlsx), or only a part of one"),
        (WHOLE.replace(b"xl/workbook.xml", b"xl/workbook.bin"), "not an Excel workbook"),
        (rezipped(WHOLE, sheet1=lambda text: text[:300]), "the workbook cannot be read"),
    ],
)
def test_what_is_no_readable_workbook_is_refused_by_name(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_an_external_entity_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")

    def with_entity(text: bytes) -> bytes:
        address = (tmp_path / "secret.txt").as_uri().encode()
        declared = b'<!DOCTYPE x [<!ENTITY e SYSTEM "' + address + b'">]>'
        return declared + text.replace(b"<v>1</v>", b"<v>&e;</v>")

    assert "the workbook declares entities" in refusal(rezipped(WHOLE, sheet1=with_entity))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_workbook_is_refused_or_read_as_it_was(place: int, noise: bytes) -> None:
    damaged = WHOLE[:place] + noise + WHOLE[place + len(noise) :]
    with suppress(SourceError):
        extract = excel.read(files(a__xlsx=damaged), PLAIN)
        assert extract.tables["result"].rows() == [("A", "1")]


CELLS = st.one_of(st.none(), st.integers(-9, 9), st.sampled_from(["<LOD", "NA", "5,1"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_every_cell_of_a_matrix_arrives_exactly_once(cells: list[tuple[Any, Any]]) -> None:
    table = olink(*(["A", "P1", *pair] for pair in cells)).tables["result"]
    expected = [None if cell is None else str(cell) for pair in cells for cell in pair]
    assert table["value"].to_list() == expected


def test_the_demos_olink_sheet_arrives_cell_for_cell(tmp_path: Path) -> None:
    samples = tuple(registered(generate(30, 5).rows, 5))
    written = write_olink(tmp_path / "npx.xlsx", samples, 5)
    asked = matrix(
        columns=["SampleID", "PlateID", "QC_Warning"], matrix=["assay", "uniprot", "unit"]
    )
    with (tmp_path / "npx.xlsx").open("rb") as stream:
        extract = excel.read([("npx.xlsx", stream)], asked)
    table = extract.tables["result"]
    # openpyxl is the witness: another parser than ours.
    body = list(sheet(load_workbook(tmp_path / "npx.xlsx")).values)[4:-1]
    expected = [
        (row[0], row[1], row[2], assay, uniprot, "NPX", cell if cell is None else str(cell))
        for row in body
        for (assay, uniprot), cell in zip(ASSAYS.items(), row[3:], strict=True)
    ]
    assert table.height == written * len(ASSAYS)
    assert pl.DataFrame(expected, schema=table.schema, orient="row").equals(table)
    assert extract.scope["comment_lines"] == 2
