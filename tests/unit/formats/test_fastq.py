"""Every way a FASTQ can be wrong, and every way it may be written."""

import bz2
import gzip
import io
import lzma
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import dnaio
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import Depth, Finding
from omics_orchestrator.formats._fastq_records import Reads
from omics_orchestrator.formats._read_names import read_origin
from omics_orchestrator.formats.fastq import FORMAT

GOOD = b"@r1\nACGT\n+\nIIII\n"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


def finding(content: bytes) -> Finding:
    return FORMAT.validate(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (GOOD + b"@r2\nACGT\n+\nIII\n", "record 2 has not one quality for each base"),
        (GOOD + b"@r2\nACGT\n+\n", "record 2 is cut off after 3 of 4 lines"),
        (GOOD + b"@r2\nAC", "record 2 is cut off after 2 of 4 lines"),
        (GOOD + b"@r2\nACGT\n+\nIII", "record 2 has not one quality for each base"),
        (GOOD + b"@r2\nACGT\n+r3\nIIII\n", "record 2 has another name in its third line"),
        (GOOD + b"r2\nACGT\n+\nIIII\n", "record 2 does not begin with @"),
        (b"@r1\nACGT\nACGT\n+\nIIII\nIIII\n" * 2, "record 1 has no + as its third line"),
        (GOOD + b"@r2\nACGT\n+\nII\0I\n", "record 2 has something else than qualities"),
        (GOOD + b"@r2\nACGT\n+\nII\xffI\n", "record 2 has something else than qualities"),
        (GOOD + b"@r2\nAC T\n+\nIIII\n", "record 2 has something else than bases"),
        (GOOD + b"@r\x002\nACGT\n+\nIIII\n", "record 2 has a control character in its name"),
        (GOOD + b"\n\n\n\n", "record 2 does not begin with @"),
        (b">r1\nACGT\n>r2\nACGT\n", "record 1 does not begin with @"),
        (GOOD * 3 + b"@r\nA\n+\n\n" + GOOD, "record 4 has not one quality"),
    ],
)
def test_each_fault_is_named_with_its_record(content: bytes, fault: str) -> None:
    assert (finding(content).fault or "").startswith(fault)
    assert (finding(gzip.compress(content)).fault or "").startswith(fault)


@pytest.mark.parametrize(
    ("content", "reads", "bases"),
    [
        (GOOD, 1, 4),
        (GOOD[:-1], 1, 4),
        (GOOD.replace(b"\n", b"\r\n"), 1, 4),
        (GOOD + b"\n\n", 1, 4),
        (b"@r1\n\n+\n\n" + GOOD, 2, 4),
        (b"@r1 a\xcc\x81\tb\nNN.-*\n+r1 a\xcc\x81\tb\n!~@+I\n", 1, 5),
        (b"@@\n@@\n+\n@@\n", 1, 2),
        (b"", 0, 0),
    ],
)
def test_each_way_of_writing_is_read(content: bytes, reads: int, bases: int) -> None:
    found = finding(content)
    assert found.fault is None
    assert (found.facts["reads"], found.facts["bases"]) == (reads, bases)


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_reads_are_told_with_their_members_and_padding(packer: str) -> None:
    pack = PACKERS[packer]
    found = finding(pack(GOOD) + bytes(8) + pack(GOOD * 2) + bytes(512))
    assert found.fault is None
    assert found.facts["container"] == packer
    assert found.facts["reads"] == 3
    assert found.facts["members"] == 2
    assert found.facts["padding_bytes"] == 520


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda packed: packed[:-1], "the file ends inside its"),
        (lambda packed: packed[: len(packed) // 2], "the file ends inside its"),
        (lambda packed: packed + b"garbage", "something else follows the last"),
        (lambda packed: packed + bytes(9) + b"x", "something else follows the last"),
    ],
)
def test_damage_to_the_packing_is_found(
    packer: str, spoil: Callable[[bytes], bytes], fault: str
) -> None:
    found = finding(spoil(PACKERS[packer](GOOD * 100)))
    assert (found.fault or "").startswith(fault)


def test_a_wrong_checksum_is_found_though_every_record_is_right() -> None:
    packed = bytearray(gzip.compress(GOOD))
    packed[-8] ^= 1
    assert finding(bytes(packed)).fault == "its gzip data or checksum is broken"


def test_a_wrong_length_at_the_end_of_a_member_is_found() -> None:
    for packed, end in ((gzip.compress(GOOD), -1), (pysam_bgzf(GOOD), -29)):
        wrong = bytearray(packed)
        wrong[end] ^= 1
        for content in (wrong, wrong + packed):
            assert finding(bytes(content)).fault == "its gzip data or checksum is broken"


@given(st.data())
def test_no_flipped_bit_goes_unseen(data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(GOOD * 20, mtime=0))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = finding(bytes(packed))
    assert found.fault or found.facts["bases"] == 80  # a time or a name in gzip's own header


def records() -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    base_and_quality = st.tuples(st.sampled_from(b"ACGTN"), st.integers(33, 126))
    read = st.lists(base_and_quality, max_size=30).map(
        lambda pairs: (bytes(b for b, _ in pairs), bytes(q for _, q in pairs))
    )
    return st.lists(read, max_size=20)


@given(records(), st.booleans(), st.integers(1, 50), st.integers(1, 200))
def test_counts_do_not_depend_on_where_blocks_end(
    reads: list[tuple[bytes, bytes]], windows: bool, step: int, together: int
) -> None:
    end = b"\r\n" if windows else b"\n"
    text = b"".join(b"@r" + end + s + end + b"+" + end + q + end for s, q in reads)
    counted = Reads(together)
    for piece in (text[at : at + step] for at in range(0, len(text), step)):
        counted.take(piece)
    counted.end()
    lengths = [len(bases) for bases, _ in reads]
    assert counted.facts() == {
        "reads": len(reads),
        "bases": sum(lengths),
        "shortest_read": min(lengths, default=0),
        "longest_read": max(lengths, default=0),
    }


class Endless(io.RawIOBase):
    """Plain text without a line end, as much as is asked for."""

    def read(self, size: int = -1) -> bytes:
        return b"@" * max(size, 1)

    def seek(self, offset: int, *_: int) -> int:
        return offset


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    found = FORMAT.validate(Endless())  # type: ignore[arg-type]  # only what is used of a stream
    assert found.fault == "record 1 is longer than 64 MiB"


NAMES: list[tuple[str, dict[str, object]]] = [
    (
        "M02273:28:000000000-ADV3A:1:1103:21287:10432 2:N:0:34 t__70731",
        {"platform": "illumina", "instrument": "M02273", "run": "28",
         "flowcell": "000000000-ADV3A", "lane": 1, "read": 2, "index": "34"},
    ),
    (
        "A00123:45:HXXXXDSXX:2:1101:1000:1000:ACGTACG 1:Y:18:ATCACG+TTGCAA",
        {"platform": "illumina", "instrument": "A00123", "run": "45", "flowcell": "HXXXXDSXX",
         "lane": 2, "read": 1, "index": "ATCACG+TTGCAA"},
    ),
    (
        "SRR1761506.1 HISEQ:218:H8EH3ADXX:1:1101:1357:2055 length=101",
        {"accession": "SRR1761506", "platform": "illumina", "instrument": "HISEQ", "run": "218",
         "flowcell": "H8EH3ADXX", "lane": 1},
    ),
    ("ERR11808611.304821", {"accession": "ERR11808611"}),
    (
        "HWUSI-EAS100R:6:73:941:1973#ATCACG/1",
        {"platform": "illumina", "instrument": "HWUSI-EAS100R", "lane": 6, "index": "ATCACG",
         "read": 1},
    ),
    ("30BL3AAXX081011:2:4:689:1812#0",
     {"platform": "illumina", "instrument": "30BL3AAXX081011", "lane": 2}),
    (
        "00068f7a-51b3-4933-8fc6-7d6e29181ff9 runid=97ca62ca read=5 ch=1 flow_cell_id=FAP51364",
        {"platform": "nanopore", "run": "97ca62ca", "flowcell": "FAP51364"},
    ),
    ("00068f7a-51b3-4933-8fc6-7d6e29181ff9", {"platform": "nanopore"}),
    ("00068f7a-51b3-4933-8fc6-7d6e29181ff9\tqs:f:9\tRG:Z:" + "97ca62ca" * 5 + "_dna_r10.4.1@v5.0.0",
     {"platform": "nanopore", "run": "97ca62ca" * 5}),
    ("m64011_190830_220126/101320/ccs",
     {"platform": "pacbio", "instrument": "m64011", "run": "m64011_190830_220126"}),
    ("m54006_160504_020705/4194380/0_11241 RQ=0.85",
     {"platform": "pacbio", "instrument": "m54006", "run": "m54006_160504_020705"}),
    ("m84046_230412_160502_s2/12345/ccs/fwd",
     {"platform": "pacbio", "instrument": "m84046", "run": "m84046_230412_160502_s2"}),
    ("V350012345L1C001R00100000001/1",
     {"platform": "mgi", "flowcell": "V350012345", "lane": 1, "read": 1}),
    ("E100030471L2C003R00200000118 ",
     {"platform": "mgi", "flowcell": "E100030471", "lane": 2}),
    ("read1/ccs", {}),
    ("", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "origin"), NAMES)
def test_a_read_name_tells_where_it_was_sequenced(name: str, origin: dict[str, object]) -> None:
    assert read_origin(name) == origin


def test_the_first_read_is_described_however_long_it_is() -> None:
    def long_read() -> Iterator[bytes]:
        yield from (b"@r1\n", b"A" * 3_000_000, b"\n+\n", b"I" * 3_000_000, b"\n")

    described = FORMAT.describe(io.BytesIO(gzip.compress(b"".join(long_read()))))
    assert described["first_read_length"] == 3_000_000


def structure(content: bytes) -> str | None:
    return FORMAT.validate(io.BytesIO(content), Depth.STRUCTURE).fault


def test_a_cut_is_seen_without_reading_all_where_the_packing_says_it() -> None:
    many = GOOD * 200_000
    assert structure(many) is None
    assert structure(many + b"@r\n\n+\n\n") is None
    assert structure(many[:-7]) == "its last record is not whole"
    assert structure(lzma.compress(GOOD)) is None
    assert structure(lzma.compress(GOOD)[:-1]) == "the file ends inside its xz data"
    blocks = pysam_bgzf(GOOD * 20_000)
    assert structure(blocks) is None
    assert structure(blocks[:-28]) is None  # Illumina's software ends without the empty block
    assert structure(blocks[:-40]) == "the file ends inside its gzip data"


def pysam_bgzf(text: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reads.fastq.gz"
        with pysam.BGZFile(str(path), "w") as file:
            file.write(text)
        return path.read_bytes()


def test_a_read_name_that_holds_a_person_is_told() -> None:
    told = GOOD.replace(b"@r1", b"@0a1b2c3d-0000-4000-8000-000000000000 sampleid=%b ch=3")
    assert list(FORMAT.personal_fields(io.BytesIO(told % b"Jane_Doe"))) == ["read name"]
    assert list(FORMAT.personal_fields(io.BytesIO(told % b"IBD-001"))) == []


@given(records())
def test_reads_are_counted_as_dnaio_counts_them(reads: list[tuple[bytes, bytes]]) -> None:
    text = b"".join(b"@r\n" + s + b"\n+\n" + q + b"\n" for s, q in reads)
    with dnaio.open(io.BytesIO(text), fileformat="fastq") as theirs:
        lengths = [len(read) for read in theirs]
    facts = finding(text).facts
    assert (facts["reads"], facts["bases"]) == (len(lengths), sum(lengths))
