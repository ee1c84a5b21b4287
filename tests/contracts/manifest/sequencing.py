"""What the manifest of the real files says of reads and variants, in our words."""

from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

# Text without a checksum is whole wherever a record ends, and padding may be cut.
UNCHECKED = (".fastq", ".vcf", "padded.fastq.gz")


def expect_reads(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["reads"] == expected["reads"]
    assert told["bases"] == expected["bases"]
    assert told["longest_read"] == expected["max_len"]
    for origin in ("accession", "instrument", "run", "flowcell"):
        assert told.get(origin, "") in expected["first_header"] or origin == "flowcell"


def expect_variants(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    if "samples" not in expected:  # bcftools cannot read it
        assert told["records"] > 0
        return
    assert told["samples"] == expected["samples"]
    assert told["contigs"] == expected["n_contigs"]
    assert told["version"] == expected["version"]
    assert told["records"] == expected["records"]
    assert expected["reference"].endswith(told["reference"])
    assert "/" not in told["reference"]


EXPECTED = {
    "fastq": Expectation("fastq", expect_reads),
    "vcf": Expectation("vcf", expect_variants),
    "bcf": Expectation("bcf", expect_variants),
}
