"""Small sequencing files that real readers accept: FASTQ pairs and a multi-sample VCF."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyvcf2 import Writer

from omics_orchestrator.demo.gidamps.chance import Chance

_READS = 1_000
_LENGTH = 75
_RUN = "A01234:57:HVKJ2DSX5:1"
_BASES = bytes(b"ACGT"[byte % 4] for byte in range(256))
# Binned qualities as a NovaSeq writes them, mostly the best.
_QUALITIES = bytes(b"FFFFFFFFFFFFF:,#"[byte % 16] for byte in range(256))

# Known IBD variants (GRCh38): chromosome, position, id, reference, alternative.
_VARIANTS = (
    ("chr1", 67240275, "rs11209026", "G", "A"),
    ("chr2", 233274722, "rs2241880", "A", "G"),
    ("chr16", 50712015, "rs2066844", "C", "T"),
    ("chr16", 50722629, "rs2066845", "G", "C"),
    ("chr16", 50729867, "rs2066847", "G", "GC"),
)
_CONTIGS = {"chr1": 248956422, "chr2": 242193529, "chr16": 90338345}
_RANDOM_VARIANTS = 80


def fastq(read: int, chance: Chance) -> bytes:
    """Invent one gzipped FASTQ file; `read` is 1 or 2 and stands in every header."""
    records = (
        b"@%s:%d:%d:%d %d:N:0:ACGTACGT+TTGCAACG\n%s\n+\n%s\n"
        % (
            _RUN.encode(),
            1101 + number // 100,
            1000 + 7 * number,
            1000 + 13 * number,
            read,
            chance.randbytes(_LENGTH).translate(_BASES),
            chance.randbytes(_LENGTH).translate(_QUALITIES),
        )
        for number in range(_READS)
    )
    return gzip.compress(b"".join(records), compresslevel=6, mtime=0)


def write_fastq_pairs(folder: Path, sample_ids: Sequence[str], chance: Chance) -> Iterator[Path]:
    """Write R1 and R2 of each sample under Illumina's names."""
    for order, sample_id in enumerate(sample_ids, start=1):
        for read in (1, 2):
            path = folder / f"{sample_id}_S{order}_L001_R{read}_001.fastq.gz"
            path.write_bytes(fastq(read, chance))
            yield path


def write_vcf(path: Path, sample_ids: Sequence[str], chance: Chance) -> None:
    """Write the samples' genotypes as VCF 4.2 in BGZF."""
    writer = Writer.from_string(str(path), _header(sample_ids), mode="wz")
    for chromosome, position, name, reference, alternative in sorted(_variants(chance), key=_place):
        calls = "\t".join(_call(chance) for _ in sample_ids)
        writer.write_record(
            writer.variant_from_string(
                f"{chromosome}\t{position}\t{name}\t{reference}\t{alternative}"
                f"\t60\tPASS\t.\tGT:DP:GQ\t{calls}"
            )
        )
    writer.close()


def _header(sample_ids: Sequence[str]) -> str:
    lines = [
        "##fileformat=VCFv4.2",
        "##reference=GRCh38",
        *(f"##contig=<ID={name},length={length}>" for name, length in _CONTIGS.items()),
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
        '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
        "\t".join(
            ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *sample_ids]
        ),
    ]
    return "\n".join(lines) + "\n"


def _variants(chance: Chance) -> Iterator[tuple[str, int, str, str, str]]:
    yield from _VARIANTS
    for _ in range(_RANDOM_VARIANTS):
        chromosome = chance.choice(list(_CONTIGS))
        reference, alternative = chance.sample("ACGT", 2)
        yield chromosome, chance.randint(1, _CONTIGS[chromosome]), ".", reference, alternative


def _place(variant: tuple[str, int, str, str, str]) -> tuple[int, int]:
    return list(_CONTIGS).index(variant[0]), variant[1]


def _call(chance: Chance) -> str:
    genotype = chance.weighted({"0/0": 70, "0/1": 22, "1/1": 6, "./.": 2})
    return f"{genotype}:{chance.randint(12, 60)}:{chance.randint(20, 99)}"
