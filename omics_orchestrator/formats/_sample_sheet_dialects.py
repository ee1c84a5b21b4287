"""The dialects of sample sheets, told by their columns, and what their columns mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_CLEAN = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Dialect:
    """One way of writing a sample sheet.

    Attributes:
        name: of the dialect.
        needed: sets of columns, cleaned; it is this dialect where one column of each set is there.
        samples: columns that name the sample, the first that is there.
        files: columns that name files.
        must: columns of which no row may be blank.
        unlike: columns in which no two rows may be alike together; all columns where none is here.
    """

    name: str
    needed: tuple[frozenset[str], ...]
    samples: tuple[str, ...]
    files: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    unlike: tuple[str, ...] = ()


def _set(words: str) -> frozenset[str]:
    return frozenset(_CLEAN.sub("", word) for word in words.split(" "))


_NFCORE_FILES = _set(
    "fastq_1 fastq_2 fastq_3 fastq_4 forwardreads reversereads short_reads_1 short_reads_2 "
    "long_reads fastq fasta bam bai cram crai vcf spring_1 spring_2 fast5 pod5 genome_bam "
    "transcriptome_bam fastq_barcode pairs"
)
_ILLUMINA_SAMPLES = ("sampleid", "samplename", "sample")
_ILLUMINA_ROWS = ("lane", "index", "index2", "barcode", "i7index", "i5index", "overridecycles")
ILLUMINA = Dialect("illumina", (), _ILLUMINA_SAMPLES, must=_set("sampleid"), unlike=_ILLUMINA_ROWS)
DIALECTS = (
    Dialect("casava", (_set("fcid"), _set("lane"), _set("sampleid")), _ILLUMINA_SAMPLES,
            must=_set("sampleid lane"), unlike=_ILLUMINA_ROWS),
    Dialect("mkfastq", (_set("lane"), _set("sample"), _set("index")), ("sample",),
            must=_set("lane sample"), unlike=("lane", "index")),
    Dialect("qiime2_manifest",
            (_set("absolutefilepath forwardabsolutefilepath"), _set("sample-id sampleid id")),
            ("sampleid", "id"),
            _set("absolutefilepath forwardabsolutefilepath reverseabsolutefilepath"),
            must=_set("absolutefilepath forwardabsolutefilepath sampleid")),
    Dialect("ena_runs", (_set("file_name filename"), _set("file_checksum filechecksum"),
                         _set("alias runalias experimentalias")),
            ("alias", "experimentalias"), _set("file_name filename"),
            must=_set("alias filename"), unlike=("filename",)),
    Dialect("ena_webin", (_set("study"), _set("sample"), _set("fastq bam cram")), ("sample",),
            _set("fastq bam cram"), must=_set("study sample")),
    Dialect("ena_report",
            (_set("run_accession"), _set("fastq_ftp submitted_ftp sra_ftp fastq_md5")),
            ("samplealias", "sampletitle", "sampleaccession", "runaccession"),
            _set("fastq_ftp submitted_ftp sra_ftp"), must=_set("runaccession")),
    Dialect("sra_metadata", (_set("library_id"), _set("filename"),
                             _set("biosample_accession sample_name")),
            ("samplename", "biosampleaccession"), _set("filename filename2 filename3 filename4"),
            must=_set("filename")),
    Dialect("cellranger", (_set("fastqs"), _set("sample fastq_id library_type librarytype")),
            ("sample", "fastqid"), _set("fastqs"), must=_set("fastqs")),
    Dialect("nf-core", (_set("sample sampleid sample_id id sample_name"), _NFCORE_FILES),
            ("sample", "sampleid", "samplename", "id"), _NFCORE_FILES,
            must=_set("sample sampleid samplename id")),
)  # fmt: skip
# Columns that only one pipeline of nf-core has.
_PIPELINES = {
    "strandedness": "rnaseq",
    "expectedcells": "scrnaseq",
    "forwardreads": "ampliseq",
    "antibody": "chipseq",
    "shortreads1": "mag",
    "instrumentplatform": "taxprofiler",
    "patient": "sarek",
    "barcode": "nanoseq",
}


def cleaned(column: str) -> str:
    """Write a column's name as the dialects do: lower case, letters and digits only."""
    return _CLEAN.sub("", column.lower())


def dialect_of(columns: Sequence[str]) -> Dialect | None:
    """Tell a table's dialect by its columns; None when it is no sample sheet."""
    there = set(map(cleaned, columns))
    return next((each for each in DIALECTS if all(part & there for part in each.needed)), None)


def pipeline_of(columns: Sequence[str]) -> Mapping[str, object]:
    """Name the nf-core pipeline where a column tells it."""
    told = next(
        (name for column, name in _PIPELINES.items() if column in map(cleaned, columns)), None
    )
    return {"pipeline": told} if told else {}
