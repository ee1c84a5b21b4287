"""Every way a VCF or BCF can be wrong, and what htslib overlooks."""

import gzip
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, formats

COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
HEADER = f"##fileformat=VCFv4.2\n##contig=<ID=1>\n{COLUMNS}\tFORMAT\tA\tB\n"
RECORD = "1\t100\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\t0/0\n"
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BCF = Path(__file__).resolve().parents[2] / "samples" / "bcf" / "cohort.bcf"


def fault_of(text: str | bytes, name: str = "vcf") -> str | None:
    content = text.encode() if isinstance(text, str) else text
    return formats()[name].validate(io.BytesIO(content)).fault


def bgzf(content: bytes) -> bytes:
    """One BGZF block, without the empty one that ends a file."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    head = (
        b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff\x06\0BC\x02\0" + struct.pack("<H", len(packed) + 25)
    )
    return head + packed + struct.pack("<II", zlib.crc32(content), len(content))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER.replace(COLUMNS, COLUMNS.replace("\t", " ")) + RECORD, "its #CHROM line does not"),
        ("##fileformat=VCFv4.2\n" + RECORD, "its #CHROM line is absent"),
        ("##fileformat=VCFv4.2\n", "its #CHROM line is absent"),
        (HEADER.replace("A\tB", "A\tA") + RECORD, "a sample's name is empty or stands twice"),
        (HEADER.replace("A\tB", "A\t") + RECORD, "a sample's name is empty or stands twice"),
        (HEADER.replace("FORMAT\t", "") + RECORD, "its #CHROM line names samples without FORMAT"),
        (HEADER.replace("=1>\n", "=1>\n##contig=<ID=1>\n") + RECORD, "a contig is declared twice"),
        ("\ufeff" + HEADER + RECORD, "it begins with a byte order mark"),
        (HEADER + RECORD.replace("A\tG", "A\t\0"), "it holds zero bytes"),
        (HEADER + RECORD + "1\t5\t.\n", "record 2 has more or fewer columns"),
        (HEADER + RECORD + RECORD[:-5] + "\n", "record 2 has more or fewer columns"),
        (HEADER + RECORD + "\n", "record 2 has more or fewer columns"),
        (HEADER + RECORD.replace("1\t", "2\t", 1), "record 1 lies on a contig"),
        (HEADER + RECORD.replace("100", "1e2"), "record 1 has no number as its position"),
        (HEADER + RECORD.replace("A\tG", "\tG"), "record 1 has something else than bases"),
        (HEADER + RECORD.replace("A\tG", "A?\tG"), "record 1 has something else than bases"),
    ],
)
def test_each_fault_is_named(text: str, fault: str) -> None:
    assert (fault_of(text) or "").startswith(fault)
    assert (fault_of(gzip.compress(text.encode())) or "").startswith(fault)


@pytest.mark.parametrize(
    "text",
    [
        HEADER,
        HEADER + RECORD * 3,
        (HEADER + RECORD).replace("VCFv4.2", "VCFv4.4"),
        (HEADER + RECORD).rstrip("\n"),
        (HEADER + RECORD * 2).replace("\n", "\r\n"),
        HEADER.replace("##contig=<ID=1>\n", "") + RECORD,
        f"##fileformat=VCFv4.1\n{COLUMNS}\n" + "\t".join(RECORD.split("\t")[:8]) + "\n",
        HEADER.replace("A\tB", "Jane Doe\tž") + RECORD,
    ],
)
def test_each_whole_file_passes(text: str) -> None:
    assert fault_of(text) is None


def test_a_bgzf_file_cut_between_two_blocks_is_found() -> None:
    blocks = bgzf(HEADER.encode()) + bgzf(RECORD.encode() * 3)
    assert fault_of(blocks + BGZF_END) is None
    assert fault_of(blocks + BGZF_END + bytes(100)) is None
    assert (fault_of(blocks) or "").startswith("the empty block that ends BGZF is absent")


def test_the_reference_is_told_without_the_folders_of_a_person() -> None:
    for written, told in (
        ("file:///home/jane.doe/hg38.fa", "hg38.fa"),
        (r"C:\Users\jane\hg38.fa", "hg38.fa"),
        ("file:hg38.fa", "hg38.fa"),
        ("GRCh38", "GRCh38"),
    ):
        text = HEADER.replace("##contig", f"##reference={written}\n##contig", 1)
        assert formats()["vcf"].describe(io.BytesIO(text.encode()))["reference"] == told


def test_contigs_are_counted_however_they_are_declared() -> None:
    text = HEADER.replace(
        "##contig=<ID=1>", "##contig=<length=5,ID=chr1,assembly=b37>\n##contig=<ID=HLA-A*01:01>"
    )
    assert formats()["vcf"].describe(io.BytesIO(text.encode()))["contigs"] == 2


def plain_bcf() -> bytes:
    return gzip.decompress(BCF.read_bytes())


def test_a_bcf_of_htsjdk_is_read_though_htslib_refuses_it() -> None:
    assert fault_of(plain_bcf().replace(b"BCF\2\2", b"BCF\2\1"), "bcf") is None


def test_a_bcf_cut_at_a_block_is_found() -> None:
    assert (fault_of(BCF.read_bytes()[: -len(BGZF_END)], "bcf") or "").startswith("the empty block")


def test_a_bcf_whose_records_have_other_samples_than_its_header_is_found() -> None:
    text = plain_bcf().replace(b"\tIBD-002\n", b"_IBD-002\n")
    assert fault_of(text, "bcf") == "record 1 does not fit the header"


def test_a_bcf_header_that_claims_too_much_is_not_waited_for() -> None:
    text = b"BCF\2\2" + struct.pack("<I", 0xFFFFFFF0) + b"##fileformat=VCFv4.2"
    assert fault_of(text, "bcf") == "its header claims more than 256 MiB"
    with pytest.raises(DamagedFileError):
        formats()["bcf"].describe(io.BytesIO(text))


@given(st.integers(1, len(plain_bcf()) - 1))
def test_a_plain_bcf_is_whole_only_where_a_record_ends(length: int) -> None:
    found = formats()["bcf"].validate(io.BytesIO(plain_bcf()[:length]))
    assert found.fault or found.facts["records"] in (0, 1, 2)
