"""Does a file fit the clinic: what it shows of sex and reference, against record and fellows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omics_orchestrator.catalogue.consistency import compare, where_sex_is_recorded
from omics_orchestrator.catalogue.sex_evidence import shown_by
from omics_orchestrator.dictionary.load import load
from tests.unit.catalogue.registered import collection, file, register
from tests.unit.dictionary.clinic import STUDY, dictionary

Line = Mapping[str, object]
WOMAN: Line = {"xist": 900, "y_genes": 4.0}
MAN: Line = {"xist": 0, "y_genes": 812.5, "cells": 3004}
RECORDED = {"P-1": "female", "P-2": "male", "P-3": None}


def shows(*lines: Line, path: str = "S-1.vcf", **facts: object) -> dict[str, Any]:
    return file(path, {"sex_evidence": lines, **facts})


def found(line: Line) -> str:
    return str(shown_by(register(shows(line)))["found"].item())


def genotypes(alternate: int, heterozygous: int, sites: int = 0, called: int = 0) -> Line:
    return {
        "sample": "S-1",
        "x_alternate": alternate,
        "x_heterozygous": heterozygous,
        "y_sites": sites,
        "y_called": called,
    }


def reads(x: int, y: int, depth: float, autosomes: int = 10**6) -> Line:
    return {"autosome_reads": autosomes, "x_reads": x, "y_reads": y, "x_depth": depth}


@pytest.mark.parametrize(
    ("line", "sex"),
    [
        (genotypes(1000, 620), "female"),
        (genotypes(1000, 450), "female"),  # the daughter of relatives
        (genotypes(1000, 250), "unclear"),  # two people
        (genotypes(1000, 20, 500, 490), "male"),
        (genotypes(1000, 20), "male"),
        (genotypes(1000, 20, 500, 3), "unclear"),  # one X, and no Y
        (genotypes(29, 0), "unclear"),
        (genotypes(0, 0, 500, 500), "unclear"),
        (reads(50_000, 100, 1.0), "female"),
        (reads(26_000, 2_600, 0.52), "male"),
        (reads(52_000, 2_700, 1.02), "unclear"),  # two X and a Y
        (reads(26_000, 50, 0.52), "unclear"),  # one X
        (reads(30_000, 500, 0.55), "unclear"),  # RNA of a man
        (reads(31_000, 20, 0.62), "unclear"),  # exons of a woman
        (reads(500, 60, 0.5), "unclear"),
        (reads(5_000, 600, 0.5, autosomes=9_999), "unclear"),
        (WOMAN, "female"),
        (MAN, "male"),
        ({"xist": 0, "y_genes": 9}, "unclear"),
        ({"xist": 300, "y_genes": 200}, "unclear"),  # two people
        ({"xist": 3, "y_genes": 4}, "unclear"),  # the lost Y of an old man
        ({"xist": 0, "y_genes": 0}, "unclear"),
    ],
)
def test_what_a_sample_shows(line: Line, sex: str) -> None:
    assert found(line) == sex


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e3))
def test_a_larger_library_never_changes_a_verdict(xist: float, of_y: float, times: float) -> None:
    before = found({"xist": xist, "y_genes": of_y})
    assume(before != "unclear")
    assert found({"xist": xist * times, "y_genes": of_y * times}) in (before, "unclear")


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_nobody_is_both_and_little_tells_nothing(alternate: int, heterozygous: int) -> None:
    assume(heterozygous <= alternate)
    sex = found(genotypes(alternate, heterozygous))
    if alternate < 30:
        assert sex == "unclear"
    # More heterozygous genotypes never make a man of a woman.
    if sex == "female":
        assert found(genotypes(alternate, alternate)) == "female"
    if sex == "male":
        assert found(genotypes(alternate, 0)) == "male"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (genotypes(40, 2, 30, 28), "2 of 40 genotypes on X heterozygous, 28 of 30 called on Y"),
        (reads(50, 5, 0.5), "50 reads on X, 5 on Y, 1000000 on autosomes; depth of X 0.5"),
        (MAN, "XIST 0, genes of Y 812.5 in 3004 cells"),
        (WOMAN, "XIST 900, genes of Y 4"),
    ],
)
def test_the_evidence_is_counts_in_words(line: Line, told: str) -> None:
    assert shown_by(register(shows(line)))["evidence"].item() == told


def links(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    """Links of files to samples and participants."""
    schema = {"path": pl.String, "sample_id": pl.String, "study_id": pl.String}
    linked = pl.DataFrame(list(rows), schema=schema, orient="row")
    return linked.with_columns(collection=pl.lit("lab"), rule=pl.lit(""), evidence=pl.lit(""))


def compared(
    files: Sequence[Mapping[str, Any]], linked: pl.DataFrame, about: str, **changes: Any
) -> pl.DataFrame:
    recorded = pl.DataFrame({"study_id": list(RECORDED), "sex": list(RECORDED.values())})
    found = compare(collection(**changes), register(*files), linked, recorded)
    return found.filter(pl.col("about") == about)


def verdicts(*arguments: Any, **changes: Any) -> list[tuple[str, ...]]:
    return (
        compared(*arguments, **changes).select("sample_id", "expected", "found", "verdict").rows()
    )


def test_a_swapped_sample_disagrees_and_the_others_do_not() -> None:
    files = [shows(WOMAN, path="S-1.h5ad"), shows(WOMAN, path="S-2.h5ad"),
             shows(MAN, path="S-3.h5ad"), shows({"xist": 1, "y_genes": 1}, path="S-4.h5ad")]  # fmt: skip
    linked = links(("S-1.h5ad", "S-1", "P-1"), ("S-2.h5ad", "S-2", "P-2"),
                   ("S-3.h5ad", "S-3", "P-3"), ("S-4.h5ad", "S-4", "P-1"))  # fmt: skip
    assert verdicts(files, linked, "sex") == [
        ("S-1", "female", "female", "agrees"),
        ("S-2", "male", "female", "disagrees"),
        ("S-3", None, "male", "not comparable"),
        ("S-4", "female", "unclear", "not comparable"),
    ]


def test_samples_of_one_file_are_told_apart_by_their_names() -> None:
    lines = [{"sample": "s 1_rep2", **WOMAN}, {"sample": "S-2", **WOMAN}, {"sample": "S-9", **MAN}]
    linked = links(("all.h5ad", "S-1", "P-1"), ("all.h5ad", "S-2", "P-2"))
    found = verdicts([shows(*lines, path="all.h5ad")], linked, "sex",
                     normalise=["upper", "separators", {"strip": r"-REP\d+$"}])  # fmt: skip
    assert found == [("S-1", "female", "female", "agrees"), ("S-2", "male", "female", "disagrees")]


def test_a_sample_that_a_file_has_twice_is_not_judged() -> None:
    lines = [{"sample": "S-1", **WOMAN}, {"sample": "s-1", **MAN}]
    linked = links(("all.h5ad", "S-1", "P-1"), ("all.h5ad", "S-2", "P-2"))
    assert verdicts([shows(*lines, path="all.h5ad")], linked, "sex") == []


def test_what_a_whole_file_shows_is_of_its_only_person() -> None:
    named = shows({"sample": "run_7", **MAN}, path="pool.h5ad")
    one = links(("pool.h5ad", "S-1", "P-1"), ("pool.h5ad", "S-5", "P-1"))
    assert [row[0] for row in verdicts([named], one, "sex")] == ["S-1", "S-5"]
    two = links(("pool.h5ad", "S-1", "P-1"), ("pool.h5ad", "S-2", "P-2"))
    assert verdicts([named], two, "sex") == []
    nobody = links(("pool.h5ad", "S-1", None))
    assert verdicts([named], nobody, "sex") == [("S-1", None, "male", "not comparable")]


def test_files_of_nobody_and_of_mice_are_not_compared() -> None:
    files = [shows(MAN, path="S-1.h5ad"), shows(MAN, path="S-2.h5ad", assembly="GRCm39")]
    assert verdicts(files, links(("S-2.h5ad", "S-2", "P-2")), "sex") == []


def on(
    path: str, assembly: str | None, stated: str | None = None, **columns: Any
) -> dict[str, Any]:
    facts = {"assembly": assembly, **({"assembly_stated": stated} if stated else {})}
    return {"stage": "matrix", "modality": "genomics", **file(path, facts), **columns}


def each_of(*files: Mapping[str, Any]) -> pl.DataFrame:
    return links(*((each["path"], f"S-{at}", "P-1") for at, each in enumerate(files, start=1)))


def test_the_reference_of_most_files_of_a_kind_is_expected_of_all() -> None:
    files = [on("1.vcf", "GRCh38"), on("2.vcf", "GRCh38"), on("3.vcf", "GRCh37"),
             on("4.bam", "GRCh37", stage="aligned"), on("5.vcf", None)]  # fmt: skip
    assert verdicts(files, each_of(*files), "reference") == [
        ("S-1", "GRCh38", "GRCh38", "agrees"),
        ("S-2", "GRCh38", "GRCh38", "agrees"),
        ("S-3", "GRCh38", "GRCh37", "disagrees"),
        ("S-4", "GRCh37", "GRCh37", "agrees"),
    ]
    told = compared(files, each_of(*files), "reference")["evidence"]
    assert told[2] == "by its sequences' lengths; 2 of 3 such files lie on GRCh38"


def test_where_no_reference_is_the_usual_one_all_are_told() -> None:
    files = [on("1.vcf", "GRCh38"), on("2.vcf", "GRCh37")]
    assert {row[1:] for row in verdicts(files, each_of(*files), "reference")} == {
        ("GRCh37 or GRCh38", "GRCh38", "disagrees"),
        ("GRCh37 or GRCh38", "GRCh37", "disagrees"),
    }


def test_a_declared_reference_is_expected_whatever_most_files_say() -> None:
    files = [on("1.vcf", "GRCh37", "GRCh37"), on("2.vcf", "GRCh38", "GRCh38")]
    found = compared(files, each_of(*files), "reference", reference="GRCh38")
    assert found["verdict"].to_list() == ["disagrees", "agrees"]
    assert found["evidence"][0] == "as its header says; the collection declares it"


def test_a_header_that_names_another_reference_than_its_sequences_have_disagrees() -> None:
    files = [on("1.vcf", "GRCh38", "GRCh37")]
    (row,) = compared(files, each_of(*files), "reference").rows(named=True)
    assert row["verdict"] == "disagrees"
    assert "its header says GRCh37, its sequences' lengths are of GRCh38" in row["evidence"]


def test_every_verdict_has_a_key_of_its_own() -> None:
    files = [on("1.vcf", "GRCh38", "GRCh38"), shows(WOMAN, path="2.vcf", assembly="GRCh38")]
    found = compare(collection(), register(*files), each_of(*files), pl.DataFrame(
        {"study_id": ["P-1"], "sex": ["female"]}))  # fmt: skip
    assert found.select("collection", "path", "sample_id", "about").is_unique().all()
    assert found.null_count().select("evidence", "verdict", "found").row(0) == (0, 0, 0)


def recorded_in(**tables: Mapping[str, object]) -> tuple[str, str] | None:
    book = dictionary({**STUDY, "tables": {**STUDY["tables"], **tables}})  # type: ignore[dict-item]  # YAML
    return where_sex_is_recorded(book, book.studies["clinic"])


def test_sex_is_found_where_one_variable_of_participants_has_its_values() -> None:
    visit: Any = STUDY["tables"]["visit"]  # type: ignore[index]  # YAML
    assert recorded_in() == ("visit", "sex")
    assert recorded_in(visit={**visit, "grain": ["study_id", "seen_on"]}) is None
    assert recorded_in(other={**visit, "description": "Again."}) is None


def test_the_studies_of_this_project_record_sex() -> None:
    book = load(Path(__file__).parents[3] / "data_dictionary")
    for study in ("gidamps", "music"):
        assert where_sex_is_recorded(book, book.studies[study]) == ("participant", "sex")


def simulated(sex: str, chance: np.random.Generator) -> Sequence[Line]:
    """A person's sample in each kind of file, with errors, shallow and deep ones alike."""
    is_woman = sex == "female"
    alternate = int(chance.integers(60, 3_000))
    heterozygous = chance.binomial(alternate, chance.uniform(0.5, 0.7) if is_woman else 0.04)
    called = chance.binomial(100, 0.3 if is_woman else 0.95)
    depth = chance.normal(1.0 if is_woman else 0.5, 0.02)
    x = int(52_000 * depth)
    y = int(chance.integers(20, 400) if is_woman else chance.integers(2_200, 3_000))
    strong, weak = int(chance.lognormal(6, 1)) + 40, int(chance.poisson(2))
    return [
        genotypes(alternate, int(heterozygous), 100, int(called)),
        reads(x, y, round(depth, 3)),
        {"xist": strong if is_woman else weak, "y_genes": weak if is_woman else strong},
    ]


def test_planted_swaps_are_found_and_nobody_is_accused() -> None:
    chance = np.random.default_rng(20261123)
    people = ["female" if chance.random() < 0.5 else "male" for _ in range(400)]
    lines = [line for sex in people for line in simulated(sex, chance)]
    files = [shows(line, path=f"{at}.vcf") for at, line in enumerate(lines)]
    sexes = shown_by(register(*files))["found"].to_list()
    truth = [sex for sex in people for _ in range(3)]
    wrong = sum(one not in (other, "unclear") for one, other in zip(sexes, truth, strict=True))
    assert wrong == 0
    assert sexes.count("unclear") < 0.02 * len(sexes)
