"""Make the tiny whole files of tests/samples: `python tests/samples/make_samples.py`.

Written by the field's own libraries where there are any (htslib, anndata), so that
our readers are not tested against our own ideas of a format. All content is invented.
"""

import bz2
import gzip
import lzma
from pathlib import Path

import anndata
import numpy as np
import scipy.sparse
from cyvcf2 import VCF, Writer

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20261123)

VCF_TEXT = """\
##fileformat=VCFv4.2
##reference=file:///home/someone/genomes/GRCh38.fa
##contig=<ID=chr1,length=248956422>
##contig=<ID=chr2,length=242193529>
##FILTER=<ID=PASS,Description="All filters passed">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tIBD-001\tIBD-002
chr1\t1000\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\t0/0
chr1\t2000\trs2\tAT\tA\t60\tPASS\t.\tGT\t1/1\t./.
chr2\t3000\t.\tC\tT,G\t.\tPASS\t.\tGT\t0/2\t0/1
"""


def folder(format_name: str) -> Path:
    path = HERE / format_name
    path.mkdir(exist_ok=True)
    return path


def packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def reads(first: int, count: int) -> bytes:
    lines = []
    for number in range(first, first + count):
        length = 30 + number
        lines += [
            f"@A00123:45:HXXXXDSXX:2:1101:{1000 + number}:1000 1:N:0:ACGTACGT+TTGCAAGC",
            "".join(RANDOM.choice(list("ACGT"), length)),
            "+",
            "".join(map(chr, RANDOM.integers(35, 74, length))),
        ]
    return "".join(f"{line}\n" for line in lines).encode()


def fastq() -> None:
    one, two = reads(1, 4), reads(5, 3)
    (folder("fastq") / "IBD-001_S1_L002_R1_001.fastq.gz").write_bytes(packed(one))
    (folder("fastq") / "two_lanes.fq.gz").write_bytes(packed(one) + packed(two))
    (folder("fastq") / "padded.fastq.gz").write_bytes(packed(one) + bytes(512))
    (folder("fastq") / "no_reads.fastq.gz").write_bytes(packed(b""))
    (folder("fastq") / "plain.fastq").write_bytes(one)
    (folder("fastq") / "windows.fastq").write_bytes(one.replace(b"\n", b"\r\n"))
    (folder("fastq") / "reads.fastq.xz").write_bytes(lzma.compress(one))
    (folder("fastq") / "reads.fastq.bz2").write_bytes(bz2.compress(one))


def variants() -> None:
    plain = folder("vcf") / "cohort.vcf"
    plain.write_text(VCF_TEXT)
    (folder("vcf") / "gzip_not_bgzf.vcf.gz").write_bytes(packed(VCF_TEXT.encode()))
    for target, mode in (("vcf/cohort.vcf.gz", "wz"), ("bcf/cohort.bcf", "wb")):
        folder(target.partition("/")[0])
        source = VCF(str(plain))
        writer = Writer(str(HERE / target), source, mode)
        for record in source:
            writer.write_record(record)
        writer.close()
        source.close()


def h5ad() -> None:
    counts = scipy.sparse.random(6, 4, density=0.5, format="csr", dtype=np.float32, rng=RANDOM)
    for name, x in (("cells", counts), ("dense", counts.toarray())):
        adata = anndata.AnnData(X=x)
        adata.obs_names = [f"cell{n}" for n in range(6)]
        adata.var_names = [f"ENSG{n:011}" for n in range(4)]
        adata.obs["cell_type"] = ["B", "T", "T", "B", "T", "B"]
        adata.obs["n_counts"] = range(6)
        adata.var["symbol"] = list("abcd")
        if name == "cells":
            adata.layers["log"] = np.log1p(counts.toarray())
            adata.obsm["X_umap"] = RANDOM.normal(size=(6, 2)).astype(np.float32)
        adata.strings_to_categoricals()
        adata.write_h5ad(folder("h5ad") / f"{name}.h5ad", compression="gzip")


def tenx_matrix() -> None:
    folder("tenx_matrix")
    barcodes = b"AAACCTGAGAAACCAT-1\nAAACCTGAGAAACCGC-1\n"
    matrix = b'%%MatrixMarket matrix coordinate integer general\n%metadata_json: {"software_version": "cellranger-8.0.1", "format_version": 2}\n3 2 4\n1 1 5\n3 1 1\n2 2 7\n3 2 2\n'
    genes = b"ENSG00000243485\tMIR1302-2HG\nENSG00000237613\tFAM138A\nENSG00000186092\tOR4F5\n"
    features = b"".join(line + b"\tGene Expression\n" for line in genes.splitlines())
    new = HERE / "tenx_matrix" / "filtered_feature_bc_matrix"
    old = HERE / "tenx_matrix" / "hg19"
    for path in (new, old):
        path.mkdir(exist_ok=True)
    for name, text in (
        ("barcodes.tsv", barcodes),
        ("matrix.mtx", matrix),
        ("features.tsv", features),
    ):
        (new / f"{name}.gz").write_bytes(packed(text))
    for name, text in (("barcodes.tsv", barcodes), ("matrix.mtx", matrix), ("genes.tsv", genes)):
        (old / name).write_bytes(text)


if __name__ == "__main__":
    for make in (fastq, variants, h5ad, tenx_matrix):
        make()
