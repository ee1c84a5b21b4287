"""What Dagster says of links and sets: what fails, what to do next, and no stranger's name."""

from dataclasses import replace

import dagster as dg
import polars as pl
import pytest

from omics_orchestrator.catalogue import Tied
from omics_orchestrator.orchestration.link_checks import SPECS, results
from tests.unit.catalogue.registered import file, register, tied

MD5 = "0123456789abcdef" * 2
FINE = register("S-1.vcf", "S-2_S1_L001_R1_001.fastq.gz", "S-2_S1_L001_R2_001.fastq.gz")


def judged(files: pl.DataFrame = FINE, found: Tied | None = None) -> dict[str, dg.AssetCheckResult]:
    made = results(files, found or tied(files, "S-1", "S-2"))
    return {str(result.check_name): result for result in made}


def failing(checks: dict[str, dg.AssetCheckResult]) -> set[str]:
    return {name for name, result in checks.items() if not result.passed}


def told(check: dg.AssetCheckResult) -> str:
    return " ".join(str(value.value) for value in (check.metadata or {}).values())


def test_every_check_is_made_and_passes_where_nothing_is_wrong() -> None:
    checks = judged()
    assert checks.keys() == SPECS.keys()
    assert failing(checks) == set()


@pytest.mark.parametrize("linked_by_mistake", ["damaged", "vanished"])
def test_a_link_of_a_file_that_is_not_whole_stops_what_follows(linked_by_mistake: str) -> None:
    found = tied(FINE, "S-1", "S-2")
    rotten = FINE.with_columns(status=pl.lit(linked_by_mistake))
    checks = judged(rotten, found)
    assert failing(checks) == {"only_whole_files_are_linked"}
    assert SPECS["only_whole_files_are_linked"].blocking


def test_a_file_that_is_neither_linked_nor_listed_stops_what_follows() -> None:
    found = tied(FINE, "S-1", "S-2")
    lost = replace(found, links=found.links.head(2))
    assert failing(judged(FINE, lost)) == {"every_file_is_accounted_for"}
    twice = replace(tied(FINE, "S-2"), links=found.links)
    assert "every_file_is_accounted_for" in failing(judged(FINE, twice))


def test_files_without_an_owner_are_counted_by_reason_and_not_named() -> None:
    files = register("Jane Doe.vcf", "S-9.vcf", "S-1.vcf")
    check = judged(files, tied(files, "S-1"))["every_file_has_an_owner"]
    assert not check.passed
    assert (check.metadata or {})["files_without_owner"] == dg.IntMetadataValue(2)
    assert "no such sample" in told(check)
    assert "Jane" not in told(check)


def test_files_of_other_formats_are_told() -> None:
    files = register("S-1.vcf", file("S-1.raw"))
    found = tied(files, "S-1", formats=["vcf"])
    checks = judged(files, found)
    assert failing(checks) == {"every_format_belongs"}
    assert "add the format to `formats`" in told(checks["every_format_belongs"])


def test_a_sheet_that_cannot_be_read_or_names_absent_files_is_told() -> None:
    files = register("a_manifest.csv", "b_manifest.csv")
    texts = {"a_manifest.csv": "tube,file\nS-1,Jane.raw\n", "b_manifest.csv": "x,y\n"}
    manifest = {"file": "*manifest.csv", "sample": "tube", "path": "file"}
    checks = judged(files, tied(files, texts=texts, manifests=[manifest]))
    assert failing(checks) == {"every_sheet_is_read"}
    check = checks["every_sheet_is_read"]
    assert "b_manifest.csv: it has no column" in told(check)
    assert "| a_manifest.csv | 1 |" in told(check)
    assert "Jane" not in told(check)


def test_incomplete_sets_are_named_where_their_files_have_an_owner() -> None:
    files = register("S-1_S1_R1_001.fastq.gz", "Jane_S2_R1_001.fastq.gz")
    found = tied(files, "S-1", companions={"read_pairs": "required"})
    check = judged(files, found)["every_set_is_complete"]
    assert not check.passed
    assert "S-1_S1_R2_001.fastq.gz" in told(check)
    assert "Jane" not in told(check)
    assert (check.metadata or {})["incomplete_sets"] == dg.IntMetadataValue(2)


def test_a_file_with_another_checksum_is_named_with_its_list() -> None:
    files = register(file("S-1.vcf", md5=MD5[::-1]), "all.md5")
    found = tied(files, "S-1", texts={"all.md5": f"{MD5}  S-1.vcf\n{MD5}  Jane.vcf\n"})
    checks = judged(files, found)
    assert {"checksums_agree", "every_set_is_complete"} <= failing(checks)
    assert "| all.md5 | S-1.vcf |" in told(checks["checksums_agree"])
    assert "Jane" not in told(checks["checksums_agree"]) + told(checks["every_set_is_complete"])


def test_what_was_not_compared_is_counted_with_the_reason() -> None:
    files = register("S-1.vcf", "all.sha512", file("all.sfv", format="checksums"))
    texts = {"all.sha512": f"{MD5 * 4}  S-1.vcf\n", "all.sfv": "S-1.vcf 0A1B2C3D\n"}
    whole = files.with_columns(format=pl.col("format").fill_null("checksums"))
    check = judged(whole, tied(whole, "S-1", texts=texts))["checksums_agree"]
    assert check.passed
    assert "| crc32 is not computed here | 1 |" in told(check)
    assert "| it was not read for it yet, or cannot be read | 1 |" in told(check)
