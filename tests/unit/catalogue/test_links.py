"""Whose a file is: linked when all who tell agree, and otherwise never guessed."""

import json
import re
from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.catalogue.linking import Tied, tie
from omics_orchestrator.catalogue.sample_names import normalised
from tests.unit.catalogue.registered import (
    ILLUMINA,
    collection,
    file,
    links,
    people,
    reasons,
    register,
    tied,
)

READS = "run/S-1_S7_L001_R1_001.fastq.gz"


def test_a_link_says_by_which_rule_and_where_the_name_stands() -> None:
    files = register(READS, "S-1/filtered/matrix.mtx.gz", file("all.vcf", {"samples": ["S-1"]}))
    found = tied(files, "S-1").links
    assert found.select("path", "study_id", "rule", "evidence").rows() == [
        ("S-1/filtered/matrix.mtx.gz", "P-1", "path fits (?P<sample>[^/]+)/filtered/", "folder"),
        ("all.vcf", "P-1", "named in the header", "header"),
        (READS, "P-1", f"path fits {ILLUMINA}", "path"),
    ]


@pytest.mark.parametrize(
    ("path", "told", "samples", "reason"),
    [
        ("notes", None, ["S-1"], "no name found"),
        ("S-9.vcf", None, ["S-1"], "no such sample"),
        ("S-1.vcf", None, ["S-1", "s_1 of P-7"], "several samples"),
        ("S-1.vcf", ["S-2"], ["S-1", "S-2"], "path and header disagree"),
        ("Undetermined_S0_L001_R1_001.fastq.gz", None, ["S-1"], "reads that no index sorted"),
    ],
)
def test_a_file_that_is_not_linked_has_a_reason(
    path: str, told: list[str] | None, samples: list[str], reason: str
) -> None:
    found = tied(register(file(path, {"samples": told} if told else None)), *samples)
    assert links(found) == []
    assert reasons(found) == {path: reason}


def candidates(found: Tied) -> list[str]:
    (listed,) = found.unlinked["candidates"].to_list()
    assert isinstance(listed, list)
    return listed


def test_the_samples_that_may_be_meant_are_told_and_not_linked() -> None:
    several = tied(register("S-1.vcf"), "S-1", "s_1 of P-7")
    assert candidates(several) == ["S-1", "s_1"]
    disagreeing = tied(register(file("S-1.vcf", {"samples": ["S-2"]})), "S-1", "S-2", "S-3")
    assert candidates(disagreeing) == ["S-1", "S-2"]


@pytest.mark.parametrize(
    ("name", "is_near"),
    [
        ("GID-12-PAX", True),  # one less
        ("GID-1223-PAX", True),  # one more
        ("GID-193-PAX", True),  # another
        ("GID-132-PAX", True),  # two in wrong order
        ("GID-19-PAX", False),
        ("GID-321-PAX", False),
    ],
)
def test_a_name_one_slip_from_a_sample_is_a_hint(name: str, is_near: bool) -> None:
    found = tied(register(f"{name}_S1_L001_R1_001.fastq.gz"), "GID-123-PAX of P-1", "S-1")
    assert links(found) == []
    assert candidates(found) == (["GID-123-PAX"] if is_near else [])


def test_at_most_five_candidates_are_told() -> None:
    samples = [f"GID-12{digit}-PAX of P-{digit}" for digit in range(9)]
    found = tied(register("GID-12X-PAX_S1_R1_001.fastq.gz"), *samples)
    assert candidates(found) == [f"GID-12{digit}-PAX" for digit in range(5)]


def test_a_name_that_is_nobodys_is_kept_nowhere() -> None:
    files = register(file("S-9.vcf", {"samples": ["Jane Doe"]}))
    found = tied(files, "S-1", texts={"m.csv": "sample,file\nJane Doe,S-9.vcf\n"})
    told = json.dumps([found.links.to_dicts(), found.unlinked.to_dicts(), found.sets.to_dicts()])
    assert "Jane" not in told


def test_damaged_and_vanished_files_are_asked_for_nobody() -> None:
    files = register(
        file("S-1.vcf", status="damaged", fault="it is cut"),
        file("S-2.vcf", status="vanished"),
        file("S-3.vcf", status="mislabelled", format=None, fault="it is named like vcf"),
        file("S-4.vcf", status="mislabelled", fault="it is named like bam, and is vcf"),
    )
    found = tied(files, "S-1", "S-2", "S-3", "S-4")
    assert links(found) == [("S-4.vcf", "S-4")]
    assert reasons(found) == {}


def test_files_of_formats_that_do_not_belong_are_told_and_not_linked() -> None:
    files = register(READS, "S-1.vcf", file("S-1.exe"), "S-1.md5", "S-1.bam.bai")
    found = tied(files, "S-1", formats=["fastq"], texts={})
    assert links(found) == [(READS, "S-1"), ("S-1.bam.bai", "S-1")][::-1]
    assert sorted(found.strangers["path"]) == ["S-1.exe", "S-1.vcf"]


def test_an_index_is_of_whoever_its_file_is_of() -> None:
    files = register(file("all.bam", {"samples": ["S-2"]}), "all.bam.bai", "S-9.bam", "S-9.bai")
    found = tied(files, "S-2")
    assert links(found) == [("all.bam", "S-2"), ("all.bam.bai", "S-2")]
    assert reasons(found) == {"S-9.bai": "its file is not linked", "S-9.bam": "no such sample"}


def test_a_sample_that_is_several_peoples_in_a_cohort_leaves_the_others_linked() -> None:
    files = register(file("cohort.vcf", {"samples": ["S-1", "S-2"]}))
    assert links(tied(files, "S-1", "S-2", "s 2 of P-7")) == [("cohort.vcf", "S-1")]


def test_a_header_may_settle_what_the_path_leaves_open() -> None:
    files = register(file("S-1.vcf", {"samples": ["S-7"]}))
    assert links(tied(files, "S-1", "s_1 of P-7", "S-7")) == [("S-1.vcf", "S-7")]


def test_samples_without_a_participant_are_different_people() -> None:
    files = register(file("S-1.vcf", {"samples": ["S-2"]}))
    nobodys = people("S-1", "S-2").with_columns(study_id=pl.lit(None, pl.String))
    assert reasons(tie(collection(), files, nobodys, {})) == {"S-1.vcf": "path and header disagree"}
    known = nobodys.with_columns(study_id=pl.lit("P-1"))
    assert reasons(tie(collection(), files, known, {})) == {}


@pytest.mark.parametrize(
    ("steps", "written", "is_linked"),
    [
        (["upper", "separators"], "gid_1.pax", True),
        (["upper"], "gid-1-pax", True),
        (["upper"], "gid_1_pax", False),
        (["separators"], "gid-1-pax", False),
        ([], "GID-1-PAX", True),
        ([{"strip": r"_rep\d+$"}], "GID-1-PAX_rep2", True),
        ([{"strip": r"^LAB7_"}, "upper"], "LAB7_gid-1-pax", True),
        (["upper", {"strip": r"_rep\d+$"}], "GID-1-PAX_rep2", False),
    ],
)
def test_names_are_compared_after_the_steps_of_the_collection(
    steps: list[object], written: str, is_linked: bool
) -> None:
    files = register(f"{written}_S1_R1_001.fastq.gz")
    assert bool(links(tied(files, "GID-1-PAX of P-1", normalise=steps))) == is_linked


def test_what_is_stripped_from_a_files_name_is_never_stripped_from_a_sample() -> None:
    files = register("GID-1_rep2_S1_R1_001.fastq.gz")
    steps = [{"strip": r"_rep\d+$"}]
    found = tied(files, "GID-1_rep2 of P-1", normalise=steps)
    assert links(found) == []


def test_a_path_names_its_sample_whatever_letter_case_and_separators_people_use() -> None:
    files = register(
        "run/gid_1-s01.PAX_S7_L001_R1_001.fastq.gz",
        "GID-1-S01-PAX/filtered/matrix.mtx.gz",
        "x/GID-1 s01-PAX/filtered/barcodes.tsv.gz",
    )
    assert {sample for _, sample in links(tied(files, "GID-1-S01-PAX of P"))} == {"GID-1-S01-PAX"}
    assert len(links(tied(files, "GID-1-S01-PAX of P"))) == 3


def test_separators_are_never_dropped_as_another_persons_sample_may_begin_alike() -> None:
    files = register("GID-1361-S01-PAX_S1_R1_001.fastq.gz")
    assert links(tied(files, "GID-136-1-S01-PAX of P")) == []


def test_the_samples_of_a_header_are_linked_and_unknown_ones_are_not() -> None:
    files = register(file("cohort.vcf", {"samples": ["S-1", "S-2", "S-3"]}))
    assert links(tied(files, "S-1", "S-3")) == [("cohort.vcf", "S-1"), ("cohort.vcf", "S-3")]


@pytest.mark.parametrize("told", [{"samples": 3}, {"samples": []}, {"note": '"samples"'}, None])
def test_a_header_that_lists_no_samples_names_nobody(told: dict[str, object] | None) -> None:
    assert reasons(tied(register(file("x", told)), "3")) == {"x": "no name found"}


def test_a_sample_named_by_path_and_header_is_linked_once_by_its_path() -> None:
    found = tied(register(file("S-1.vcf", {"samples": ["S-1"]})), "S-1")
    assert found.links["evidence"].to_list() == ["path"]


def test_files_of_another_collection_are_not_looked_at() -> None:
    found = tied(register(file("S-1.vcf", collection="other")), "S-1")
    assert (links(found), reasons(found), found.may_be_linked) == ([], {}, 0)


@given(st.text("GgIiDd12ßİ-_. ", max_size=12))
def test_making_a_name_comparable_twice_changes_nothing_more(name: str) -> None:
    once = pl.Series("n", [name]).to_frame().select(_comparable())
    assert once.select(_comparable()).equals(once)


def _comparable() -> pl.Expr:
    return normalised(pl.col("n"), ("upper", "separators"), as_in_file=True)


NAMES = ("S-1", "s_1", "S-2", "S-3", "S-30", "s 30", "T-1", "t.1", "U")
PEOPLE = ("P-1", "P-2", "P-3")


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(PEOPLE)),
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(("_S1_R1_001.fastq.gz", "/filtered/x", ".vcf", "")),
            st.lists(st.sampled_from(NAMES), max_size=3),
            st.sampled_from(("whole", "whole", "damaged")),
            st.lists(st.sampled_from(NAMES), max_size=2),
        ),
        max_size=8,
    ),
)
def test_files_are_linked_as_the_plain_rule_says_one_by_one(
    samples: dict[str, str], drawn: list[tuple[str, str, list[str], str, list[str]]]
) -> None:
    files = register(
        *(
            file(f"{place}/{name}{ending}", {"samples": header}, status=status)
            for place, (name, ending, header, status, _) in enumerate(drawn)
        )
    )
    listed = dict(zip(files["path"], (each[4] for each in drawn), strict=True))
    rows = [f"{name},{path}" for path, names in listed.items() for name in names]
    found = tied(
        pl.concat([files, register("list.csv")]),
        *(f"{name} of {who}" for name, who in samples.items()),
        texts={"list.csv": "\n".join(["tube,file", *rows])},
        manifests=[{"file": "list.csv", "sample": "tube", "path": "file"}],
    )
    expected = {
        row["path"]: _plainly(row, listed[row["path"]], samples)
        for row in files.iter_rows(named=True)
    }
    made = defaultdict[str, set[str]](set)
    for path, sample in links(found):
        made[path].add(sample)
    whole = set(files.filter(pl.col("status") == "whole")["path"])
    assert found.may_be_linked == len(whole)
    assert made == {path: names for path, names in expected.items() if names and path in whole}
    assert set(reasons(found)) == whole - made.keys()


def _plainly(row: dict[str, object], listed: list[str], samples: dict[str, str]) -> set[str]:
    """The samples of one file, by the rule as a person would say it."""
    known = defaultdict[str, set[str]](set)
    for sample in samples:
        known[_folded(sample)].add(sample)
    fits = (re.search(each, str(row["path"])) for each in collection().sample_patterns)
    in_path = next((fit["sample"] for fit in fits if fit), None)
    in_header = json.loads(str(row["description"]))["samples"]
    told = [[in_path] if in_path else [], in_header, listed]
    meant = [set[str]().union(*(known[_folded(name)] for name in names)) for names in told]
    who = [{samples[name] for name in names} for names in meant if names]
    if not who or not set.intersection(*who):
        return set()
    of_one = [known[_folded(name)] for names in told for name in names]
    return {name for names in of_one if len(names) == 1 for name in names}


def _folded(name: str) -> str:
    return re.sub(r"[-_ .]+", "-", name).upper()
