"""Every way alignments and their indices can be wrong, compared with what htslib reads."""

import gzip
import io
import struct
from contextlib import suppress
from pathlib import Path

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, Depth, formats
from omics_orchestrator.formats._alignment_header import parse_alignment_header
from omics_orchestrator.formats._cram_containers import _Numbers

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BAM = (SAMPLES / "bam" / "sorted.bam").read_bytes()
CRAM = (SAMPLES / "cram" / "version_3.0.cram").read_bytes()
SAM = (SAMPLES / "sam" / "sorted.sam").read_text()
END = 28


def fault_of(content: bytes, name: str = "bam", depth: Depth = Depth.FULL) -> str:
    return formats()[name].validate(io.BytesIO(content), depth).fault or ""


def bam(text: bytes = b"", references: bytes = struct.pack("<i", 0), records: bytes = b"") -> bytes:
    return gzip.compress(b"BAM\1" + struct.pack("<i", len(text)) + text + references + records)


def record(**changes: int) -> bytes:
    fields = {"size": 32 + 2 + 2 + 4, "reference": -1, "place": -1, "name": 2, "quality": 0,
              "bin": 4680, "cigars": 0, "flags": 4, "bases": 4, "mate": -1, "mate_place": -1,
              "span": 0} | changes  # fmt: skip
    return struct.pack("<iiiBBHHHiiii", *fields.values()) + b"r\0" + b"\x12\x48" + b"IIII"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (bam()[:-9], "the file ends inside its gzip data"),
        (gzip.compress(b"BAM\1\xff\xff\xff\x7f"), "its header claims to be longer than 256 MiB"),
        (gzip.compress(b"BAM\1\xff\xff\xff\xff"), "its header claims to be longer"),
        (gzip.compress(b"BAM\1\5\0\0\0@HD"), "the file ends inside its header"),
        (
            bam(references=struct.pack("<ii4si", 1, 4, b"chr1", 9)),
            "a sequence's name in its header",
        ),
        (bam(b"@SQ\tSN:1\tLN:9\n"), "its header's text and its list of sequences differ"),
        (bam(records=record() + record()[:-1]), "record 2 is cut off"),
        (bam(records=record(size=3)), "record 1 has an impossible length"),
        (bam(records=record(size=-1)), "record 1 has an impossible length"),
        (bam(records=record() + record(bases=5)), "record 2 is shorter than its parts"),
        (bam(records=record(bases=-1)), "record 1 is shorter than its parts"),
        (bam(records=record(name=1)), "record 1 has a name without an end"),
        (bam(records=record(reference=0)), "record 1 lies outside the reference"),
        (bam(records=record(place=-2)), "record 1 lies outside the reference"),
        (bam(records=record(mate=7)), "record 1 has a mate outside the reference"),
        (BAM[:-END], "the empty block that ends BGZF is absent"),
        (BAM + b"garbage", "something else follows the last gzip member"),
        (BAM[:-END] + bytes(END), "the empty block that ends BGZF is absent"),
    ],
)
def test_each_fault_of_bam_is_named(content: bytes, fault: str) -> None:
    assert fault_of(content).startswith(fault)


@pytest.mark.parametrize(
    "content",
    [bam(), bam(records=record() * 3), BAM, BAM + bytes(512), bam(b"@HD\tVN:1.6\n\0\0\0")],
)
def test_each_whole_bam_passes_at_every_depth(content: bytes) -> None:
    assert [fault_of(content, depth=depth) for depth in Depth] == [""] * 3


@given(st.data())
def test_no_flipped_bit_of_bam_goes_unseen(data: st.DataObject) -> None:
    spoilt = bytearray(BAM)
    spoilt[data.draw(st.integers(0, len(BAM) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    finding = formats()["bam"].validate(io.BytesIO(bytes(spoilt)))
    # gzip's own header holds a time and a system, which mean nothing.
    assert finding.fault or finding.facts["records"] == 8


@given(st.data())
def test_no_flipped_bit_of_cram_3_goes_unseen(data: st.DataObject) -> None:
    spoilt = bytearray(CRAM)
    # The definition's own id and minor version have no checksum.
    spoilt[data.draw(st.integers(26, len(CRAM) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert fault_of(bytes(spoilt), "cram")


@given(st.integers(0, len(CRAM) - 1))
def test_a_cut_cram_is_never_whole(length: int) -> None:
    assert fault_of(CRAM[:length], "cram", Depth.STRUCTURE)
    assert fault_of(CRAM[:length], "cram")


@given(st.integers(-(2**31), 2**31 - 1))
def test_numbers_of_cram_are_read_as_they_are_written(number: int) -> None:
    unsigned = number % 2**32
    if unsigned < 2**7:
        written = bytes([unsigned])
    elif unsigned < 2**14:
        written = struct.pack(">H", unsigned | 0x8000)
    elif unsigned < 2**21:
        written = struct.pack(">I", unsigned | 0xC00000)[1:]
    elif unsigned < 2**28:
        written = struct.pack(">I", unsigned | 0xE0000000)
    else:
        written = struct.pack(">I", unsigned >> 4 | 0xF0000000) + bytes([unsigned & 0x0F])
    assert _Numbers(written).itf8() == number


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "\tchr1\t1001\t",
            "\tchr9\t1001\t",
            "record 1 lies on a sequence that the header does not",
        ),
        ("\t1001\t60", "\tplace\t60", "record 1 is not of SAM's eleven columns"),
        ("5S25M", "5S24M", "record 1 has more or fewer bases than its CIGAR"),
        (
            "FFFFF:FFFF\tRG:Z:A\n",
            "FFFFF:FFF\tRG:Z:A\n",
            "record 1 has not one quality for each base",
        ),
        ("RG:Z:B", "RG:Q:B", "record 2 is not of SAM's eleven columns"),
    ],
)
def test_each_fault_of_sam_is_named(old: str, new: str, fault: str) -> None:
    assert fault_of(SAM.encode(), "sam") == ""
    assert fault_of(SAM.replace(old, new, 1).encode(), "sam").startswith(fault)


def test_a_sam_cut_in_its_last_record_is_seen_at_its_end() -> None:
    assert fault_of(SAM.encode()[:-40], "sam", Depth.STRUCTURE)
    assert fault_of(SAM.encode(), "sam", Depth.STRUCTURE) == ""


@pytest.mark.parametrize("name", ["bam/sorted.bam", "bam/unaligned.bam", "sam/sorted.sam",
                                  "cram/version_2.1.cram", "cram/version_3.1.cram"])  # fmt: skip
def test_a_file_says_what_htslib_says_of_it(name: str) -> None:
    path = SAMPLES / name
    with pysam.AlignmentFile(str(path), check_sq=False) as theirs:
        records = sum(1 for _ in theirs)
        groups = theirs.header.to_dict().get("RG", [])
        expected = (theirs.nreferences, {each["SM"] for each in groups}, len(groups))
    format_ = formats()[name.partition("/")[0]]
    with path.open("rb") as stream:
        facts = {**format_.describe(stream), **format_.read_through(stream)}
    assert (facts["references"], set(facts["samples"]), facts["read_groups"]) == expected  # type: ignore[call-overload]  # a list of names
    assert facts["records"] == records


def test_the_header_says_where_reads_come_from_and_what_they_lie_on() -> None:
    header = parse_alignment_header(
        "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:249250621\tUR:/home/jane/genomes/hg19.fa\n"
        "@RG\tID:1\tSM:S1\tPL:ILLUMINA\tPU:H8EH3ADXX.2.ACGT\n@PG\tID:bwa.1\tPN:bwa\n"
    )
    facts = header.facts("M02273:28:000000000-ADV3A:1:1103:21287:10432")
    assert facts["reference"] == "hg19.fa"
    assert facts["assembly"] == "GRCh37"
    assert (facts["instrument"], facts["run"], facts["flowcell"]) == (
        "M02273", "28", "000000000-ADV3A",
    )  # fmt: skip
    assert parse_alignment_header("@RG\tID:1\tPU:H8EH3ADXX.2.ACGT").facts()["lane"] == 2


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("@CO\tPatient: Jane Doe", "@CO line"),
        ("@RG\tID:1\tSM:Doe_Jane", "@RG SM"),
        ("@RG\tID:1\tSM:S1\tDS:DOB 1961-02-03", "@RG DS"),
        ("@PG\tID:1\tCL:bwa mem /data/Jane_Doe/R1.fq.gz", "@PG line"),
    ],
)
def test_a_person_in_the_header_is_told_by_place(line: str, place: str) -> None:
    assert list(parse_alignment_header(line).personal_fields()) == [place]
    content = bam(line.encode() + b"\n")
    assert list(formats()["bam"].personal_fields(io.BytesIO(content))) == [place]


def index(name: str) -> bytes:
    return (SAMPLES / "index" / name).read_bytes()


BAI = index("sorted.bam.bai")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (BAI[:-9], "the file ends inside its tables"),
        (BAI[:-1], "something else follows its tables"),
        (BAI + b"\n", "something else follows its tables"),
        (BAI[:4] + b"\xff" * 4 + BAI[8:], "it counts more than can be"),
        (BAI[:12] + b"\xff" * 4 + BAI[16:], "it has a bin that cannot be"),
        (index("cohort.vcf.gz.tbi")[:-END], "the empty block that ends BGZF is absent"),
        (index("reference.fa.fai")[:-3] + b"x\n", "line 19 has not the columns of an index"),
        (index("reference.fa.fai") * 2, "a sequence's name stands twice"),
    ],
)
def test_each_fault_of_an_index_is_named(content: bytes, fault: str) -> None:
    assert fault_of(content, "index") == fault or fault_of(content, "index").startswith(fault)


def test_an_index_without_the_count_of_unplaced_reads_is_whole() -> None:
    assert fault_of(BAI[:-8], "index") == ""


@given(st.binary(max_size=200))
def test_an_index_of_any_bytes_is_read_or_called_damaged(rest: bytes) -> None:
    for magic in (b"BAI\1", b"CSI\1", b"TBI\1", b""):
        with suppress(DamagedFileError):
            assert formats()["index"].describe(io.BytesIO(magic + rest))["kind"]
