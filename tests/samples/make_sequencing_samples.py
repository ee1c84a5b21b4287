"""Make the samples of alignments, indices, sheets, checksums and arrays of tests/samples.

`python tests/samples/make_sequencing_samples.py`. Alignments and indices are written by pysam
(htslib); of IDAT there is no writer, so its layout here is the one that illuminaio describes. All
content is invented.
"""

import gzip
import hashlib
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pysam

HERE = Path(__file__).parent
HEADER = {
    "HD": {"VN": "1.6", "SO": "coordinate"},
    "SQ": [
        {"SN": "chr1", "LN": 248956422, "AS": "GRCh38", "UR": "file:///home/someone/GRCh38.fa"},
        {"SN": "chr2", "LN": 242193529, "AS": "GRCh38"},
    ],
    "RG": [
        {"ID": "A", "SM": "IBD-001", "PL": "ILLUMINA", "LB": "lib1", "PU": "HXXXXDSXX.2.ACGTACGT"},
        {"ID": "B", "SM": "IBD-001", "PL": "ILLUMINA", "LB": "lib1", "PU": "HXXXXDSXX.3.ACGTACGT"},
    ],
    "PG": [{"ID": "bwa", "PN": "bwa", "VN": "0.7.17", "CL": "bwa mem -t 8 /data/ref.fa"}],
    "CO": ["aligned for a test"],
}
UNALIGNED = {"HD": {"VN": "1.6", "SO": "unsorted"}, "RG": [{"ID": "A", "SM": "IBD-002"}]}
RUN = "A00123:45:HXXXXDSXX:2:1101"


def folder(format_name: str) -> Path:
    path = HERE / format_name
    path.mkdir(exist_ok=True)
    return path


def made_read(header: pysam.AlignmentHeader, number: int) -> pysam.AlignedSegment:
    read = pysam.AlignedSegment(header)
    read.query_name = f"{RUN}:{1000 + number}:1000"
    read.query_sequence = "ACGTACGTAC" * 3
    read.query_qualities = pysam.qualitystring_to_array("FFFFF:FFFF" * 3)
    read.set_tag("RG", "AB"[number % 2])
    read.flag = 4
    if header.nreferences:
        read.flag = 16 * (number % 2)
        read.reference_id = number // 4
        read.reference_start = 1000 + 10 * number
        read.mapping_quality = 60
        read.cigarstring = "10M1D20M" if number % 3 else "5S25M"
    return read


def write(path: Path, mode: str, header: dict[str, object], count: int, options: list[str]) -> None:
    made = pysam.AlignmentHeader.from_dict(header)
    with pysam.AlignmentFile(
        str(path), mode, header=made, format_options=[option.encode() for option in options]
    ) as file:
        for number in range(count):
            file.write(made_read(made, number))


def alignments() -> None:
    write(folder("bam") / "sorted.bam", "wb", HEADER, 8, [])
    write(folder("bam") / "unaligned.bam", "wb", UNALIGNED, 5, [])
    write(folder("bam") / "no_reads.bam", "wb", HEADER, 0, [])
    write(folder("sam") / "sorted.sam", "wh", HEADER, 8, [])
    packed = folder("sam") / "sorted.sam.gz"
    pysam.tabix_compress(str(folder("sam") / "sorted.sam"), str(packed), force=True)
    for version in ("2.1", "3.0", "3.1"):
        options = [f"version={version}", "no_ref=1"]
        write(folder("cram") / f"version_{version}.cram", "wc", HEADER, 8, options)


def indices(work: Path) -> None:
    place = folder("index")
    bam, cram = HERE / "bam" / "sorted.bam", HERE / "cram" / "version_3.0.cram"
    pysam.index(str(bam), str(place / "sorted.bam.bai"))
    pysam.index("-c", str(bam), str(place / "sorted.bam.csi"))
    pysam.index(str(cram), str(place / "sorted.cram.crai"))
    variants = work / "cohort.vcf.gz"
    pysam.tabix_compress(str(HERE / "vcf" / "cohort.vcf"), str(variants), force=True)
    pysam.tabix_index(str(variants), preset="vcf", force=True)
    (place / "cohort.vcf.gz.tbi").write_bytes((work / "cohort.vcf.gz.tbi").read_bytes())
    fasta = work / "ref.fa"
    fasta.write_text("".join(f">chr{n}\n" + "ACGTACGTAC\n" * 900 for n in range(1, 20)))
    pysam.faidx(str(fasta))
    (place / "reference.fa.fai").write_bytes((work / "ref.fa.fai").read_bytes())
    pysam.tabix_compress(str(fasta), str(work / "ref.fa.gz"), force=True)
    pysam.faidx(str(work / "ref.fa.gz"))
    (place / "reference.fa.gz.gzi").write_bytes((work / "ref.fa.gz.gzi").read_bytes())


def digest(text: str, algorithm: str = "md5") -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def checksums() -> None:
    place = folder("checksums")
    names = [f"IBD-00{n}_R1.fastq.gz" for n in range(1, 5)]
    gnu = "".join(f"{digest(name)}  {name}\n" for name in names)
    (place / "md5sums.txt").write_text(gnu)
    (place / "reads.fastq.gz.md5").write_text(digest("reads").upper())
    bsd = "".join(f"SHA256 ({name}) = {digest(name, 'sha256')}\r\n" for name in names)
    (place / "sha256sums.txt").write_text(bsd, newline="")
    binary = "".join(f"{digest(name, 'sha1')} *./fastq/{name}\n" for name in names)
    (place / "sha1sums.txt").write_text(binary)


SHEET_1 = """\
[Header],,,,,,
IEMFileVersion,4,,,,,
Investigator Name,Genomics Core,,,,,
Date,11/23/2026,,,,,
[Reads],,,,,,
151,,,,,,
[Data],,,,,,
Lane,Sample_ID,Sample_Name,index,index2,Sample_Project,Description
1,IBD-001,IBD-001,ACGTACGT,TTGCAAGC,IBD,
1,IBD-002,IBD-002,CCGTACGT,TTGCAAGC,IBD,
2,IBD-001,IBD-001,ACGTACGT,TTGCAAGC,IBD,
"""
SHEET_2 = """\
[Header]
FileFormatVersion,2
RunName,Run45

[BCLConvert_Settings]
SoftwareVersion,4.2.7

[BCLConvert_Data]
Lane,Sample_ID,Index,Index2
1,IBD-001,ACGTACGT,TTGCAAGC
1,IBD-002,CCGTACGT,TTGCAAGC
"""
RNASEQ = """\
sample,fastq_1,fastq_2,strandedness
IBD-001,s3://inbox/IBD-001_L001_R1.fastq.gz,s3://inbox/IBD-001_L001_R2.fastq.gz,auto
IBD-001,s3://inbox/IBD-001_L002_R1.fastq.gz,s3://inbox/IBD-001_L002_R2.fastq.gz,auto
IBD-002,s3://inbox/IBD-002_R1.fastq.gz,,auto
"""
AMPLISEQ = """\
sampleID\tforwardReads\treverseReads\trun
IBD-001\tIBD-001_R1.fastq.gz\tIBD-001_R2.fastq.gz\tA
IBD-002\tIBD-002_R1.fastq.gz\tIBD-002_R2.fastq.gz\tA
"""


def sheets() -> None:
    place = folder("samplesheet")
    for name, text in (
        ("run1_SampleSheet.csv", SHEET_1),
        ("run2_SampleSheet.csv", SHEET_2),
        ("rnaseq_samplesheet.csv", RNASEQ),
        ("ampliseq_samplesheet.tsv", AMPLISEQ),
    ):
        (place / name).write_text(text)


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def idat() -> bytes:
    probes = 50
    runs = [
        ("11/23/2026 10:11:12 AM", "Decoding", "", "Decoding", "1.0"),
        ("11/24/2026 9:11:12 AM", "Scan", "sherlockID=N0123", "iScan Control Software", "3.4.8"),
    ]
    run_texts = b"".join(text(each) for run in runs for each in run)
    ids = struct.pack(f"<{probes}i", *range(10600313, 10600313 + probes))
    sections = {
        1000: struct.pack("<i", probes),
        102: ids,
        103: struct.pack(f"<{probes}H", *range(probes)),
        104: struct.pack(f"<{probes}H", *range(900, 900 + probes)),
        107: bytes(range(probes)),
        200: struct.pack("<i", probes) + ids,
        400: bytes(4),
        401: text(""),
        402: text("204792200130"),
        403: text("BeadChip 8x5"),
        404: text("R01C01"),
        **{code: text("") for code in (405, 406, 407, 408, 409, 410)},
        300: struct.pack("<i", len(runs)) + run_texts,
    }
    place = 16 + 10 * len(sections)
    directory, content = b"", b""
    for code, section in sections.items():
        directory += struct.pack("<Hq", code, place + len(content))
        content += section
    return struct.pack("<4sqi", b"IDAT", 3, len(sections)) + directory + content


def arrays() -> None:
    (folder("idat") / "204792200130_R01C01_Grn.idat").write_bytes(idat())
    (folder("idat") / "204792200130_R01C01_Red.idat.gz").write_bytes(gzip.compress(idat(), mtime=0))


if __name__ == "__main__":
    alignments()
    with TemporaryDirectory() as work:
        indices(Path(work))
    checksums()
    sheets()
    arrays()
