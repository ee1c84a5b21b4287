"""What is the same for all tables of text: how they are spelt, and each way a row can be wrong."""

import bz2
import csv
import gzip
import io
import lzma

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omics_orchestrator.formats import Finding, Format, formats, identify

HEADER = "gene_id\tIBD-001\tIBD-002\n"
ROWS = "ENSG00000141510\t1\t2\nENSG00000171862\t3\t4\nENSG00000157764\t5\t6\n"
TABLE = HEADER + ROWS
LONGER = TABLE + "".join(f"ENSG{number:011d}\t7\t8\n" for number in range(9))
TO_LARGE = 1_200_000  # bytes, beyond one block


def read(content: str | bytes, name: str = "x.tsv") -> tuple[Format | None, Finding]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    found = identify(name, stream)
    return found, formats()["expression_table"].validate(stream)


def facts(content: str | bytes) -> dict[str, object]:
    found, finding = read(content)
    assert found is formats()["expression_table"]
    assert finding.fault is None
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return {**found.describe(stream), **finding.facts}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TABLE, {"separator": "tab"}),
        (TABLE.replace("\t", ","), {"separator": "comma"}),
        (TABLE.replace("\t", ";"), {"separator": "semicolon"}),
        (TABLE.replace("\n", "\r\n"), {"line_ends": "CR LF"}),
        (TABLE.encode("utf-8-sig"), {"byte_order_mark": True}),
        (TABLE.encode("utf-16"), {"encoding": "utf-16-le", "byte_order_mark": True}),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), {"encoding": "utf-16-be"}),
        (TABLE[:-1], {"last_line_ended": False}),
        (TABLE + "\n\n", {"rows": 3}),
        (TABLE + ROWS, {"rows": 6, "duplicate_ids": 3}),
        (TABLE.replace("1\t2", "1,5\t2,25"), {"decimal": ","}),
        (TABLE.replace("gene_id\t", ""), {"samples": ["IBD-001", "IBD-002"]}),
        (TABLE.replace("gene_id\t", "\t"), {"samples": ["IBD-001", "IBD-002"]}),
        (TABLE.replace("gene_id", '"gene_id"').replace("ENSG00000171862", '"a\tb"'), {"rows": 3}),
        (gzip.compress(TABLE.encode()), {"container": "gzip", "members": 1}),
        (bz2.compress(TABLE.encode()), {"container": "bzip2"}),
        (lzma.compress(TABLE.encode()), {"container": "xz"}),
    ],
)
def test_each_spelling_is_read_and_said(content: str | bytes, said: dict[str, object]) -> None:
    assert said.items() <= facts(content).items()


def test_a_table_in_plain_utf_8_says_nothing_of_its_spelling() -> None:
    assert facts(TABLE) == {
        "container": "plain",
        "dialect": "matrix",
        "n_columns": 3,
        "columns": ["gene_id", "IBD-001", "IBD-002"],
        "samples": ["IBD-001", "IBD-002"],
        "separator": "tab",
        "ids": "ensembl",
        "rows": 3,
    }


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (TABLE.replace("3\t4", "3"), "row 2 has 2 cells where its header has 3"),
        (TABLE.replace("3\t4", "3\t4\t5"), "row 2 has 4 cells where its header has 3"),
        (TABLE.replace("3\t4", "3\t4\t5").replace("\t", ","), "row 2 has 4 cells"),
        (LONGER.replace("\t3", "\tx"), "row 2 has something else than a number among its numbers"),
        (LONGER + HEADER, "row 13 has something else than a number among its numbers"),
        (HEADER.replace("002", "001") + ROWS, "1 of its columns have the name of another"),
        (TABLE + "\0" * 512, "bytes that are no text stand in it"),
        (TABLE.encode() + b"ENSG1\xff\x81\t1\t2\n", "bytes that are no utf-8 stand in it"),
        (TABLE.encode() + "Ž".encode()[:1], "the file ends inside a character"),
        (TABLE + "ENSG00000133703\t7", "row 4 has 2 cells where its header has 3"),
        (TABLE + '"ENSG00000133703\t7', "the file ends inside a quoted cell"),
        (gzip.compress(TABLE.encode())[:-4], "the file ends inside its gzip data"),
        (gzip.compress(TABLE.encode()) + b"x", "something else follows the last gzip member"),
        ("", "it has no header that this kind of table has"),
        ("a,b\n1,2\n", "it has no header that this kind of table has"),
    ],
)
def test_each_fault_is_named(content: str | bytes, fault: str) -> None:
    assert (read(content)[1].fault or "").startswith(fault)


def test_letters_of_western_europe_are_read_as_windows_1252() -> None:
    rows = "".join(f"G{n} µ-opioid\t1\t2\n" for n in range(9))
    assert facts((HEADER + rows).encode("windows-1252"))["encoding"] == "windows-1252"
    late = HEADER + "GENE\t1\t2\n" * (TO_LARGE // 9) + rows
    assert facts(late.encode("windows-1252"))["encoding"] == "windows-1252"


WITH_GAPS = (
    "Protein.Group\tGenes\tFirst.Protein.Description\tS1\tS2\nP1\tA\td\t1\t2\nP2\tB\t\t1\t2\n"
)


@pytest.mark.parametrize(
    ("rows", "is_whole"),
    [
        ("P3\tC\td\t1\n", True),
        ("P3\tC\td\n", True),
        ("P3\tC\td\t1", False),
        ("P3\tC\td\t1\nP4\tC\td\t1\t\n", False),
        ("P3\tC\td\t1\t2\t3\n", False),
    ],
    ids=["one absent", "two", "cut", "beside an empty one", "one too many"],
)
def test_empty_cells_that_an_editor_took_off_row_ends_are_told_from_cut_rows(
    rows: str, is_whole: bool
) -> None:
    finding = formats()["diann"].validate(io.BytesIO((WITH_GAPS + rows).encode()))
    assert (finding.fault is None) == is_whole


def test_absent_cells_in_a_table_that_lacks_none_are_damage() -> None:
    content = WITH_GAPS.replace("P2\tB\t\t", "P2\tB\td\t") + "P3\tC\td\t1\n"
    assert formats()["diann"].validate(io.BytesIO(content.encode())).fault


def test_a_line_without_its_end_is_damage_where_the_program_ends_each() -> None:
    salmon = "Name\tLength\tEffectiveLength\tTPM\tNumReads\nENST00000456328\t9\t8\t1\t25"
    assert read(salmon + "\n")[1].fault is None
    assert read(salmon)[1].fault == "its last line has no end, so the file is cut"


def test_rows_are_counted_over_many_blocks_and_so_are_faults() -> None:
    number = TO_LARGE // 8
    rows = "".join(f"G{n}\t1\t2\n" for n in range(number))
    assert facts(HEADER + rows)["rows"] == number
    fault = read(HEADER + rows + "G\t1\n")[1].fault
    assert fault == f"row {number + 1} has 2 cells where its header has 3"


def test_a_quote_that_never_ends_is_found_before_memory_is_full() -> None:
    content = TABLE.replace("\t", ",") + '"' + "a,b\n" * (5 << 20)
    assert read(content)[1].fault == "a quoted cell never ends"


def test_a_cell_of_many_lines_may_be_longer_than_a_block() -> None:
    note = "a line, and another\n" * (TO_LARGE // 15)
    table = f'SampleID,OlinkID,NPX,Note\n"S1",OID20000,1,x\nS2,OID20000,1,"{note}"\n'
    finding = formats()["olink"].validate(io.BytesIO(table.encode()))
    assert finding.fault is None
    assert (finding.facts["rows"], finding.facts["samples"]) == (2, ["S1", "S2"])


cell = st.text(st.sampled_from('ab1" ,\n'), max_size=6)


@given(st.lists(st.tuples(cell, cell, cell), max_size=30))
@example([("", ",\n,", "")])
def test_rows_are_what_the_csv_module_says_they_are(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("SampleID", "OlinkID", "NPX"), *rows])
    finding = formats()["olink"].validate(io.BytesIO(text.getvalue().encode()))
    assert finding.fault is None
    assert finding.facts["rows"] == len(rows)


@given(st.integers(1, len(TABLE) - 1))
def test_a_cut_table_is_damaged_unless_it_ends_where_its_last_number_may(length: int) -> None:
    _, finding = read(TABLE[:length])
    last = TABLE[:length].rpartition("\n")[2]
    may_end = length >= len(HEADER) and (not last or last.count("\t") == 2)
    if not may_end:
        assert finding.fault
    elif finding.fault is None and last:
        assert finding.facts["last_line_ended"] is False


@given(st.integers(0, len(TABLE) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_a_packed_table_is_found(place: int, bit: int) -> None:
    content = bytearray(gzip.compress(TABLE.encode(), mtime=0))
    # The header's time and system prove nothing, nor the length behind the CRC.
    place = 10 + place % (len(content) - 14)
    content[place] ^= 1 << bit
    finding = formats()["expression_table"].validate(io.BytesIO(bytes(content)))
    assert finding.fault or gzip.decompress(content) == TABLE.encode()  # a bit of no meaning


def test_columns_and_paths_that_name_a_person_are_named_and_what_they_hold_is_not() -> None:
    table = "SampleID;OlinkID;NPX;patient_name;nhs_number\nS1;OID20000;1;Anna;999 000 0000\n"
    found = formats()["olink"].personal_fields(io.BytesIO(table.encode()))
    assert list(found) == ["column patient_name", "column nhs_number"]
    counted = '# Program:featureCounts v2; Command:"-o" "/data/Example_Anna/x"\n'
    counted += "Geneid\tChr\tStart\tEnd\tStrand\tLength\tExample_Anna.bam\nG1\t1\t1\t2\t+\t2\t5\n"
    assert list(formats()["expression_table"].personal_fields(io.BytesIO(counted.encode()))) == [
        "comment line",
        "column names",
    ]


def test_a_header_longer_than_the_head_is_read_all_the_same() -> None:
    samples = [f"sample_{number:09d}" for number in range(20_000)]
    row = "\t1" * len(samples)
    table = "\t".join(["gene_id", *samples]) + f"\nENSG00000141510{row}\n"
    told = facts(table)
    assert (told["n_samples"], told["n_columns"], told["rows"]) == (20_000, 20_001, 1)
    assert "columns" not in told
