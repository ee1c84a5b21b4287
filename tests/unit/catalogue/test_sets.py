"""Sets of files are complete or say what they lack; a list of checksums is believed."""

import hashlib
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from omics_orchestrator.catalogue.linking import Tied, texts_needed
from tests.unit.catalogue.registered import (
    NOON,
    collection,
    file,
    links,
    reasons,
    register,
    tied,
)

CONTENT = b"reads"
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()  # noqa: S324  # what lists hold
OTHER = "0" * 32
ALL = {"read_pairs": "required", "index": "required", "tenx_matrix": "required"}
R1, R2 = "S-1_S1_L001_R1_001.fastq.gz", "S-1_S1_L001_R2_001.fastq.gz"
SET = "S-1_S1_L001_R?_001.fastq.gz"


def sets(found: Tied) -> list[tuple[Any, ...]]:
    return found.sets.select("kind", "set", "missing", "fault").rows()


def only(found: Tied) -> tuple[Any, ...]:
    (row,) = found.sets.select("set", "members", "missing", "fault", "complete").rows()
    return row


def test_both_mates_with_as_many_reads_are_a_complete_set() -> None:
    index = "S-1_S1_L001_I1_001.fastq.gz"
    files = register(*(file(path, {"reads": 9}) for path in (R1, R2, index)))
    assert only(tied(files, companions=ALL)) == (SET, [index, R1, R2], [], None, True)


@pytest.mark.parametrize(
    ("there", "absent"),
    [
        (R1, R2),
        (R2, R1),
        ("a/x_R1.fq.gz", "a/x_R2.fq.gz"),
        ("SRR1_1.fastq", "SRR1_2.fastq"),
        ("x.R2.fastq.bz2", "x.R1.fastq.bz2"),
        ("x_read1.fq", "x_read2.fq"),
    ],
)
def test_a_mate_that_must_be_there_and_is_not_is_named(there: str, absent: str) -> None:
    found = tied(register(there), companions=ALL)
    assert only(found)[1:] == ([there], [absent], None, False)
    assert sets(tied(register(there))) == []


def test_mates_with_different_numbers_of_reads_are_told_with_both() -> None:
    files = register(file(R1, {"reads": 1000}), file(R2, {"reads": 960}))
    assert only(tied(files))[3:] == ("different numbers of reads (R1: 1000, R2: 960)", False)


def test_mates_whose_reads_are_of_the_other_end_are_told() -> None:
    files = register(file(R1, {"read": 2}), file(R2, {"read": 1}))
    fault = "R1 holds reads of end 2, R2 holds reads of end 1"
    assert only(tied(files))[3] == fault


def test_a_damaged_mate_makes_its_set_incomplete() -> None:
    files = register(file(R1, {"reads": 9}), file(R2, status="damaged"))
    assert only(tied(files))[3:] == ("1 damaged", False)


def test_numbered_files_are_no_mates() -> None:
    three = register("S_1.fastq.gz", "S_2.fastq.gz", "S_3.fastq.gz")
    assert sets(tied(three, companions=ALL)) == []
    both_first = register(*(file(f"S_{n}.fastq.gz", {"read": 1, "reads": n}) for n in (1, 2)))
    assert sets(tied(both_first, companions=ALL)) == []
    mates = register(*(file(f"S_{n}.fastq.gz", {"read": n, "reads": 5}) for n in (1, 2)))
    assert only(tied(mates))[0] == "S_?.fastq.gz"


def test_lanes_and_folders_are_sets_of_their_own() -> None:
    files = register(R1, R2, f"b/{R1}", R1.replace("L001", "L002"))
    incomplete = tied(files, companions=ALL).sets.filter(~pl.col("complete"))
    assert incomplete["missing"].to_list() == [[R2.replace("L001", "L002")], [f"b/{R2}"]]


TENX = ("m/matrix.mtx.gz", "m/barcodes.tsv.gz", "m/features.tsv.gz")


@pytest.mark.parametrize("absent", TENX)
def test_a_matrix_folder_says_which_of_its_three_files_is_missing(absent: str) -> None:
    found = tied(register(*(set(TENX) - {absent})))
    if absent == TENX[0]:
        assert only(found)[0] == "m"
    assert only(found)[2] == [absent]


def test_a_matrix_and_its_lists_must_be_of_one_size() -> None:
    matrix = file(TENX[0], {"features": 30, "barcodes": 5})
    lists = file(TENX[1], {"rows": 5}), file(TENX[2], {"rows": 30})
    assert only(tied(register(matrix, *lists)))[3:] == (None, True)
    longer = file(TENX[1], {"rows": 6}), lists[1]
    fault = "the matrix has 5 barcodes, the list 6"
    assert only(tied(register(matrix, *longer)))[3:] == (fault, False)


def test_matrices_of_geo_are_told_apart_by_their_prefix() -> None:
    files = register(*(f"GSM{n}_{part[2:]}" for n in (1, 2) for part in TENX))
    assert [row[1:] for row in sets(tied(files))] == [("GSM1_", [], None), ("GSM2_", [], None)]


def test_a_list_of_genes_alone_is_no_matrix() -> None:
    assert sets(tied(register("genes.tsv", "my_matrix.mtx.gz"))) == []


@pytest.mark.parametrize(
    ("index", "main"),
    [
        ("x.bam.bai", "x.bam"),
        ("x.bai", "x.bam"),
        ("x.bam.csi", "x.bam"),
        ("x.vcf.gz.tbi", "x.vcf.gz"),
        ("x.cram.crai", "x.cram"),
        ("x.crai", "x.cram"),
    ],
)
def test_an_index_belongs_to_the_file_of_its_name(index: str, main: str) -> None:
    both = register(file(index, format="index"), file(main))
    assert only(tied(both, companions=ALL))[:3] == (main, [main, index], [])
    alone = register(file(index, format="index"))
    assert only(tied(alone))[:3] == (main, [index], [main])


@pytest.mark.parametrize(
    ("path", "told", "missing"),
    [
        ("x.bam", {"sort_order": "coordinate"}, ["x.bam.bai"]),
        ("x.bam", {"sort_order": "queryname"}, None),
        ("x.vcf.gz", {"container": "bgzf"}, ["x.vcf.gz.tbi"]),
        ("x.vcf", {"container": None}, None),
    ],
)
def test_what_can_have_an_index_and_must_is_told_without(
    path: str, told: dict[str, object], missing: list[str] | None
) -> None:
    found = tied(register(file(path, told)), companions=ALL)
    assert [row[2] for row in sets(found)] == ([missing] if missing else [])
    assert sets(tied(register(file(path, told)))) == []


@pytest.mark.parametrize(
    ("index", "fault"),
    [
        ({}, None),
        ({"modified_at": NOON - timedelta(hours=3)}, None),
        ({"modified_at": NOON - timedelta(days=2)}, "the index is older than its file"),
        ({"told": {"references": 84}}, "the index is of another file: it has other sequences"),
        ({"status": "damaged"}, "the index is damaged"),
    ],
)
def test_an_index_of_another_file_is_told(index: dict[str, Any], fault: str | None) -> None:
    main = file("x.bam", {"references": 25})
    told = index.get("told", {"references": 25})
    columns = {name: value for name, value in index.items() if name != "told"}
    beside = file("x.bam.bai", told, **columns)
    assert only(tied(register(main, beside)))[3] == fault


@pytest.mark.parametrize(
    "text",
    [
        f"{MD5}  S-1.vcf\n",
        f"{MD5.upper()} *./sub/../S-1.vcf\r\n",
        f"MD5 (S-1.vcf) = {MD5}\n",
        f"{SHA256}  /far/away/S-1.vcf\n",
        f"SHA256 (S-1.vcf) = {SHA256}",
    ],
)
@pytest.mark.parametrize("is_right", [True, False])
def test_every_dialect_of_checksums_is_honoured(text: str, *, is_right: bool) -> None:
    md5, sha256 = (MD5, SHA256) if is_right else (OTHER, OTHER * 2)
    arrived = register(file("S-1.vcf", md5=md5, sha256=sha256), "a.md5")
    found = tied(arrived, "S-1", texts={"a.md5": text})
    if is_right:
        assert only(found) == ("a.md5", ["S-1.vcf"], [], None, True)
        assert links(found) == [("S-1.vcf", "S-1")]
    else:
        fault = "another checksum than listed: S-1.vcf"
        assert only(found) == ("a.md5", ["S-1.vcf"], [], fault, False)
        assert reasons(found) == {"S-1.vcf": "its checksum is not the one that was listed"}
        assert links(found) == []


def test_a_bare_checksum_is_of_the_file_that_its_list_is_named_for() -> None:
    files = register(file("d/S-1.vcf", md5=MD5), "d/S-1.vcf.md5")
    found = tied(files, texts={"d/S-1.vcf.md5": MD5})
    assert found.verdicts.rows() == [("lab", "d/S-1.vcf.md5", "d/S-1.vcf", "agrees", None)]


def test_a_file_that_is_listed_and_not_there_is_missing() -> None:
    text = f"{MD5}  S-1.vcf\n{MD5}  sub/S-2.vcf\n"
    files = register(file("d/S-1.vcf", md5=MD5), "d/all.md5")
    found = tied(files, texts={"d/all.md5": text})
    assert only(found) == ("d/all.md5", ["d/S-1.vcf"], ["d/sub/S-2.vcf"], None, False)


def test_a_file_of_the_same_name_elsewhere_is_no_damaged_one() -> None:
    files = register(file("b/S-1.vcf", md5=OTHER), "a/all.md5")
    found = tied(files, "S-1", texts={"a/all.md5": f"{MD5}  S-1.vcf\n"})
    assert only(found)[2:4] == (["a/S-1.vcf"], None)
    assert links(found) == [("b/S-1.vcf", "S-1")]


def test_a_checksum_that_is_not_known_is_not_compared() -> None:
    text = f"{MD5}  S-1.vcf\n{'a' * 40}  S-2.vcf\n"
    files = register("S-1.vcf", file("S-2.vcf", md5=MD5), "all.md5")
    found = tied(files, texts={"all.md5": text})
    assert found.verdicts["verdict"].to_list() == ["not compared", "not compared"]


def test_a_file_that_must_have_a_checksum_and_is_in_no_list_is_told() -> None:
    files = register(file("S-1.vcf", md5=MD5), "S-2.vcf", "all.md5")
    text = {"all.md5": f"{MD5}  S-1.vcf\n"}
    found = tied(files, texts=text, companions={"checksum": "required"})
    assert sets(found) == [
        ("checksum", "S-2.vcf", ["S-2.vcf.md5"], None),
        ("checksum", "all.md5", [], None),
    ]


def test_only_what_tells_of_other_files_is_read() -> None:
    files = register(
        "S-1.vcf", "all.md5", "SampleSheet.csv", "m.csv", file("cut.md5", status="damaged")
    )
    manifest = {"file": "m.csv", "sample": "a", "path": "b"}
    told = collection(manifests=[manifest], sample_sheets=True)
    assert sorted(texts_needed(told, files)["path"]) == ["SampleSheet.csv", "all.md5", "m.csv"]
    assert list(texts_needed(collection(), files)["path"]) == ["all.md5"]


def test_a_name_in_a_list_that_is_no_utf8_stops_nothing() -> None:
    text = MD5.encode() + b"  caf\xe9.vcf\n" + MD5.encode() + b"  S-1.vcf\n"
    found = tied(register(file("S-1.vcf", md5=MD5), "all.md5"), texts={"all.md5": text})
    assert only(found)[1] == ["S-1.vcf"]
    assert len(only(found)[2]) == 1


def test_what_a_collection_ignores_is_not_looked_for() -> None:
    files = register(R1, *TENX[:1], "x.bai", file("S-1.vcf", md5=OTHER), "all.md5")
    ignored = dict.fromkeys(("read_pairs", "index", "checksum", "tenx_matrix"), "ignored")
    texts = {"all.md5": f"{MD5}  S-1.vcf\n"}
    found = tied(files, "S-1", texts=texts, companions=ignored)
    assert sets(found) == []
    assert ("S-1.vcf", "S-1") in links(found)
    assert texts_needed(collection(companions=ignored), files).is_empty()
