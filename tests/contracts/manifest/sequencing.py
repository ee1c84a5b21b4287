"""What the manifest of the real files says of reads and variants, in our words."""

from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

# Text without a checksum is whole wherever a record ends, and padding may be cut.
UNCHECKED = (
    ".fastq", ".vcf", "padded.fastq.gz", ".sam", ".fai", ".md5", "sums.txt", "samplesheet.csv",
    "samplesheet.tsv",
)  # fmt: skip


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


def expect_alignments(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["references"] == expected["n_sq"]
    assert told["samples"] == expected["samples"]
    assert told["platforms"] == expected["platform"]
    assert told["sort_order"] == expected["sort"]
    assert told["records"] == expected.get("records", told["records"])


def expect_index(told: Mapping[str, Any], _: Mapping[str, Any]) -> None:
    assert (told["kind"], told["references"], told["mapped"]) == ("bai", 7, 112)


def expect_rows(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["rows"] == expected["lines"] - 1
    assert told["columns"] == expected["first_line"].replace("\t", ",").split(",")
    assert told["samples"]


def expect_checksums(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["algorithms"] == ["md5"]
    assert told["entries"] == max(1, expected["lines"])


EXPECTED: dict[str, Expectation | None] = {
    "fastq": Expectation("fastq", expect_reads),
    "vcf": Expectation("vcf", expect_variants),
    "bcf": Expectation("bcf", expect_variants),
    "bam": Expectation("bam", expect_alignments),
    "sam": Expectation("sam", expect_alignments),
    "cram": Expectation("cram", expect_alignments),
    "bam/range.bam.bai": Expectation("index", expect_index),
    # Records of BAM without magic, header and packing: nothing in it says what it is.
    "bam/missing_header_no_bgzip_raw_bam_bytes": None,
    "samplesheet": Expectation("samplesheet", expect_rows),
    "md5": Expectation("checksums", expect_checksums),
}
