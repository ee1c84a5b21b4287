"""The demo's inbox of omic files: reads, genotypes, cells and slides, whole and not so whole."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from omics_orchestrator.demo.gidamps import centre_files
from omics_orchestrator.demo.gidamps.chance import Chance
from omics_orchestrator.demo.gidamps.matrix_files import write_h5ad, write_tenx
from omics_orchestrator.demo.gidamps.samples_database import Sample, of_type
from omics_orchestrator.demo.gidamps.sequence_files import fastq, write_fastq_pairs, write_vcf
from omics_orchestrator.demo.gidamps.slide_files import write_ome_tiff, write_thumbnail
from omics_orchestrator.demo.gidamps.still_archives import WRITTEN

TRUNCATED_SUFFIX = "_S13_L001_R1_001.fastq.gz"
NOBODYS = "GID-9999-S01-PAX_S14_L001_R1_001.fastq.gz"
_SEQUENCED, _GENOTYPED, _DISSOCIATED, _TENX, _SCANNED = 13, 10, 4, 2, 3
_CUT_BYTES = 900


def write_omic_files(folder: Path, samples: Sequence[Sample], seed: int) -> int:
    """Write small files of some samples below `folder`, all last modified at the same moment.

    The first read of the last FASTQ pair is truncated, and one whole FASTQ belongs to a sample that
    nobody registered. What is wrong with the sequencing centre's delivery, `centre_files` tells.

    Returns:
        The number of files.
    """
    files = 0
    for write in (_reads, _delivery, _genotypes, _cells, _slides):
        for path in write(folder, samples, Chance.of(seed, write.__name__)):
            os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
            files += 1
    return files


def _reads(folder: Path, samples: Sequence[Sample], chance: Chance) -> Iterator[Path]:
    inbox = _folder(folder / "rnaseq")
    tubes = of_type(samples, "paxgene_rna", _SEQUENCED, chance)
    for path in write_fastq_pairs(inbox, [tube.sample_id for tube in tubes], chance):
        if path.name.endswith(TRUNCATED_SUFFIX):
            os.truncate(path, path.stat().st_size - _CUT_BYTES)
        yield path
    nobodys = inbox / NOBODYS
    nobodys.write_bytes(fastq(1, chance))
    yield nobodys


def _delivery(folder: Path, samples: Sequence[Sample], chance: Chance) -> Iterator[Path]:
    tubes = of_type(samples, "paxgene_rna", centre_files.SEQUENCED, chance)
    if tubes:
        inbox = _folder(folder / centre_files.FOLDER)
        yield from centre_files.write_delivery(inbox, [each.sample_id for each in tubes], chance)


def _genotypes(folder: Path, samples: Sequence[Sample], chance: Chance) -> Iterator[Path]:
    path = _folder(folder / "genotypes") / "gidamps_ibd_loci.vcf.gz"
    tubes = of_type(samples, "standard_edta", _GENOTYPED, chance)
    if tubes:
        write_vcf(path, [tube.sample_id for tube in tubes], chance)
        yield path


def _cells(folder: Path, samples: Sequence[Sample], chance: Chance) -> Iterator[Path]:
    inbox = _folder(folder / "single_cell")
    biopsies = of_type(samples, "biopsy_rnalater", _DISSOCIATED + _TENX, chance)
    path = inbox / "gidamps_biopsies.h5ad"
    if biopsies[_TENX:]:
        write_h5ad(path, [biopsy.sample_id for biopsy in biopsies[_TENX:]], chance)
        yield path
    for biopsy in biopsies[:_TENX]:
        yield from write_tenx(inbox / biopsy.sample_id / "filtered_feature_bc_matrix", chance)


def _slides(folder: Path, samples: Sequence[Sample], chance: Chance) -> Iterator[Path]:
    inbox = _folder(folder / "slides")
    for block in of_type(samples, "paraffin_block", _SCANNED, chance):
        thumbnail = inbox / f"{block.sample_id}.png"
        write_thumbnail(thumbnail, chance)
        yield thumbnail
        slide = inbox / f"{block.sample_id}.ome.tiff"
        write_ome_tiff(slide, chance)
        yield slide


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
