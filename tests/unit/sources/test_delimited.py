"""CSV as laboratories export it, and what all spreadsheets have in common."""

import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, delimited
from tests.unit.sources.asked import files, redcap, sheets


def read(**contents: bytes | str) -> Extract:
    return delimited.read(files(**contents), sheets())


def rows(extract: Extract) -> list[tuple[str | None, ...]]:
    return extract.tables["result"].rows()


def refusal(content: bytes | str, **described: object) -> str:
    with pytest.raises(SourceError) as refused:
        delimited.read(files(a__csv=content), sheets(**described))
    message = str(refused.value)
    assert message.startswith("study clinic, source lab, file a.csv: ")
    return message


def test_the_header_row_is_found_under_a_title_and_remarks_are_counted() -> None:
    extract = read(a__csv="Results of May\n\nsample,value\nA,1\nB,\nchecked by the head of lab\n")
    assert rows(extract) == [("A", "1")]
    assert extract.scope["comment_lines"] == 3  # the title, B without anything, the remark


def test_every_cell_is_text_stripped_and_null_where_it_is_blank() -> None:
    extract = read(a__csv='sample,value\n A , 007 \n"B, left",\n,5\n')
    assert rows(extract) == [("A", "007"), (None, "5")]
    assert extract.tables["result"].schema == {"sample": pl.String, "value": pl.String}


def test_an_only_column_has_no_comments() -> None:
    extract = delimited.read(files(a__csv="sample\nA\n\nB\n"), sheets(columns=["sample"]))
    assert rows(extract) == [("A",), ("B",)]


def test_a_sheet_without_data_gives_an_empty_table_with_its_columns() -> None:
    table = read(a__csv="sample,value\n").tables["result"]
    assert table.is_empty()
    assert table.schema == {"sample": pl.String, "value": pl.String}


def test_files_are_read_one_after_another_whatever_the_order_of_their_columns() -> None:
    extract = read(a__csv="sample,value\nA,1\n", b__csv="sample,note,value\nB,x,2\n")
    assert rows(extract) == [("A", "1"), ("B", "2")]
    assert extract.scope["files"] == "a.csv, b.csv"


def test_a_column_that_the_study_file_does_not_list_is_withheld_by_name() -> None:
    extract = read(a__csv="sample,value,comment\nA,1,x\n", b__csv="sample,value,operator\nB,2,y\n")
    assert extract.withheld == dict.fromkeys(
        ["comment", "operator"], "not listed in the study file"
    )


def test_a_value_under_no_header_is_refused_with_its_row_and_column() -> None:
    assert "row 3 has a value in column 3" in refusal("sample,value\nA,1\nB,12,5\n")
    assert "row 2 has a value in column 2" in refusal("sample,,value\nA,x,1\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("\n\n", "no row begins with the header `sample`"),
        ("sample;value\nA;1\n", "no row begins with the header `sample`"),
        ("sample,value\nA,1\nsample,value\nB,2\n", "2 rows begin with the header `sample`"),
        ("sample,unit\nA,1\n", "column `value` is there 0 times"),
        ("sample,value,value\nA,1,2\n", "column `value` is there 2 times"),
        ('sample,value\nA,"1\nB,2\n', "line 3 has a quotation mark that is not closed"),
        ('sample,value\nA,"1"2\n', "line 2 has a quotation mark"),
        (b"PK\x03\x04\x14\x00\x06\x00", "this is not plain text"),
        ("sample,value\nA,1\n".encode("utf-16"), "this is not plain text"),
        ("<html><body>sample,value</body></html>", "no row begins with the header"),
    ],
)
def test_a_file_that_is_not_what_was_agreed_is_refused_by_name(
    content: bytes | str, said: str
) -> None:
    assert said in refusal(content)


def test_a_refusal_never_shows_a_cell() -> None:
    for content in (
        "sample,value\nSECRET,1,SECRET\n",
        'sample,value\nSECRET,"x"SECRET\n',
        "SECRET",
    ):
        assert "SECRET" not in refusal(content)


def test_a_file_larger_than_any_spreadsheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omics_orchestrator.sources._sheets._MOST_BYTES", 10)
    assert "larger than" in refusal("sample,value\nA,1\n")


def test_the_delimiter_of_the_study_file_is_used() -> None:
    asked = sheets(delimiter=";")
    extract = delimited.read(files(a__csv="sample;value\nA;1,5\n"), asked)
    assert rows(extract) == [("A", "1,5")]


def test_excels_byte_order_mark_and_line_ends_are_no_part_of_a_cell() -> None:
    content = '\ufeffsample,value\r\nA,"two\r\nlines"\r\n'
    assert rows(read(a__csv=content)) == [("A", "two\r\nlines")]


def test_what_excel_on_windows_writes_is_read_beside_utf_8_and_no_byte_is_dropped() -> None:
    windows = "sample,value\nA,5 µg\nB,Zoë\n".encode("cp1252")
    assert rows(read(a__csv=windows)) == [("A", "5 µg"), ("B", "Zoë")]
    mixed = "sample,value\nA,5 µg\n".encode() + b"B,5 \xb5g \x81\n"
    assert rows(read(a__csv=mixed)) == [("A", "5 µg"), ("B", "5 µg \\x81")]


def test_a_cell_may_be_longer_than_the_csv_module_expects() -> None:
    assert rows(read(a__csv=f"sample,value\nA,{'x' * 200_000}\n")) == [("A", "x" * 200_000)]


@pytest.mark.parametrize(
    "name", ["~$results.csv", "in/.~lock.results.csv#", "results.csv.part", "in/.results.csv.Xy12"]
)
def test_locks_and_unfinished_files_are_left_out_and_named(name: str) -> None:
    streams = [(name, io.BytesIO(b"half")), *files(a__csv="sample,value\nA,1\n")]
    extract = delimited.read(streams, sheets())
    assert rows(extract) == [("A", "1")]
    assert extract.scope["unfinished_files"] == name


@pytest.mark.parametrize("names", [[], ["~$results.csv"]])
def test_no_file_at_all_is_an_error_that_says_where_to_put_one(names: list[str]) -> None:
    with pytest.raises(SourceError, match=r"study clinic, source lab: no file is there.*\*\.csv"):
        delimited.read([(name, io.BytesIO(b"x")) for name in names], sheets())


def test_a_spreadsheet_reader_reads_nothing_else() -> None:
    with pytest.raises(TypeError):
        delimited.read([], redcap("base"))


CELL = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(st.lists(st.tuples(CELL, CELL), max_size=8))
def test_what_is_written_is_read_again(table: list[tuple[str, str]]) -> None:
    quoted = "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
        for row in table
        if row[0] != "sample"
    )
    extract = read(a__csv="sample,value\n" + quoted)
    assert rows(extract) == [row for row in table if row[0] != "sample"]
