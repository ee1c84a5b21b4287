"""What files were made from: said by hard evidence, of one file and one person, or not at all."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.derivation import Derived, derived
from omics_orchestrator.catalogue.link_columns import DERIVATION_SCHEMA, LINK_SCHEMA
from omics_orchestrator.catalogue.linking import texts_needed
from tests.unit.catalogue.registered import NOON, collection, file, register, tied

NONE = pl.DataFrame(schema=DERIVATION_SCHEMA)
UUIDS = [f"0000000{number}-0000-0000-0000-000000000000" for number in range(3)]
RAW = file("raw/S-1.fastq.gz", sha256="aa")


def named(path: str, *inputs: str, **columns: Any) -> dict[str, Any]:
    return file(path, {"inputs": list(inputs)}, **columns)


def found(
    *files: str | Mapping[str, Any],
    samples: tuple[str, ...] = (),
    before: pl.DataFrame = NONE,
    texts: Mapping[str, str] | None = None,
    **changes: Any,
) -> Derived:
    registered = register(*files)
    made = tied(registered, *samples, texts=texts, **changes)
    return derived(made.inputs, registered, made.links, before)


def pairs(made: Derived) -> set[tuple[str, str]]:
    return set(made.rows.select("path", "from_path").iter_rows())


def whys(made: Derived) -> list[tuple[str, str]]:
    return made.unknown.select("path", "why").sort("path", "why").rows()


def test_a_file_derives_from_those_that_its_header_names() -> None:
    made = found(RAW, "S-1.vcf", named("bam/S-1.bam", "S-1.fastq.gz", sha256="bb"))
    assert made.rows.rows(named=True) == [
        {
            "collection": "lab", "path": "bam/S-1.bam", "from_collection": "lab",
            "from_path": "raw/S-1.fastq.gz", "study": "clinic", "sha256": "bb",
            "from_sha256": "aa", "rule": "named in the header", "evidence": "header",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([], "in no inbox"),
        (["a/x.fastq.gz", "b/x.fastq.gz"], "several files have its name"),
        ([file("x.fastq.gz", study="another", collection="theirs")], "in no inbox"),
    ],
)
def test_a_name_that_is_not_one_file_s_makes_nothing(others: list[Any], why: str) -> None:
    made = found(named("S-1.bam", "x.fastq.gz"), *others)
    assert pairs(made) == set()
    assert whys(made) == [("S-1.bam", why)]


def test_the_file_of_the_same_collection_is_meant_before_one_of_the_study() -> None:
    theirs = file("theirs/x.vcf", collection="theirs")
    assert pairs(found(named("y.vcf", "x.vcf"), theirs)) == {("y.vcf", "theirs/x.vcf")}
    both = found(named("y.vcf", "x.vcf"), theirs, "ours/x.vcf")
    assert pairs(both) == {("y.vcf", "ours/x.vcf")}


def test_a_command_that_names_the_file_itself_wrote_it() -> None:
    made = found(named("new/x.bam", "x.bam"), "old/x.bam")
    assert (pairs(made), whys(made)) == (set(), [])


def test_files_of_two_people_are_never_tied_by_a_name() -> None:
    made = found(named("S-1.bam", "S-2.fastq.gz"), "S-2.fastq.gz", samples=("S-1", "S-2"))
    assert pairs(made) == set()
    assert whys(made) == [("S-1.bam", "of another person")]
    same = found(named("S-1.bam", "S-2.fastq.gz"), "S-2.fastq.gz", samples=("S-1", "S-2 of P-1"))
    assert pairs(same) == {("S-1.bam", "S-2.fastq.gz")}


def test_files_in_a_circle_are_told_and_tied_to_nothing() -> None:
    made = found(
        named("a.bam", "c.bam"), named("b.bam", "a.bam"), named("c.bam", "b.bam"),
        named("d.bam", "c.bam", "x.fastq"), "x.fastq",
    )  # fmt: skip
    assert set(made.circles["path"]) == {"a.bam", "b.bam", "c.bam"}
    assert pairs(made) == {("d.bam", "c.bam"), ("d.bam", "x.fastq")}


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_no_file_is_ever_made_of_itself(said: list[tuple[int, int]]) -> None:
    inputs = pl.DataFrame(
        [("lab", f"{of}", f"{made}", None, None, "said", "here") for of, made in said],
        schema=["collection", "path", "from_path", "known_by", "from_sha256", "rule", "evidence"],
        orient="row",
        schema_overrides=dict.fromkeys(
            ("collection", "path", "from_path", "known_by", "from_sha256", "rule", "evidence"),
            pl.String,
        ),
    )
    files = register(*(str(number) for number in range(8)))
    made = derived(inputs, files, pl.DataFrame(schema=LINK_SCHEMA), NONE)
    rows = pairs(made)
    left = {number: {source for of, source in rows if of == number} for number, _ in rows}
    while ends := [of for of, sources in left.items() if not sources & left.keys()]:
        for of in ends:
            del left[of]
    assert not left
    asked = {(f"{of}", f"{source}") for of, source in said if of != source}
    circles = set(made.circles.select("path", "from_path").iter_rows())
    assert rows | circles == asked


def test_an_index_derives_from_its_file() -> None:
    made = found("S-1.bam", "S-1.bam.bai", "alone.bam.bai")
    assert pairs(made) == {("S-1.bam.bai", "S-1.bam")}


def test_an_artifact_knows_its_parents_by_their_uuid() -> None:
    made = found(
        file("demux.qza", {"uuid": UUIDS[0]}),
        file("table.qza", {"uuid": UUIDS[1], "inputs": [UUIDS[0], UUIDS[2]]}),
    )
    assert pairs(made) == {("table.qza", "demux.qza")}
    assert made.rows["evidence"].to_list() == ["provenance"]
    assert whys(made) == [("table.qza", "in no inbox")]


def receipt(**changes: str) -> dict[str, str]:
    told = {"source": "cells.rds", "target": "cells.h5ad"}
    told |= {"source_sha256": "aa", "target_sha256": "bb"} | changes
    return {"c/cells.receipt.json": json.dumps(told)}


CONVERTED = [
    file("in/Cells of May.rds", sha256="aa"),
    file("c/cells.h5ad", sha256="bb"),
    file("c/cells.receipt.json"),
]


def test_a_receipt_ties_contents_whatever_their_names_are_by_now() -> None:
    made = found(*CONVERTED, texts=receipt())
    assert pairs(made) == {("c/cells.h5ad", "in/Cells of May.rds")}
    assert made.rows["evidence"].to_list() == ["c/cells.receipt.json"]
    assert made.rows["from_sha256"].to_list() == ["aa"]


def test_a_receipt_of_another_content_says_nothing() -> None:
    made = found(*CONVERTED, texts=receipt(target_sha256="cc"))
    assert (pairs(made), whys(made)) == (set(), [])
    unknown = found(*CONVERTED, texts=receipt(source_sha256="cc"))
    assert whys(unknown) == [("c/cells.h5ad", "in no inbox")]


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 10_000, '{"source": 1}', '"target"'])
def test_another_file_of_a_receipt_s_name_says_nothing(text: str) -> None:
    made = found(*CONVERTED, texts={"c/cells.receipt.json": text})
    assert pairs(made) == set()


def test_receipts_are_read_and_large_files_called_so_are_not() -> None:
    files = register("cells.receipt.json", file("huge.receipt.json", size_bytes=1 << 30))
    assert texts_needed(collection(), files)["path"].to_list() == ["cells.receipt.json"]


def test_a_manifest_may_say_what_files_were_made_from() -> None:
    text = "tube,file,of\nS-1,new/m.bam,a.fq; b.fq\n,n.bam,gone.fq\nS-1,absent.bam,a.fq\n"
    made = found(
        "d/new/m.bam", "d/n.bam", "d/a.fq", "b.fq", "d/m_manifest.csv",
        texts={"d/m_manifest.csv": text},
        manifests=[
            {"file": "*manifest.csv", "sample": "tube", "path": "file", "derived_from": "of"}
        ],
    )  # fmt: skip
    assert pairs(made) == {("d/new/m.bam", "d/a.fq"), ("d/new/m.bam", "b.fq")}
    assert set(made.rows["evidence"]) == {"line 2 of d/m_manifest.csv"}
    assert whys(made) == [("d/n.bam", "in no inbox")]


@pytest.mark.parametrize("status", ["damaged", "vanished"])
def test_a_file_that_is_not_fit_is_made_of_nothing_and_may_have_been_an_input(status: str) -> None:
    unfit = found(RAW, named("S-1.bam", "S-1.fastq.gz", status=status))
    assert pairs(unfit) == set()
    lost = found({**RAW, "status": status}, named("S-1.bam", "S-1.fastq.gz"))
    assert pairs(lost) == {("S-1.bam", "raw/S-1.fastq.gz")}


def contents(made: Derived) -> list[str | None]:
    return made.rows["from_sha256"].to_list()


def test_a_file_stays_made_of_the_content_that_its_input_had() -> None:
    derivative = named("S-1.bam", "S-1.fastq.gz", sha256="bb")
    first = found(RAW, derivative)
    again = found({**RAW, "sha256": "a2"}, derivative, before=first.rows)
    assert contents(again) == ["aa"]
    made_anew = found({**RAW, "sha256": "a2"}, {**derivative, "sha256": "b2"}, before=again.rows)
    assert contents(made_anew) == ["a2"]


def test_of_which_content_is_not_guessed_where_the_input_is_younger() -> None:
    young = {**RAW, "modified_at": NOON + timedelta(days=2)}
    first = found(young, named("S-1.bam", "S-1.fastq.gz", sha256="bb"))
    assert contents(first) == [None]
    again = found(RAW, named("S-1.bam", "S-1.fastq.gz", sha256="bb"), before=first.rows)
    assert contents(again) == [None]


def test_what_is_made_has_the_columns_of_its_table() -> None:
    made = found(RAW, named("S-1.bam", "S-1.fastq.gz"))
    assert dict(made.rows.schema) == DERIVATION_SCHEMA
    assert set(catalogue.FILE_KEY) <= set(made.unknown.columns)


RULE = {"source": "fastq", "made": "bam", "by": ["lane"]}


def lanes(*named: str) -> list[dict[str, Any]]:
    """Files of sample S-1, each of the lane that stands before its name."""
    parts = (each.split(":") for each in named)
    return [file(path, lane=lane or None) for lane, path in parts]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["1:S-1.a.fastq.gz", "1:S-1.b.fastq.gz", "2:S-1.c.fastq.gz", "1:S-1.bam"], {"a", "b"}),
        (["1:S-1.a.fastq.gz", "1:S-1.bam", "1:S-1.sorted.bam"], set()),
        ([":S-1.a.fastq.gz", ":S-1.bam"], set()),
        (["1:S-2.a.fastq.gz", "1:S-1.bam"], set()),
    ],
)
def test_a_rule_of_the_collection_counts_where_it_leaves_no_doubt(
    files: list[str], expected: set[str]
) -> None:
    made = found(*lanes(*files), samples=("S-1", "S-2"), derived=[RULE])
    assert {source.split(".")[1] for _, source in pairs(made)} == expected
    if expected:
        assert set(made.rows["rule"]) == {"collection: bam from fastq"}
        assert set(made.rows["evidence"]) == {"the same sample, lane"}


def test_what_a_file_says_itself_counts_before_a_rule() -> None:
    told = named("S-1.bam", "S-1.b.fastq.gz", lane="1")
    made = found(
        *lanes("1:S-1.a.fastq.gz", "1:S-1.b.fastq.gz"), told, samples=("S-1",), derived=[RULE]
    )
    assert pairs(made) == {("S-1.bam", "S-1.b.fastq.gz")}
