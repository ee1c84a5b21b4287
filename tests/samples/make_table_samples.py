"""Make the tiny whole tables, spectra and microbiome files of tests/samples.

`python tests/samples/make_table_samples.py`, where biom-format and psims are installed too: BIOM,
mzML and Parquet are written by the field's own libraries. The programs that write the other tables
are no libraries, so these are written here as their manuals show them. All content is invented.
"""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import biom
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from psims.mzml import MzMLWriter

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20261124)
GENES = [f"ENSG{number:011d}" for number in (141510, 171862, 157764, 133703, 146648, 167325)]
SYMBOLS = ["TP53", "PTEN", "BRAF", "KRAS", "EGFR", "RRM1"]
SAMPLES = ["IBD-001", "IBD-002", "IBD-003"]
UUID = "0f6b2f2e-6f6c-4c1e-9d1a-6f4b1a2c3d4e"
PARENT = "5d9f7c11-2a44-4a8e-8b0e-9c0d1e2f3a4b"


def write(path: str, content: str | bytes) -> None:
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    raw = content.encode() if isinstance(content, str) else content
    target.write_bytes(gzip.compress(raw, mtime=0) if path.endswith(".gz") else raw)


def table(rows: Iterable[Sequence[object]], separator: str = "\t", end: str = "\n") -> str:
    return "".join(separator.join(map(str, row)) + end for row in rows)


def counts(columns: int) -> list[int]:
    return [int(number) for number in RANDOM.integers(0, 5000, columns)]


def biom_tables() -> None:
    found = biom.Table(
        RANDOM.integers(0, 9, (6, 3)),
        [f"ASV{number}" for number in range(6)],
        SAMPLES,
        [{"taxonomy": ["k__Bacteria", f"g__Genus{number}"]} for number in range(6)],
        [{"body_site": "stool", "sample_name": name} for name in SAMPLES],
        type="OTU table",
    )
    write("biom/feature-table.json.biom", found.to_json("our tests"))
    write("biom/packed.biom.gz", found.to_json("our tests"))
    with h5py.File(HERE / "biom" / "feature-table.biom", "w") as file:
        found.to_hdf5(file, "our tests")


def artifact() -> None:
    version = "QIIME 2\narchive: 5\nframework: 2024.10.0\n"
    metadata = f"uuid: {UUID}\ntype: FeatureTable[Frequency]\nformat: BIOMV210DirFmt\n"
    members = {
        "VERSION": version,
        "metadata.yaml": metadata,
        "data/feature-table.biom": (HERE / "biom" / "feature-table.biom").read_bytes(),
        "provenance/VERSION": version,
        "provenance/metadata.yaml": metadata,
        "provenance/action/action.yaml": "action:\n    type: method\n    plugin: dada2\n",
        f"provenance/artifacts/{PARENT}/action/action.yaml": "action:\n    type: import\n",
        f"provenance/artifacts/{PARENT}/action/barcodes.tsv": "sample_name\tbarcode\nS1\tACGT\n",
    }
    raw = {
        name: text if isinstance(text, bytes) else text.encode() for name, text in members.items()
    }
    listed = "".join(
        f"{hashlib.md5(text, usedforsecurity=False).hexdigest()}  {name}\n"
        for name, text in raw.items()
    )
    raw["checksums.md5"] = listed.encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in raw.items():
            archive.writestr(zipfile.ZipInfo(f"{UUID}/{name}", (2026, 11, 23, 0, 0, 0)), text)
    write("qza/table.qza", file.getvalue())


def kraken() -> None:
    report = """\
 20.00	20	20	U	0	unclassified
 80.00	80	5	R	1	root
 75.00	75	10	D	2	  Bacteria
 50.00	50	20	P	976	    Bacteroidota
 30.00	30	30	G	816	      Bacteroides
 15.00	15	15	P	1239	    Bacillota
"""
    write("kraken/stool.kreport.txt", report)
    output = table(
        ("C" if n % 3 else "U", f"read{n}", 816 if n % 3 else 0, "150|150", "816:20 0:3 |:| 976:9")
        for n in range(12)
    )
    write("kraken/stool.kraken2", output)
    header = ("name", "taxonomy_id", "taxonomy_lvl", "kraken_assigned_reads", "added_reads")
    rows = [("Bacteroides fragilis", 817, "S", 20, 3), ("Bacteroides ovatus", 28116, "S", 10, 1)]
    write("kraken/stool.bracken", table([(*header, "new_est_reads", "fraction_total_reads")]
        + [(*row, row[3] + row[4], f"{row[3] / 40:.5f}") for row in rows]))  # fmt: skip


def profiles() -> None:
    clades = ["k__Bacteria", "k__Bacteria|p__Bacteroidetes", "k__Bacteria|p__Firmicutes"]
    shares = [(100.0, 60.5, 39.5), (100.0, 12.25, 87.75)]
    profile = "#mpa_vJan21_CHOCOPhlAnSGB_202103\n#120 reads processed\n"
    profile += "#SampleID\tIBD-001\n"
    profile += "#clade_name\tNCBI_tax_id\trelative_abundance\tadditional_species\n"
    taxa = ("2", "2|976", "2|1239")
    rows = zip(clades, taxa, shares[0], strict=True)
    write("metaphlan/IBD-001_metaphlan.txt", profile + table((*row, "") for row in rows))
    merged = [("clade_name", *SAMPLES[:2]), *zip(clades, *shares, strict=True)]
    write("metaphlan/merged_metaphlan.tsv", "#mpa_vJan21_CHOCOPhlAnSGB_202103\n" + table(merged))
    families = [
        ("UNMAPPED", 120.5),
        ("UniRef90_A0A015", 3.25),
        ("UniRef90_A0A015|unclassified", 3.25),
    ]
    write("humann/IBD-001_genefamilies.tsv",
        table([("# Gene Family", "IBD-001_Abundance-RPKs"), *families]))  # fmt: skip
    for kind in ("Abundance", "Coverage"):
        header = ("# Pathway", *(f"{name}_{kind}" for name in SAMPLES))
        rows = [("UNMAPPED", *counts(3)), ("PWY-101: photosynthesis light reactions", *counts(3))]
        write(f"humann/merged_path{kind.lower()}.tsv", table([header, *rows]))


def spectra() -> None:
    for path in ("run.mzML", "packed.mzML.gz"):
        file = io.BytesIO()
        with MzMLWriter(file, close=False) as out:
            out.controlled_vocabularies()
            out.file_description(["MS1 spectrum"])
            out.software_list(
                [{"id": "psims", "version": "1", "params": ["custom unreleased software tool"]}]
            )
            out.instrument_configuration_list(
                [
                    out.InstrumentConfiguration(
                        "IC1", [out.Source(1, ["electrospray ionization"])], params=["Q Exactive"]
                    )
                ]
            )
            out.data_processing_list(
                [
                    out.DataProcessing(
                        [out.ProcessingMethod(1, "psims", ["Conversion to mzML"])], id="DP1"
                    )
                ]
            )
            with (
                out.run(
                    id="run1", instrument_configuration="IC1", start_time="2026-11-23T10:00:00Z"
                ),
                out.spectrum_list(count=3),
            ):
                for number in range(3):
                    out.write_spectrum(
                        np.sort(RANDOM.random(20)) * 1000,
                        RANDOM.random(20) * 1e5,
                        id=f"scan={number + 1}",
                        params=["MS1 Spectrum", {"ms level": 1}],
                        compression="zlib" if number else "none",
                    )
        write(f"mzml/{path}", file.getvalue())


def proteins() -> None:
    write("mztab/results.mztab", """\
COM	Report of an invented search
MTD	mzTab-version	1.0.0
MTD	mzTab-mode	Summary
MTD	mzTab-type	Quantification
MTD	ms_run[1]-location	file:///D:/data/IBD-001.mzML
MTD	sample[1]-description	IBD-001
MTD	contact[1]-name	null

PRH	accession	description	protein_abundance_assay[1]
PRT	P04637	Cellular tumor antigen p53	12.5
PRT	P60484	null	3
""")  # fmt: skip
    header = [
        "Protein IDs",
        "Majority protein IDs",
        "Peptide counts (all)",
        "Protein names",
        "Gene names",
    ]
    header += [
        *(f"Experiment {name}" for name in SAMPLES),
        *(f"LFQ intensity {name}" for name in SAMPLES),
    ]
    rows = [
        (f"P{number:05d}", f"P{number:05d}", "3;1", 'Tumor protein 5" or so', symbol, *counts(6))
        for number, symbol in enumerate(SYMBOLS)
    ]
    write("maxquant/proteinGroups.txt", table([header, *rows], end="\r\n"))
    header = ["Protein.Group", "Protein.Names", "Genes", "First.Protein.Description"]
    header += [rf"D:\raw\{name}.raw" for name in SAMPLES]
    rows = [(f"P{n:05d}", f"{s}_HUMAN", s, "", *counts(3)) for n, s in enumerate(SYMBOLS)]
    rows.append(("P00009", "X_HUMAN", "X", "", "", 12.5, ""))
    write("diann/report.pg_matrix.tsv", table([header, *rows]))
    header = ["R.Condition", "R.FileName", "PG.ProteinGroups", "PG.Quantity", "EG.PrecursorId"]
    rows = [
        ("UC", name, "P04637", "1023,5", f"_PEPTIDE{n}_.2") for n in range(4) for name in SAMPLES
    ]
    write("spectronaut/IBD_spectronaut_report.tsv", table([header, *rows]))
    write("perseus/matrix.perseus.txt", """\
IBD-001	IBD-002	IBD-003	Gene names	Name
#!{Type}E	E	E	T	T
#!{C:Group}UC	UC	CD	-	-
1.5	2.25	NaN	TP53	Row 1
-0.5	1	3.75	PTEN	Row 2
""")  # fmt: skip
    header = [
        "SampleID",
        "Index",
        "OlinkID",
        "UniProt",
        "Assay",
        "MissingFreq",
        "Panel",
        "PlateID",
        "QC_Warning",
        "LOD",
        "NPX",
    ]
    rows = [
        (name, at, f"OID{20000 + n}", f"P{n:05d}", symbol, "0,1", "Inflammation", "Plate 1", "Pass", "1,5", "3,25")
        for at, name in enumerate(SAMPLES, start=1)
        for n, symbol in enumerate(SYMBOLS)
    ]  # fmt: skip
    write("olink/IBD_NPX.csv", table([header, *rows], ";"))
    wide = [
        ("Panel", *["Inflammation"] * 3),
        ("Assay", "IL8", "TNF", "IL6"),
        ("Uniprot ID", "P10145", "P01375", "P05231"),
    ]
    wide += [
        ("OlinkID", "OID20000", "OID20001", "OID20002"),
        *((name, 1.5, 2.25, 3) for name in SAMPLES),
    ]
    write("olink/wide_NPX.csv", table(wide, ","))


def expression() -> None:
    def rows(columns: int) -> list[tuple[object, ...]]:
        return [(gene, *counts(columns)) for gene in GENES]

    salmon = [("Name", "Length", "EffectiveLength", "TPM", "NumReads"), *rows(4)]
    write("expression_table/quant.sf", table(salmon))
    star = [
        (name, *counts(3))
        for name in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
    ]
    write("expression_table/IBD-001ReadsPerGene.out.tab", table([*star, *rows(3)]))
    gct = f"#1.2\n{len(GENES)}\t{len(SAMPLES)}\n" + table([("Name", "Description", *SAMPLES)])
    gct += table((gene, symbol, *counts(3)) for gene, symbol in zip(GENES, SYMBOLS, strict=True))
    write("expression_table/study.gct", gct)
    write("expression_table/study.gene_counts.tsv.gz", table([("gene_id", *SAMPLES), *rows(3)]))
    written_by_r = table([[f'"{name}"' for name in SAMPLES]])
    written_by_r += table((f'"{gene}"', *counts(3)) for gene in GENES)
    write("expression_table/from_r.gene_counts.tsv", "\ufeff" + written_by_r)
    header = (
        "Geneid",
        "Chr",
        "Start",
        "End",
        "Strand",
        "Length",
        *(f"bam/{n}.sorted.bam" for n in SAMPLES),
    )
    features = [(gene, "chr1;chr1", "1;5", "3;9", "+;+", 8, *counts(3)) for gene in GENES]
    comment = '# Program:featureCounts v2.0.6; Command:"featureCounts" "-a" "genes.gtf"\n'
    write("expression_table/study.featureCounts.txt", comment + table([header, *features]))


def others() -> None:
    metrics = 'Estimated Number of Cells,Mean Reads per Cell,Number of Reads,Valid Barcodes\n"1,222","50,223","61,372,506",97.4%\n'
    write("cellranger_metrics/metrics_summary.csv", metrics)
    frame = pa.table(
        {
            "Run": SAMPLES * 20,
            "Precursor.Id": [f"PEP{n}" for n in range(60)],
            "Protein.Group": ["P04637"] * 60,
            "Quantity": RANDOM.random(60),
        }
    )
    file = io.BytesIO()
    pq.write_table(frame, file, compression="none", write_page_checksum=True, row_group_size=25)
    write("parquet/report.parquet", file.getvalue())


if __name__ == "__main__":
    biom_tables()
    artifact()
    kraken()
    profiles()
    spectra()
    proteins()
    expression()
    others()
