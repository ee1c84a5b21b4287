"""What Dagster says of files that do not fit the clinic: which, by what, and what to do next."""

import dagster as dg
import polars as pl
import pytest

from omics_orchestrator.catalogue.consistency_table import CONSISTENCY_SCHEMA
from omics_orchestrator.orchestration.consistency import result

ROWS = [
    ("lab", "1.bam", "S-1", "sex", "P-1", "female", "female", "6 of 9", "agrees"),
    ("lab", "2.bam", "S-2", "sex", "P-2", "male", "unclear", "1 of 2", "not comparable"),
    ("lab", "1.bam", "S-1", "reference", "P-1", "GRCh38", "GRCh38", "2 of 2", "agrees"),
    ("lab", "2.bam", "S-2", "reference", "P-2", "GRCh38", "GRCh38", "2 of 2", "agrees"),
]
SWAPPED = ("lab", "3.bam", "S-3", "sex", "P-3", "male", "female", "9 of 9", "disagrees")
ON_ANOTHER = ("lab", "3.bam", "S-3", "reference", "P-3", "GRCh38", "GRCh37", "1 of 3", "disagrees")


def judged(name: str, *more: tuple[str, ...]) -> dg.AssetCheckResult:
    rows = pl.DataFrame([*ROWS, *more], schema=CONSISTENCY_SCHEMA, orient="row")
    return result(rows, name)


@pytest.mark.parametrize("name", ["recorded_sex_agrees", "references_agree"])
def test_what_agrees_or_cannot_be_compared_passes(name: str) -> None:
    check = judged(name)
    assert check.passed
    assert check.metadata["files"].value == "none"


@pytest.mark.parametrize(
    ("name", "row", "other", "next_step"),
    [
        ("recorded_sex_agrees", SWAPPED, "references_agree", "compare the tube's label"),
        ("references_agree", ON_ANOTHER, "recorded_sex_agrees", "`reference: GRCh38`"),
    ],
)
def test_a_disagreement_warns_and_says_what_to_do(
    name: str, row: tuple[str, ...], other: str, next_step: str
) -> None:
    check = judged(name, row)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["disagree"] == dg.IntMetadataValue(1)
    assert f"| S-3 | 3.bam | {row[5]} | {row[6]} | {row[7]} |" in str(check.metadata["files"].value)
    assert next_step in str(check.metadata["to_mend"].value)
    assert judged(other, row).passed


def test_what_was_not_comparable_is_counted() -> None:
    check = judged("recorded_sex_agrees")
    assert check.metadata["not_comparable"] == dg.IntMetadataValue(1)
    assert check.metadata["agree"] == dg.IntMetadataValue(1)
