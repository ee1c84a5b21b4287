"""What files of real writers show of sex: counts on X and Y, XIST and genes of Y, and no more."""

import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pysam
import pytest
from anndata import AnnData
from anndata.io import write_elem
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from omics_orchestrator.formats import formats, identify
from omics_orchestrator.formats._sex_genes import OF_Y, OTHER, XIST, kind_of

GENES = ("ACTB", "XIST", "RPS4Y1", "DDX3Y", "GAPDH")
LENGTHS = {"chr1": 248_956_422, "chrX": 156_040_895, "chrY": 57_227_415, "chrM": 16_569}
Evidence = list[dict[str, Any]]


def evidence(path: Path) -> Evidence | None:
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        assert found is not None
        finding = found.validate(stream)
    assert finding.fault is None, finding.fault
    return finding.facts.get("sex_evidence")  # type: ignore[return-value]  # a plain JSON value


def bam(folder: Path, reads: Sequence[tuple[str, int, int]]) -> Path:
    """Write reads: on which sequence, with which flags and mapping quality."""
    path = folder / "S-1.bam"
    header = {"SQ": [{"SN": name, "LN": length} for name, length in LENGTHS.items()]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for sequence, flags, quality in reads:
            read = pysam.AlignedSegment(file.header)
            read.query_name, read.query_sequence, read.cigarstring = "r", "ACGT", "4M"
            read.flag, read.mapping_quality = flags, quality
            read.reference_name, read.reference_start = sequence, 7_000_000 % LENGTHS[sequence]
            file.write(read)
    return path


def test_reads_that_lie_for_certain_are_counted(tmp_path: Path) -> None:
    reads = [("chr1", 0, 60)] * 40 + [("chrX", 16, 255)] * 12 + [("chrY", 0, 30)] * 5
    unsure = [("chrY", 0, 29), ("chrY", 0x400, 60), ("chrX", 0x100, 60), ("chrX", 0x800, 60),
              ("chrX", 0x200, 60), ("chrX", 4, 60), ("chrM", 0, 60)]  # fmt: skip
    (counted,) = evidence(bam(tmp_path, reads + unsure)) or []
    assert (counted["autosome_reads"], counted["x_reads"], counted["y_reads"]) == (40, 12, 5)
    assert counted["x_depth"] == pytest.approx(12 / 156_040_895 * 248_956_422 / 40, abs=1e-3)


def test_a_bam_without_reads_on_autosomes_shows_nothing(tmp_path: Path) -> None:
    assert evidence(bam(tmp_path, [("chrX", 0, 60)])) is None


Record = tuple[str, int, str, str, str, Sequence[str]]


def vcf(folder: Path, records: Sequence[Record], samples: Sequence[str]) -> Path:
    """Write records: contig, place, reference, alternate, filter and each sample's genotype."""
    path = folder / "calls.vcf.gz"
    header = pysam.VariantHeader()
    header.add_line('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    header.add_line('##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">')
    header.filters.add("LowQual", None, None, "Low quality")
    for name, length in LENGTHS.items():
        header.contigs.add(name, length)
    for sample in samples:
        header.add_sample(sample)
    rows = [
        f"{contig}\t{place}\t.\t{ref}\t{alt}\t50\t{passed}\t.\tGT:DP\t"
        + "\t".join(f"{genotype}:9" for genotype in genotypes)
        for contig, place, ref, alt, passed, genotypes in records
    ]
    text = f"{header}" + "\n".join(rows) + "\n"
    plain = folder / "calls.vcf"
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    return path


def test_genotypes_of_single_bases_are_counted_for_each_sample(tmp_path: Path) -> None:
    counted = [
        ("chrX", 5_000_000, "A", "G", "PASS", ["0/1", "1"]),
        ("chrX", 5_000_001, "A", "G", ".", ["1|0", "0/0"]),
        ("chrX", 5_000_002, "A", "G", "PASS", ["1/1", "./."]),
        ("chrY", 7_000_000, "C", "T", "PASS", ["./.", "0"]),
        ("chrY", 7_000_001, "C", "T", "PASS", [".", "1/1"]),
    ]
    others = [
        ("chr1", 5_000_000, "A", "G", "PASS", ["0/1", "0/1"]),
        ("chrX", 100_000, "A", "G", "PASS", ["0/1", "0/1"]),  # shared with Y
        ("chrX", 90_000_000, "A", "G", "PASS", ["0/1", "0/1"]),  # copied to Y
        ("chrX", 155_900_000, "A", "G", "PASS", ["0/1", "0/1"]),
        ("chrX", 6_000_000, "A", "G", "LowQual", ["0/1", "0/1"]),
        ("chrX", 6_000_000, "A", "GT", "PASS", ["0/1", "0/1"]),
        ("chrX", 6_000_000, "A", "G,T", "PASS", ["1/2", "1/2"]),
        ("chrY", 50_000_000, "A", "G", "PASS", ["0/1", "0/1"]),
    ]
    assert evidence(vcf(tmp_path, [*counted, *others], ["S-1", "S-2"])) == [
        {"sample": "S-1", "x_alternate": 3, "x_heterozygous": 2, "y_sites": 2, "y_called": 0},
        {"sample": "S-2", "x_alternate": 1, "x_heterozygous": 0, "y_sites": 2, "y_called": 2},
    ]


def test_variants_beside_x_and_y_and_without_samples_show_nothing(tmp_path: Path) -> None:
    assert evidence(vcf(tmp_path, [("chr1", 9, "A", "G", "PASS", ["0/1"])], ["S-1"])) is None
    text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    row = f"X\t{'9' * 5000}\t.\tA\tG\t.\t.\t.\n"
    assert "sex_evidence" not in formats()["vcf"].validate(io.BytesIO((text + row).encode())).facts


def test_a_place_of_thousands_of_digits_is_no_place(tmp_path: Path) -> None:
    whole = vcf(tmp_path, [("chrX", 5_000_000, "A", "G", "PASS", ["0/1"])], ["S-1"])
    text = gzip.decompress(whole.read_bytes()).replace(b"5000000", b"9" * 5000)
    assert "sex_evidence" not in formats()["vcf"].validate(io.BytesIO(text)).facts


@pytest.mark.parametrize(
    ("gene", "kind"),
    [
        ("XIST", XIST),
        ("ENSG00000229807.12", XIST),
        ('"XIST"', XIST),
        ("GRCh38_XIST", XIST),
        ("XIST|7503", XIST),
        ("ENSG00000229807.11_XIST", XIST),
        ("TSIX", OTHER),
        ("XIST-AS1", OTHER),
        ("XISTP", OTHER),
        ("RPS4Y1", OF_Y),
        ("RPS4Y1P2", OTHER),
        ("ENSG00000067048", OF_Y),
        ("ENSG000000670481", OTHER),
        ("mm10_Xist", OTHER),
        ("", OTHER),
    ],
)
def test_a_gene_is_known_however_it_is_written(gene: str, kind: int) -> None:
    assert kind_of(gene.encode()) == kind


def table(folder: Path, name: str, rows: Mapping[str, Sequence[object]], header: str) -> Path:
    lines = ["\t".join([gene, *map(str, amounts)]) for gene, amounts in rows.items()]
    path = folder / name
    path.write_text("\n".join([*([header] if header else []), *lines]) + "\n")
    return path


SYMBOLS = {"ACTB": [9, 8], "XIST": [70, 0], "RPS4Y1": [0, 30], "DDX3Y": [1, 12.5], "GAPDH": [5, 5]}
OF_TWO = [
    {"sample": "S-1", "xist": 70, "y_genes": 1},
    {"sample": "S-2", "xist": 0, "y_genes": 42.5},
]


def test_a_table_of_samples_gives_the_sums_of_each(tmp_path: Path) -> None:
    assert evidence(table(tmp_path, "counts.tsv", SYMBOLS, "gene_name\tS-1\tS-2")) == OF_TWO
    # R writes one cell less above its row names, and annotation may stand before the samples.
    ids = {"ENSG00000075624": [9, 8], "ENSG00000229807": [70, 0], "ENSG00000129824": [0, 30],
           "ENSG00000067048": [1, 12.5]}  # fmt: skip
    assert evidence(table(tmp_path, "r.tsv", ids, "S-1\tS-2")) == OF_TWO
    annotated = {gene: ["lncRNA", *amounts] for gene, amounts in SYMBOLS.items()}
    header = "gene_name\tgene_type\tS-1\tS-2"
    assert evidence(table(tmp_path, "annotated.tsv", annotated, header)) == OF_TWO


def test_featurecounts_and_gct_give_the_sums_of_each(tmp_path: Path) -> None:
    placed = {gene: ["chrX", 1, 9, "+", 8, *map(int, n)] for gene, n in SYMBOLS.items()}
    header = "# Program:featureCounts\nGeneid\tChr\tStart\tEnd\tStrand\tLength\tS-1.bam\tS-2.bam"
    found = evidence(table(tmp_path, "all.featurecounts.txt", placed, header)) or []
    assert [each["xist"] for each in found] == [70, 0]
    described = {gene: ["na", *amounts] for gene, amounts in SYMBOLS.items()}
    header = "#1.2\n5\t2\nName\tDescription\tS-1\tS-2"
    assert evidence(table(tmp_path, "all.gct", described, header)) == OF_TWO


STAR = "\n".join(
    f"N_{name}\t1\t1\t1" for name in ("unmapped", "multimapping", "noFeature", "ambiguous")
)
RSEM = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM"


@pytest.mark.parametrize(
    ("name", "header", "row"),
    [
        ("S-1.ReadsPerGene.out.tab", STAR, "{id}\t{n}\t7\t7"),
        ("S-1.htseq.txt", "", "{id}.4\t{n}"),
        ("S-1.genes.results", RSEM, "{id}_X\tENST1\t9\t9\t{n}\t7\t7"),
        ("quant.genes.sf", "Name\tLength\tEffectiveLength\tTPM\tNumReads", "{id}\t9\t9\t7\t{n}"),
    ],
)  # fmt: skip
def test_a_table_of_one_sample_gives_its_sums(
    tmp_path: Path, name: str, header: str, row: str
) -> None:
    amounts = {"ENSG00000229807": 0, "ENSG00000129824": 30, "ENSG00000067048": 12,
               "ENSG00000075624": 5}  # fmt: skip
    rows = {row.format(id=gene, n=n): () for gene, n in amounts.items()}
    assert evidence(table(tmp_path, name, rows, header)) == [{"xist": 0, "y_genes": 42}]


@pytest.mark.parametrize("spoilt", [{"XIST": [-2.1, 3]}, {"XIST": ["NA", 3]}])
def test_numbers_that_are_no_amounts_show_nothing(
    tmp_path: Path, spoilt: Mapping[str, Sequence[object]]
) -> None:
    assert evidence(table(tmp_path, "z.tsv", SYMBOLS | spoilt, "gene_name\tS-1\tS-2")) is None


def test_a_table_without_xist_or_genes_of_y_shows_nothing(tmp_path: Path) -> None:
    for absent in ("XIST", "RPS4Y1"):
        rows = {gene: amounts for gene, amounts in SYMBOLS.items() if gene != absent}
        assert evidence(table(tmp_path, "few.tsv", rows, "gene_name\tS-1\tS-2")) is None


COUNTS = np.array([[3, 5, 0, 0, 1], [0, 2, 0, 0, 1], [4, 0, 6, 2, 0], [1, 0, 1, 0, 0]])
OF_CELLS = [
    {"sample": "S-1", "xist": 7, "y_genes": 0, "cells": 2},
    {"sample": "S-2", "xist": 0, "y_genes": 9, "cells": 2},
]


def cells(x: Any, samples: Sequence[str] = ("S-1", "S-1", "S-2", "S-2")) -> AnnData:
    """Cells by genes; without samples nothing says whose they are."""
    obs: dict[str, Sequence[str]] = {"obs_names": [f"cell-{n}" for n in range(x.shape[0])]}
    return AnnData(
        X=x, obs=obs | ({"sample_id": samples} if samples else {}), var={"var_names": list(GENES)}
    )


def h5ad(folder: Path, made: AnnData) -> Path:
    path = folder / "cells.h5ad"
    made.write_h5ad(path, compression="gzip")
    return path


@pytest.mark.parametrize("kind", [csr_matrix, csc_matrix, np.array])
def test_cells_are_summed_by_their_sample_however_they_are_stored(
    tmp_path: Path, kind: Any
) -> None:
    path = h5ad(tmp_path, cells(kind(COUNTS.astype(np.float32))))
    assert evidence(path) == OF_CELLS
    alone = h5ad(tmp_path, cells(kind(COUNTS.astype(np.float32)), ()))
    assert evidence(alone) == [{"xist": 7, "y_genes": 9, "cells": 4}]


def test_every_dataset_is_read_and_counted_as_before(tmp_path: Path) -> None:
    path = h5ad(tmp_path, cells(csr_matrix(COUNTS)))
    datasets: list[str] = []

    def note(name: str, found: Any) -> None:
        datasets.extend([name] if isinstance(found, h5py.Dataset) else [])

    with h5py.File(path) as file, path.open("rb") as stream:
        file.visititems(note)
        assert formats()["h5ad"].validate(stream).facts["datasets"] == len(datasets)


def test_counts_are_preferred_to_what_was_scaled(tmp_path: Path) -> None:
    made = cells(COUNTS - COUNTS.mean(axis=0))
    assert evidence(h5ad(tmp_path, made)) is None
    made.layers["counts"] = csr_matrix(COUNTS)
    assert evidence(h5ad(tmp_path, made)) == OF_CELLS
    other = cells(COUNTS - COUNTS.mean(axis=0))
    other.raw = cells(csr_matrix(COUNTS))
    assert evidence(h5ad(tmp_path, other)) == OF_CELLS


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("raw/X/indptr", np.array([0, 9, 2, 3, 8])),
        ("raw/X/indptr", np.array([0.5])),
        ("raw/X/indices", np.full(10, 77)),
        ("raw/X/data", np.array([b"x"] * 10)),
        ("raw/var/_index", np.arange(5)),
        ("raw/X", np.array(b"x")),
        ("obs/sample_id/codes", np.full(4, 9)),
    ],
)
def test_parts_that_do_not_fit_are_looked_at_no_further(
    tmp_path: Path, place: str, value: NDArray[Any]
) -> None:
    made = cells(csr_matrix(COUNTS))
    made.raw = made.copy()
    path = h5ad(tmp_path, made)
    with h5py.File(path, "r+") as file:
        del file[place]
        file[place] = value
    found = evidence(path) or []
    shows_nothing = not any(each["xist"] + each["y_genes"] for each in found)
    assert shows_nothing or [each["cells"] for each in found] == [4]


def test_symbols_may_stand_beside_the_names(tmp_path: Path) -> None:
    made = cells(csr_matrix(COUNTS))
    made.var["gene_symbols"] = list(GENES)
    made.var_names = [f"G{number}" for number in range(len(GENES))]
    assert evidence(h5ad(tmp_path, made)) == OF_CELLS


def tenx(folder: Path, counts: NDArray[np.int64], **features: Sequence[str]) -> Path:
    path = folder / "filtered_feature_bc_matrix.h5"
    sparse = csr_matrix(counts)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = np.array([b"ACGT-1"] * counts.shape[0])
        group["shape"] = np.array([counts.shape[1], counts.shape[0]], np.int32)
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(sparse, part)
        for name, values in features.items():
            group[f"features/{name}"] = np.array([value.encode() for value in values])
    return path


def test_a_10x_matrix_is_summed_whole_and_names_its_genome(tmp_path: Path) -> None:
    genome, feature_type = ["GRCh38"] * len(GENES), ["Gene Expression"] * len(GENES)
    path = tenx(tmp_path, COUNTS, name=GENES, genome=genome, feature_type=feature_type)
    assert evidence(path) == [{"xist": 7, "y_genes": 9, "cells": 4}]
    with path.open("rb") as stream:
        facts = formats()["tenx_h5"].describe(stream)
    assert facts["assembly"] == "GRCh38"


@settings(max_examples=20)  # each is a file
@given(st.data())
def test_sums_of_cells_are_those_of_the_whole_matrix(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 12), st.just(5)))
    amounts = st.lists(st.integers(0, 9), min_size=shape[0] * 5, max_size=shape[0] * 5)
    counts = np.array(data.draw(amounts)).reshape(shape)
    samples = data.draw(st.lists(st.sampled_from(["A", "B"]), min_size=shape[0], max_size=shape[0]))
    kind = data.draw(st.sampled_from([csr_matrix, csc_matrix, np.array]))
    made, held = cells(kind(counts), samples), io.BytesIO()
    made.obs["sample_id"] = made.obs["sample_id"].astype("category")
    with h5py.File(held, "w") as file:
        write_elem(file, "/", made)
    finding = formats()["h5ad"].validate(held)
    expected = [
        {
            "sample": sample,
            "xist": counts[np.array(samples) == sample, 1].sum(),
            "y_genes": counts[np.array(samples) == sample, 2:4].sum(),
            "cells": samples.count(sample),
        }
        for sample in sorted(set(samples))
    ]
    assert finding.facts["sex_evidence"] == expected
