"""Sample sheets of each dialect, what is wrong with them, and tables that are none."""

import io
from pathlib import Path

import pytest

from omics_orchestrator.formats import Finding, formats, identify, read_head

SHEET = formats()["samplesheet"]
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "samplesheet"
V1, V2, RNASEQ = (
    (SAMPLES / name).read_text()
    for name in ("run1_SampleSheet.csv", "run2_SampleSheet.csv", "rnaseq_samplesheet.csv")
)


def finding(text: str | bytes) -> Finding:
    return SHEET.validate(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def described(text: str | bytes) -> dict[str, object]:
    return dict(SHEET.describe(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


DIALECTS = [
    (V1, "illumina_v1", ["IBD-001", "IBD-002"]),
    (V2, "illumina_v2", ["IBD-001", "IBD-002"]),
    ("FCID,Lane,SampleID,SampleRef,Index\nHX,1,S1,hg19,ACGT\n", "casava", ["S1"]),
    ("Lane,Sample,Index\n1,S1,SI-TT-A1\n1-2,S1,SI-TT-A2\n", "mkfastq", ["S1"]),
    ("[Data]\nSample_Name,Sentrix_ID,Sentrix_Position\nS1,204,R01C01\n", "illumina_v1", ["S1"]),
    (RNASEQ, "nf-core", ["IBD-001", "IBD-002"]),
    ("patient,sample,lane,fastq_1,fastq_2\nP1,S1,L1,a.gz,b.gz\n", "nf-core", ["S1"]),
    ("id;fasta\nS1;a.fa\n", "nf-core", ["S1"]),
    ("sample-id\tforward-absolute-filepath\nS1\t/x/a.gz\n", "qiime2_manifest", ["S1"]),
    ("# sample-id\tabsolute-filepath\nS1\t$PWD/a.gz\n", "qiime2_manifest", ["S1"]),
    ("run_accession\tsample_alias\tfastq_ftp\nERR1\tS1\tx/a.gz;x/b.gz\n", "ena_report", ["S1"]),
    ("STUDY PRJEB1\nSAMPLE S1\nFASTQ a.gz\nFASTQ b.gz\n", "ena_webin", ["S1"]),
    ("sample_name\tlibrary_ID\ttitle\tfilename\nS1\tL1\tx\ta.gz\n", "sra_metadata", ["S1"]),
    ("fastqs,sample,library_type\n/x,S1,Gene Expression\n", "cellranger", ["S1"]),
]


@pytest.mark.parametrize(("text", "dialect", "samples"), DIALECTS)
def test_each_dialect_is_told(text: str, dialect: str, samples: list[str]) -> None:
    for written in (text, text.replace("\n", "\r\n"), "\ufeff" + text, text.rstrip("\n")):
        assert identify("anything.txt", io.BytesIO(written.encode())) is SHEET
        facts = described(written)
        assert (facts["dialect"], facts["samples"]) == (dialect, samples)
        assert finding(written).fault is None
        assert list(SHEET.personal_fields(io.BytesIO(written.encode()))) == []


def test_the_files_that_a_sheet_names_are_told_without_folders() -> None:
    assert described("run_accession\tfastq_ftp\nERR1\tx/a.gz;x/b.gz\n")["files"] == ["a.gz", "b.gz"]
    assert described(RNASEQ)["pipeline"] == "rnaseq"
    assert described(V1)["lanes"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (RNASEQ + "S9,a\n", "row 4 has more or fewer cells"),
        (RNASEQ + "S9,a,b,auto,x\n", "row 4 has more or fewer cells"),
        (RNASEQ + ",a.gz,,auto\n", "row 4 has a blank sample"),
        (RNASEQ + "S9,,b.gz,auto\n", "row 4 names a second read file without a first"),
        (RNASEQ + RNASEQ.splitlines()[3] + "\n", "two rows are alike"),
        (RNASEQ.replace("fastq_2", "fastq_1"), "a column stands twice"),
        (RNASEQ + '"S9,a,b\n', "a quotation in it has no end"),
        (V1 + "2,IBD-009,x,ACGTACGT,TTGCAAGC,,\n", "two rows are alike in lane and index"),
        (V1 + "2,,x,AAAAAAAA,TTGCAAGC,,\n", "row 4 has a blank sampleid"),
        (V2.partition("[BCLConvert_Data]")[0], "it has no section of data"),
        (RNASEQ.encode() + b"\0\0", "it holds bytes that are no text"),
        ("gene,S1\nA,5\n", "it has not the columns of a sample sheet"),
    ],
)
def test_each_fault_is_named(text: str | bytes, fault: str) -> None:
    assert (finding(text).fault or "").startswith(fault)


def test_blank_cells_of_a_spreadsheet_are_no_fault() -> None:
    assert finding(V1 + ",,,,,,,,,\n\n").fault is None
    assert finding(V1.replace(",IBD,\n", ",IBD\n")).fault is None


@pytest.mark.parametrize(
    "text",
    [
        "sample,value\nS1,5\n", "gene_id\tS1\tS2\nA\t1\t2\n", "fastq_1\nx\n", "", "\n",
        "[section]\nkey = value\n", "file\tmd5\na\tb\n", "sample\tfilename\nS1\tx\n",
        "STUDY of things\n",
    ],
)  # fmt: skip
def test_other_tables_are_none(text: str) -> None:
    assert not SHEET.sniff(read_head("samplesheet.csv", io.BytesIO(text.encode())))


def test_the_encoding_is_said_where_it_is_unusual() -> None:
    assert (
        described(RNASEQ.replace("IBD-002", "Próba").encode("cp1252"))["encoding"] == "windows-1252"
    )
    assert described(RNASEQ.encode("utf-16"))["encoding"] == "utf-16"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (V1.replace("Genomics Core", "Jane Doe"), "Investigator Name"),
        (RNASEQ.replace("strandedness", "date_of_birth"), "column date_of_birth"),
        (RNASEQ.replace("IBD-001,", "Doe_Jane,"), "sample names"),
        (V1.replace(",IBD,\n", ",IBD,MRN 00123456\n", 1), "cells of column Description"),
    ],
)
def test_a_person_is_told_by_place(text: str, place: str) -> None:
    assert place in SHEET.personal_fields(io.BytesIO(text.encode()))
