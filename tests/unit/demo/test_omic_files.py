"""The inbox of omic files, opened by the libraries that researchers open them with."""

import csv
import gzip
import hashlib
from pathlib import Path

import anndata
import dnaio
import numpy as np
import pytest
import tifffile
from cyvcf2 import VCF
from PIL import Image
from scipy.io import mmread

from omics_orchestrator.demo.gidamps import centre_files
from omics_orchestrator.demo.gidamps.gene_symbols import SYMBOLS
from omics_orchestrator.demo.gidamps.omic_files import NOBODYS, TRUNCATED_SUFFIX, write_omic_files
from omics_orchestrator.demo.gidamps.samples_database import Sample, registered
from omics_orchestrator.demo.gidamps.still_archives import WRITTEN
from omics_orchestrator.demo.gidamps.study import generate

# The empty block that ends every whole BGZF file (SAM specification, section 4.1.2).
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return list(registered(generate(120, 5).rows, 5))


@pytest.fixture(scope="module")
def sample_ids(samples: list[Sample]) -> set[str]:
    return {sample.sample_id for sample in samples}


@pytest.fixture(scope="module")
def inbox(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    assert write_omic_files(folder, samples, 5) == len(_files(folder))
    return folder


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sample_of(path: Path) -> str:
    return path.name.split("_S")[0].split(".")[0]


def test_a_seed_always_gives_the_same_bytes_and_times(
    inbox: Path, samples: list[Sample], tmp_path: Path
) -> None:
    write_omic_files(tmp_path, samples, 5)
    for once, again in zip(_files(inbox), _files(tmp_path), strict=True):
        assert once.relative_to(inbox) == again.relative_to(tmp_path)
        assert once.read_bytes() == again.read_bytes()
        assert once.stat().st_mtime == again.stat().st_mtime == WRITTEN.timestamp()


def test_the_inbox_is_small(inbox: Path) -> None:
    assert sum(path.stat().st_size for path in _files(inbox)) < 15_000_000


def test_twelve_pairs_of_reads_are_whole_and_agree(inbox: Path, sample_ids: set[str]) -> None:
    firsts = [
        path
        for path in inbox.glob("rnaseq/*_R1_001.fastq.gz")
        if path.name != NOBODYS and not path.name.endswith(TRUNCATED_SUFFIX)
    ]
    assert len(firsts) == 12
    for first in firsts:
        assert _sample_of(first) in sample_ids
        second = first.with_name(first.name.replace("_R1_", "_R2_"))
        with dnaio.open(first, second) as pairs:
            headers = [(one.name.split(), two.name.split()) for one, two in pairs]
        assert len(headers) == 1000
        assert all(one[0] == two[0] for one, two in headers)
        assert (headers[0][0][1][:4], headers[0][1][1][:4]) == ("1:N:", "2:N:")


def test_the_truncated_reads_really_end_too_soon(inbox: Path) -> None:
    (truncated,) = inbox.glob(f"rnaseq/*{TRUNCATED_SUFFIX}")
    with gzip.open(truncated) as reads, pytest.raises(EOFError):
        reads.read()


def test_a_delivery_lacks_a_mate_and_has_one_wrong_checksum(
    inbox: Path, sample_ids: set[str]
) -> None:
    folder = inbox / centre_files.FOLDER
    reads = {path.name for path in folder.glob("*.fastq.gz")}
    assert centre_files.WITHOUT_MATE in reads
    assert centre_files.WITHOUT_MATE.replace("_R1", "_R2") not in reads
    with (folder / centre_files.MANIFEST).open(encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest))
    assert {row["tube"] for row in rows} <= sample_ids
    assert {row["file"] for row in rows} == reads
    listed = (folder / centre_files.CHECKSUMS).read_text(encoding="utf-8").split()
    wrong = {
        name
        for digest, name in zip(listed[::2], listed[1::2], strict=True)
        if hashlib.md5((folder / name).read_bytes(), usedforsecurity=False).hexdigest() != digest
    }
    assert wrong == {centre_files.OTHER_CONTENT}


def test_one_whole_file_belongs_to_nobody(inbox: Path, sample_ids: set[str]) -> None:
    with dnaio.open(inbox / "rnaseq" / NOBODYS) as reads:
        assert sum(1 for _ in reads) == 1000
    assert _sample_of(Path(NOBODYS)) not in sample_ids


def test_the_genotypes_are_whole_bgzf_of_registered_samples(
    inbox: Path, sample_ids: set[str]
) -> None:
    (path,) = inbox.glob("genotypes/*.vcf.gz")
    assert path.read_bytes().endswith(_BGZF_END)
    vcf = VCF(str(path))
    assert len(vcf.samples) == 10
    assert set(vcf.samples) <= sample_ids
    variants = list(vcf)
    vcf.close()
    assert "rs2066847" in {variant.ID for variant in variants}
    assert len(variants) == 85


def test_the_h5ad_knows_the_sample_of_each_cell(inbox: Path, sample_ids: set[str]) -> None:
    cells = anndata.read_h5ad(inbox / "single_cell" / "gidamps_biopsies.h5ad")
    assert cells.shape == (320, 500)
    assert set(cells.obs["sample_id"]) <= sample_ids
    assert cells.obs["sample_id"].nunique() == 4
    assert np.array_equal(np.asarray(cells.X.sum(axis=1)).ravel(), cells.obs["n_counts"])


def test_a_tenx_folder_fits_together_and_is_named_by_its_sample(
    inbox: Path, sample_ids: set[str]
) -> None:
    folders = list(inbox.glob("single_cell/*/filtered_feature_bc_matrix"))
    assert len(folders) == 2
    for folder in folders:
        assert folder.parent.name in sample_ids
        matrix = mmread(folder / "matrix.mtx.gz")
        barcodes = gzip.decompress((folder / "barcodes.tsv.gz").read_bytes()).splitlines()
        features = gzip.decompress((folder / "features.tsv.gz").read_bytes()).splitlines()
        assert matrix.shape == (len(features), len(barcodes))


def test_gene_symbols_are_five_hundred_and_distinct() -> None:
    assert len(set(SYMBOLS)) == len(SYMBOLS) == 500


def test_slides_come_as_a_picture_and_as_ome_tiff(inbox: Path, sample_ids: set[str]) -> None:
    slides = list(inbox.glob("slides/*.ome.tiff"))
    assert len(slides) == 3
    for slide in slides:
        assert _sample_of(slide) in sample_ids
        with tifffile.TiffFile(slide) as tiff:
            assert tiff.is_ome
            assert tiff.series[0].shape == (512, 512, 3)
            assert 'PhysicalSizeX="0.5"' in str(tiff.ome_metadata)
        with Image.open(slide.with_name(f"{_sample_of(slide)}.png")) as thumbnail:
            assert thumbnail.size == (256, 256)


def test_a_tiny_study_still_gives_what_its_samples_allow(tmp_path: Path) -> None:
    assert write_omic_files(tmp_path, [], 5) == 1
    assert [path.name for path in _files(tmp_path)] == [NOBODYS]
