"""Which assembly a file lies on is told by its sequences, by what it states, and by both."""

import io
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.dictionary.file_rules import Assembly
from omics_orchestrator.formats import formats
from omics_orchestrator.formats._alignment_header import parse_alignment_header
from omics_orchestrator.formats._assemblies import (
    NAMES,
    assembly_facts,
    assembly_of,
    stated_assembly,
)

# As the assemblies' publishers give them: the lengths of chromosomes 16 and X.
PUBLISHED = {
    "GRCh37": (90_354_753, 155_270_560),
    "GRCh38": (90_338_345, 156_040_895),
    "T2T-CHM13v2.0": (96_330_374, 154_259_566),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_one_chromosome_is_enough_whatever_it_is_called(name: str) -> None:
    for length in PUBLISHED[name]:
        assert assembly_of([16_569, length, 4_262]) == name


def test_sequences_of_two_assemblies_are_told_as_both() -> None:
    assert assembly_of([156_040_895, 171_031_299]) == "GRCh38 and GRCm38"
    assert assembly_of([]) is None
    assert assembly_of([16_569, 57_227_415]) is None  # Y of GRCh38 stands beside others too


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hg19.fa", "GRCh37"),
        ("human_g1k_v37_decoy.fasta", "GRCh37"),
        ("hs37d5.fa.gz", "GRCh37"),
        ("NCBI37", "GRCh37"),
        ("Homo_sapiens.GRCh38.dna.primary_assembly.fa", "GRCh38"),
        ("human_GRCh38_no_alt_analysis_set.fasta", "GRCh38"),
        ("refdata-gex-GRCh38-2020-A", "GRCh38"),
        ("hg38", "GRCh38"),
        ("chm13v2.0.fa", "T2T-CHM13v2.0"),
        ("chm13v1.1.fa", None),
        ("mm10", "GRCm38"),
        ("GRCh38_and_mm10", "GRCh38 and GRCm38"),
        ("genome.fa", None),
        ("b3789", None),
        ("patient_hg380", None),
    ],
)
def test_a_statement_is_understood_in_the_words_of_the_field(text: str, name: str | None) -> None:
    assert stated_assembly([text]) == name


def test_a_header_that_says_another_than_it_shows_gives_both() -> None:
    header = parse_alignment_header("@SQ\tSN:chrX\tLN:156040895\tAS:hg19\n")
    facts = header.facts()
    assert (facts["assembly"], facts["assembly_stated"]) == ("GRCh38", "GRCh37")


def test_a_length_that_is_no_number_is_passed_over() -> None:
    for length in ("", "²", "9" * 5000, "-1"):
        assert parse_alignment_header(f"@SQ\tSN:chrX\tLN:{length}\n").facts()["assembly"] is None


def vcf_facts(*lines: str) -> tuple[object, object]:
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    text = "\n".join(["##fileformat=VCFv4.2", *lines, columns, ""])
    facts = formats()["vcf"].describe(io.BytesIO(text.encode()))
    return facts["assembly"], facts.get("assembly_stated")


def test_variants_tell_it_by_lengths_contigs_and_reference() -> None:
    assert vcf_facts("##contig=<ID=chr16,length=90338345>") == ("GRCh38", None)
    assert vcf_facts("##contig=<ID=1,assembly=b37>") == ("GRCh37", "GRCh37")
    assert vcf_facts('##contig=<assembly="b37",length=90338345,ID=1>') == ("GRCh38", "GRCh37")
    assert vcf_facts("##reference=file:///refs/GRCh38/genome.fa") == ("GRCh38", "GRCh38")
    assert vcf_facts("##contig=<ID=1>") == (None, None)


@given(st.lists(st.integers(0, 10**9)))
def test_any_lengths_give_known_names_or_none(lengths: list[int]) -> None:
    found = assembly_of(lengths)
    assert found is None or set(found.split(" and ")) <= set(NAMES)


def test_a_collection_may_declare_each_assembly_that_is_told() -> None:
    assert get_args(Assembly) == NAMES


def test_nothing_is_stated_where_nothing_is_said() -> None:
    assert assembly_facts([], ["genome.fa"]) == {"assembly": None}
