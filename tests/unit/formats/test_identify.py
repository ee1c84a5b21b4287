"""The content decides what a file is, and the name says what it claims to be."""

import gzip
import io
import zipfile
from pathlib import Path

import h5py
import pytest

from omics_orchestrator.formats import Head, formats, identify, named_like, read_head

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
DICOM_WITH_A_TIFF_HEADER = b"II*\0" + bytes(124) + b"DICM" + bytes(60)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("table.csv", "a,b\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("reads.fastq.gz", gzip.compress(b">contig1\nACGT\n")),
        ("reads.fastq.gz", b""),
        ("reads.fastq", b"@only a mention\n"),
        ("sample.bam", LFS_POINTER),
        ("cohort.vcf", b"<html><body>Sign in</body></html>"),
        ("cohort.vcf.gz", gzip.compress(b"")),
        ("cells.h5ad", b"\x89HDF\r\n\x1a\n"),
        ("cells.h5ad", b""),
        ("figure.png", zipped()),
        ("table.csv", zipped()),
        ("barcodes.tsv", b"IBD-001\nIBD-002\n"),
        ("barcodes.tsv", b""),
        ("genes.tsv", b"one column\n"),
        ("features.tsv", b"a\tb\nc\td\te\nf\tg\n"),
        ("counts.tsv", b"AAACCTGAGAAACCAT-1\n"),
        ("matrix.mtx", b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n"),
    ],
)
def test_what_is_none_of_ours_is_taken_for_none(name: str, content: bytes) -> None:
    assert identify(name, io.BytesIO(content)) is None


def test_dicom_with_the_header_of_a_tiff_before_it_is_dicom() -> None:
    assert identify("slide.tif", io.BytesIO(DICOM_WITH_A_TIFF_HEADER)) is formats()["dicom"]


@pytest.mark.parametrize("name", ["reads.fastq.gz", "READS.FQ", "holiday.jpg", "-rf; echo", ""])
def test_a_vcf_is_a_vcf_under_any_name(name: str) -> None:
    found = identify(name, io.BytesIO(gzip.compress(b"##fileformat=VCFv4.4\n")))
    assert found is formats()["vcf"]


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("Próba ž 1_S1_L001_R1_001.fastq.gz", "fastq"),
        ("UPPER.FASTQ.GZ", "fastq"),
        ("cohort.g.vcf.gz", "vcf"),
        ("GSM1_filtered_matrix.mtx.gz", "tenx_matrix"),
        ("slide.ome.tiff", "tiff"),
        ("fastq", None),
        ("reads.fastq.gz.md5", "checksums"),
        ("sample.bam.bai", "index"),
        ("sample.bam", "bam"),
        ("SampleSheet.csv", "samplesheet"),
        ("genes.csv", None),
    ],
)
def test_a_name_tells_what_it_claims_to_be(name: str, format_name: str | None) -> None:
    found = named_like(name)
    assert (found and found.name) == format_name


@pytest.mark.parametrize(
    ("format_name", "name", "fits"),
    [
        ("seurat", "object.rds", True),
        ("sce", "object.RDA", True),
        ("slide", "scan.tiff", True),
        ("seurat", "object.h5ad", False),
        ("rds", "seurat.rds", True),
    ],
)
def test_a_special_format_may_have_the_ending_of_a_general_one(
    format_name: str, name: str, fits: bool
) -> None:
    assert formats()[format_name].may_be_called(name) is fits


def hdf5(path: Path, *members: str, userblock: int = 0) -> bytes:
    with h5py.File(path, "w", userblock_size=userblock) as file:
        for member in members:
            file.create_group(member)
    return path.read_bytes()


@pytest.mark.parametrize("userblock", [0, 512, 2048])
def test_hdf5_is_looked_into_wherever_it_begins(tmp_path: Path, userblock: int) -> None:
    content = hdf5(tmp_path / "a", "obs", "var", "X", userblock=userblock)
    assert read_head("a", io.BytesIO(content)).members == {"obs", "var", "X"}
    found = identify("anything", io.BytesIO(content))
    assert found is formats()["h5ad"]


@pytest.mark.parametrize(
    "members",
    [("mod", "obs", "var"), ("matrix",), ("matrix", "row_attrs", "col_attrs"), ("data",), ()],
)
def test_other_hdf5_is_not_anndata(tmp_path: Path, members: tuple[str, ...]) -> None:
    content = hdf5(tmp_path / "a.h5ad", *members)
    found = identify("a.h5ad", io.BytesIO(content))
    assert found is None or found.name in ("h5mu", "loom")


def test_a_head_is_64_kib_and_what_is_inside_at_most_1_mib() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    head = read_head("bomb.fastq.gz", io.BytesIO(bomb))
    assert len(head.raw) == 64 << 10
    assert len(head.inflated) <= (1 << 20) + 4096


def test_a_head_of_plain_bytes_is_the_same_inside() -> None:
    assert read_head("a", io.BytesIO(b"plain")) == Head("a", b"plain", b"plain")
