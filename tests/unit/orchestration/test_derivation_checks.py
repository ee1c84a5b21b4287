"""What Dagster says of derivations: what is outdated or unknown, what to do, and nobody's name."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl
import pytest

from omics_orchestrator.catalogue.derivation import derived
from omics_orchestrator.catalogue.link_columns import DERIVATION_SCHEMA
from omics_orchestrator.orchestration.derivation_checks import SPECS, results
from tests.unit.catalogue.registered import file, register, tied

RAW = file("S-1.fastq.gz", sha256="aa")
MADE = file("S-1.bam", {"inputs": ["S-1.fastq.gz"]}, sha256="bb")


def judged(
    *files: Mapping[str, Any], now: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, dg.AssetCheckResult]:
    """Judge files as they are after some have changed since they were registered first."""
    first = register(*files)
    made = tied(first)
    none = pl.DataFrame(schema=DERIVATION_SCHEMA)
    before = derived(made.inputs, first, made.links, none).rows
    later = register(*({**each, **(now or {}).get(each["path"], {})} for each in files))
    made = tied(later)
    found = derived(made.inputs, later, made.links, before)
    return {str(result.check_name): result for result in results(later, found)}


def told(check: dg.AssetCheckResult) -> str:
    return " ".join(str(value.value) for value in (check.metadata or {}).values())


def test_every_check_is_made_and_passes_where_nothing_is_wrong() -> None:
    checks = judged(RAW, MADE)
    assert checks.keys() == SPECS.keys()
    assert all(check.passed for check in checks.values())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "a2"}, "another content than it was made from"),
        ({"status": "damaged"}, "damaged"),
        ({"status": "vanished"}, "vanished"),
    ],
)
def test_a_file_whose_input_is_not_as_it_was_is_named(change: dict[str, str], words: str) -> None:
    check = judged(RAW, MADE, now={"S-1.fastq.gz": change})["inputs_are_current"]
    assert not check.passed
    assert f"| lab | S-1.bam | S-1.fastq.gz | {words} |" in told(check)
    assert "make the file again" in told(check)


def test_a_file_that_was_made_anew_is_current_again() -> None:
    both = {"S-1.fastq.gz": {"sha256": "a2"}, "S-1.bam": {"sha256": "b2"}}
    assert judged(RAW, MADE, now=both)["inputs_are_current"].passed


def test_names_that_may_be_persons_are_counted_and_not_shown() -> None:
    raw = file("jane_doe.fastq.gz", sha256="aa", personal_fields="the file's name")
    made = file("S-1.bam", {"inputs": ["jane_doe.fastq.gz"]}, sha256="bb")
    check = judged(raw, made, now={"jane_doe.fastq.gz": {"sha256": "a2"}})["inputs_are_current"]
    assert not check.passed
    assert "jane" not in told(check)
    assert (check.metadata or {})["not_named_here"] == dg.IntMetadataValue(1)


def test_one_known_input_is_enough_as_files_in_between_are_thrown_away() -> None:
    made = file("S-1.bam", {"inputs": ["S-1.fastq.gz", "unsorted.bam"]})
    check = judged(RAW, made)["every_derivation_is_known"]
    assert check.passed
    assert (check.metadata or {})["inputs_not_found"] == dg.IntMetadataValue(1)


def test_unknown_inputs_are_counted_by_format_and_not_named() -> None:
    check = judged(file("S-1.bam", {"inputs": ["elsewhere.fastq.gz"]}))["every_derivation_is_known"]
    assert not check.passed
    assert "| lab | bam | in no inbox | 1 | 1 |" in told(check)
    assert "elsewhere" not in told(check)


def test_files_that_are_made_of_each_other_are_named() -> None:
    circle = (file("a.bam", {"inputs": ["b.bam"]}), file("b.bam", {"inputs": ["a.bam"]}))
    check = judged(*circle)["every_derivation_is_known"]
    assert not check.passed
    assert "| lab | a.bam |" in told(check)
