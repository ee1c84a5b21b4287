"""The tables of each program, in the versions that are about, and what is none of them."""

import io

import pytest

from omics_orchestrator.formats import Head, formats, identify


def told(text: str, name: str = "x") -> tuple[str, dict[str, object]]:
    stream = io.BytesIO(text.replace("|>", "\t").encode())
    found = identify(name, stream)
    assert found is not None
    finding = found.validate(stream)
    assert finding.fault is None
    return found.name, {**found.describe(stream), **finding.facts}


ENSEMBL = "ENSG00000141510.18"
CASES = [
    ("maxquant", "protein_groups", "Protein IDs|>Majority protein IDs|>Peptide Counts (all)|>LFQ intensity A|>LFQ intensity B\nP1|>P1|>2|>3|>4\n", ["A", "B"]),
    ("maxquant", "evidence", "Sequence|>Modified sequence|>Raw file|>Experiment|>MS/MS IDs|>Protein group IDs\nAK|>_AK_|>run1|>A|>1|>2\n", ["run1"]),
    ("maxquant", "msms", "Raw file|>Scan number|>Sequence|>Modified sequence|>Evidence ID\nrun1|>1|>AK|>_AK_|>3\n", ["run1"]),
    ("maxquant", "summary", "Raw file|>Experiment|>Enzyme|>MS/MS Identified\nrun1|>A|>Trypsin/P|>9\n", ["run1"]),
    ("maxquant", "parameters", "Parameter|>Value\nVersion|>2.4\nUser name|>lab\nMachine name|>M\n", None),
    ("diann", "report", "File.Name|>Run|>Protein.Group|>Precursor.Id|>Q.Value\nD:\\a.raw|>a|>P1|>AK2|>0.01\n", ["a"]),
    ("diann", "precursors", "Protein.Group|>Protein.Ids|>Genes|>Modified.Sequence|>Precursor.Id|>/d/a.raw|>/d/b.raw\nP|>P|>G|>AK|>AK2|>1.5|>\n", ["a", "b"]),
    ("diann", "genes", "Genes|>D:\\x\\a.raw|>D:\\x\\b.raw\nTP53|>1.5|>\n", ["a", "b"]),
    ("diann", "statistics", "File.Name|>Precursors.Identified|>Proteins.Identified\na.raw|>1|>2\n", None),
    ("spectronaut", "long", "R.Condition,R.FileName,PG.Genes,PG.Quantity\nUC,run1,TP53,5\n", ["run1"]),
    ("spectronaut", "pivot", "PG.ProteinGroups|>PG.Genes|>[1] run1.raw.PG.Quantity|>[2] run2.raw.PG.Quantity\nP1|>TP53|>5|>Filtered\n", ["run1", "run2"]),
    ("perseus", "matrix", "Protein IDs|>Majority protein IDs|>Peptide counts (all)|>LFQ A\n#!{Type}T|>T|>T|>E\nP1|>P1|>2|>3\n", ["LFQ A"]),
    ("olink", "long", "SampleID;OlinkID;Assay;PCNormalizedNPX;SampleQC\nS1;OID20000;IL8;1.5;PASS\nS2;OID20000;IL8;1;PASS\n", ["S1", "S2"]),
    ("olink", "long", "SampleID,OlinkID,Assay,Quantified_value\nS1,OID20000,IL8,1.5\n", ["S1"]),
    ("metaphlan", "table", "#SampleID|>Metaphlan2_Analysis\nk__Bacteria|>100.0\nk__Bacteria|p__Firmicutes|>100\n", None),
    ("metaphlan", "table", "ID|>A|>B\nk__Bacteria|>100.0|>0\n", ["A", "B"]),
    ("metaphlan", "profile", "#mpa_vOct22_CHOCOPhlAnSGB_202212\n#SampleID|>S1\n#clade_name|>NCBI_tax_id|>relative_abundance|>additional_species\nUNCLASSIFIED|>-1|>10.5|>\nk__Bacteria|>2|>89.5|>k__Bacteria|s__x\n", ["S1"]),
    ("humann", "gene_families", "# Gene Family|>S1_Abundance-RPKs|>S2_Abundance-RPKs\nUNMAPPED|>1|>2\n", ["S1", "S2"]),
    ("humann", "path_abundance", "# Pathway|>S1_Abundance\nPWY-1: a|>1e-05\n", ["S1"]),
    ("humann", "path_coverage", "# Pathway|>S1_Coverage\nPWY-1: a|>0.5\n", ["S1"]),
    ("kraken", "report", " 50.00|>1|>1|>U|>0|>unclassified\n 50.00|>1|>1|>R|>1|>root\n", None),
    ("kraken", "report_with_minimizers", "100.00|>1|>1|>20|>15|>R|>1|>root\n", None),
    ("kraken", "output", "C|>r1|>Bacteria (taxid 2)|>150|>2:116\nU|>r2|>0|>150|>0:116\n", None),
    ("kraken", "krakenuniq_report", "# KrakenUniq v1.0 DATE:2026\n# CL: krakenuniq\n%|>reads|>taxReads|>kmers|>dup|>cov|>taxID|>rank|>taxName\n100|>1|>1|>2|>1|>NA|>1|>no rank|>root\n", None),
    ("kraken", "combined_bracken", "name|>taxonomy_id|>taxonomy_lvl|>A.bracken_num|>A.bracken_frac\nx|>1|>S|>5|>0.5\n", ["A"]),
    ("expression_table", "salmon", f"Name|>Length|>EffectiveLength|>TPM|>NumReads\n{ENSEMBL}|>9|>8.5|>1|>2\n", None),
    ("expression_table", "kallisto", f"target_id|>length|>eff_length|>est_counts|>tpm\n{ENSEMBL}|>9|>8|>1|>2\n", None),
    ("expression_table", "rsem", f"gene_id|>transcript_id(s)|>length|>effective_length|>expected_count|>TPM|>FPKM\n{ENSEMBL}|>a,b|>9|>8|>1|>2|>3\n", None),
    ("expression_table", "stringtie", f"Gene ID|>Gene Name|>Reference|>Strand|>Start|>End|>Coverage|>FPKM|>TPM\n{ENSEMBL}|>TP53|>17|>+|>1|>2|>1.5|>2|>3\n", None),
    ("expression_table", "htseq", f"{ENSEMBL}|>5\nENSG00000171862|>0\n__no_feature|>9\n", None),
    ("expression_table", "otu", "# Constructed from biom file\n#OTU ID|>A|>B|>taxonomy\nOTU1|>1.0|>0.0|>k__Bacteria; p__x\n", ["A", "B"]),
    ("expression_table", "matrix", f"gene_id|>gene_name|>A|>B\n{ENSEMBL}|>TP53|>1.5|>2\n", ["A", "B"]),
    ("expression_table", "matrix", ",A,B\nENSG00000141510,1,2\n", ["A", "B"]),
    ("expression_table", "matrix", f"Geneid|>Length|>A.bam|>B.bam\n{ENSEMBL}|>10|>1|>2\n", ["A", "B"]),
    ("expression_table", "featurecounts", "# Program:featureCounts v2\nGeneid|>Chr|>Start|>End|>Strand|>Length|>star/S1/Aligned.out.bam|>star/S2/Aligned.out.bam\nG1|>1|>1|>2|>+|>2|>5|>6\n", ["S1", "S2"]),
    ("expression_table", "featurecounts", "Geneid|>Chr|>Start|>End|>Strand|>Length|>a/S1.sorted.bam|>b/S2_Aligned.sortedByCoord.out.bam\nG1|>1|>1|>2|>+|>2|>5|>6\n", ["S1", "S2"]),
    ("expression_table", "featurecounts", "Geneid|>Chr|>Start|>End|>Strand|>Length|>gene_name|>S1.bam|>S2.bam\nG1|>1|>1|>2|>+|>2|>TP53|>5|>6\n", ["S1", "S2"]),
    ("expression_table", "matrix", f"# made with\tsomething\ngene_id|>A|>B\n{ENSEMBL}|>1|>2\n", ["A", "B"]),
    ("cellranger_metrics", "multi", "Category,Library Type,Grouped By,Group Name,Metric Name,Metric Value\nCells,Gene Expression,,,Cells,\"1,222\"\n", None),
    ("cellranger_metrics", "arc", "Sample ID,Genome,Pipeline version,Estimated number of cells\nS1,GRCh38,2.0,2711\n", ["S1"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("format_name", "dialect", "text", "samples"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_the_table_of_a_program_is_told_by_its_columns(
    format_name: str, dialect: str, text: str, samples: list[str] | None
) -> None:
    found, facts = told(text)
    assert (found, facts["dialect"]) == (format_name, dialect)
    assert facts.get("samples") == samples


@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_no_two_formats_claim_a_table(case: tuple[str, str, str, object]) -> None:
    content = case[2].replace("|>", "\t").encode()
    names = {format_name for format_name, *_ in CASES}
    found = [name for name in sorted(names) if _claims(name, content)]
    assert found == [case[0]]


def _claims(name: str, content: bytes) -> bool:
    return formats()[name].sniff(Head("x", content, content))


@pytest.mark.parametrize(
    "text",
    [
        "patient,age,crp\nIBD-001,31,5\n",
        "id,age,crp\n1,31,5\n2,40,7\n",
        "name,age\nAnna,31\n",
        "sample\tfastq_1\tfastq_2\nS1\ta.fq.gz\tb.fq.gz\n",
        "gene_id\tgene_name\nENSG00000141510\tTP53\n",
        "gene\tbaseMean\tlog2FoldChange\tlfcSE\tstat\tpvalue\tpadj\nTP53\t1\t2\t3\t4\t5\t6\n",
        "chr1\t100\t200\nchr1\t300\t400\n",
        "chr1\tHAVANA\tgene\t11869\t14409\t.\t+\t.\tgene_id ENSG1\n",
        "1 2 3\n4 5 6\n",
        "<html><body>Sign in, please</body></html>",
        '{"a": 1, "b": 2}',
        "Dear all, the files are on the server.\nBest wishes\n",
        "#CHROM\tPOS\tID\nchr1\t1\t.\n",
        "gene_id",
    ],
)
def test_a_table_of_something_else_is_none_of_ours(text: str) -> None:
    names = {format_name for format_name, *_ in CASES}
    assert not [name for name in names if _claims(name, text.encode())]


GCT = "#1.2\n2\t2\nName\tDescription\tA\tB\nENSG00000141510\tTP53\t1\t2\nENSG00000171862\tPTEN\t3\t4\n"


def test_a_gct_says_how_many_rows_it_holds() -> None:
    assert told(GCT)[1]["samples"] == ["A", "B"]
    cut = "".join(GCT.splitlines(keepends=True)[:-1])
    finding = formats()["expression_table"].validate(io.BytesIO(cut.encode()))
    assert finding.fault == "it holds 1 rows where its header says 2"


REPORT = """\
 20.00|>20|>20|>U|>0|>unclassified
 80.00|>80|>5|>R|>1|>root
 75.00|>75|>10|>D|>2|>  Bacteria
 50.00|>50|>20|>P|>976|>    Bacteroidota
 30.00|>30|>30|>G|>816|>      Bacteroides
 15.00|>15|>15|>P|>1239|>    Bacillota
""".replace("|>", "\t")


def validated(report: str) -> str | None:
    return formats()["kraken"].validate(io.BytesIO(report.encode())).fault


@pytest.mark.parametrize("rows", range(2, 6))
def test_a_kraken_report_that_is_cut_between_rows_is_found(rows: int) -> None:
    cut = "".join(REPORT.splitlines(keepends=True)[:rows])
    assert validated(cut) == "its clades hold fewer reads than it says, so it is cut"
    assert validated(REPORT) is None


def test_a_kraken_report_that_somebody_filtered_is_no_damage() -> None:
    lines = REPORT.splitlines(keepends=True)
    assert validated("".join(lines[:4] + lines[5:])) is None


@pytest.mark.parametrize(
    ("user", "expected"), [("aexample", ["parameter User name"]), ("", []), ("anonymous", [])]
)
def test_the_user_of_a_maxquant_run_is_a_person(user: str, expected: list[str]) -> None:
    text = f"Parameter\tValue\nVersion\t2.4\nUser name\t{user}\n"
    assert list(formats()["maxquant"].personal_fields(io.BytesIO(text.encode()))) == expected


def test_metrics_are_numbers_without_their_separators() -> None:
    text = 'Estimated Number of Cells,Number of Reads,Valid Barcodes,Chemistry\n"1,222","61,372,506",97.4%,SC3Pv3\n'
    assert told(text)[1]["metrics"] == {
        "Estimated Number of Cells": 1222,
        "Number of Reads": 61372506,
        "Valid Barcodes": 97.4,
        "Chemistry": "SC3Pv3",
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ENSG00000141510.18", "ensembl"),
        ("ENSMUSG00000064341", "ensembl"),
        ("FBgn0000014", "ensembl"),
        ("YAL001C", "ensembl"),
        ("NM_000546.6", "refseq"),
        ("P04637", "uniprot"),
        ("A0A024R4E5;C9J5E5", "uniprot"),
        ("hsa-miR-21-5p", "mirbase"),
        ("7157", "entrez"),
        ("TP53", "symbol"),
        ("HLA-DRB1", "symbol"),
        ("C9orf72", "symbol"),
    ],
)
def test_the_kind_of_identifiers_is_said(name: str, kind: str) -> None:
    _, facts = told(f"gene_id\tA\tB\n{name}\t1\t2\n")
    assert facts["ids"] == kind
