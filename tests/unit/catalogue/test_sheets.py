"""What manifests and sample sheets say of files, in the ways that people write them."""

import pytest

from tests.unit.catalogue.registered import collection, file, links, reasons, register, tied

MANIFEST = {"file": "*manifest.csv", "sample": "tube", "path": "file"}
ILLUMINA_SHEET = """[Header]
FileFormatVersion,2
[BCLConvert_Data]
Lane,Sample_ID,Sample_Name,index
1,S-1,plate A1,ACGTACGT
1,S-2,A2,TTTTCCCC
"""
NF_CORE = """sample,fastq_1,fastq_2,strandedness
S-1,/far/away/A_R1.fastq.gz,/far/away/A_R2.fastq.gz,auto
S-2,reads/B_R1.fastq.gz,,auto
"""


@pytest.mark.parametrize(
    "text",
    [
        "tube,file\nS-1,a.raw\n",
        "tube;file\nS-1;a.raw\n",
        "tube\tfile\tnote\nS-1\ta.raw\tx,y\n",
        '\ufefftube,file\r\n" S-1 ",./sub/../a.raw\r\n',
        "tube,file\nS-1,run/a.raw\n",
        "tube,file\nS-1,C:\\data\\a.raw\n",
        "file,tube\na.raw,S-1\n,\n",
    ],
)
def test_a_manifest_links_the_files_that_it_names(text: str) -> None:
    files = register("run/a.raw", "run/manifest.csv", "other/b.raw")
    found = tied(files, "S-1", texts={"run/manifest.csv": text}, manifests=[MANIFEST])
    assert found.links.select("path", "sample_id", "rule", "evidence").rows() == [
        ("run/a.raw", "S-1", "manifest *manifest.csv", "line 2 of run/manifest.csv")
    ]
    assert reasons(found) == {"other/b.raw": "no name found"}


def test_a_manifest_of_another_encoding_is_read() -> None:
    files = register("a.raw", "manifest.csv", "sheet_manifest.csv")
    texts = {
        "manifest.csv": "tube,file,né\nS-1,a.raw,é\n".encode("cp1252"),
        "sheet_manifest.csv": "tube,file\nS-1,a.raw\n".encode("utf-16"),
    }
    assert links(tied(files, "S-1", texts=texts, manifests=[MANIFEST])) == [("a.raw", "S-1")]


def test_a_bare_name_that_two_files_have_means_the_one_below_the_manifest() -> None:
    files = register("one/x/a.raw", "two/a.raw", "one/manifest.csv", "manifest.csv")
    text = "tube,file\nS-1,a.raw\n"
    below = tied(files, "S-1", texts={"one/manifest.csv": text}, manifests=[MANIFEST])
    assert links(below) == [("one/x/a.raw", "S-1")]
    either = tied(files, "S-1", texts={"manifest.csv": text}, manifests=[MANIFEST])
    assert links(either) == []
    assert either.absent.rows() == [("lab", "manifest.csv", "a.raw")]


def test_a_folder_in_a_manifest_means_the_files_below_it() -> None:
    files = register("run/A1/x.raw", "run/A1/b/y.raw", "run/A10/z.raw", "run/manifest.csv")
    text = {"run/manifest.csv": "tube,file\nS-1,A1/\nS-2,A2\n"}
    found = tied(files, "S-1", "S-2", texts=text, manifests=[MANIFEST])
    assert links(found) == [("run/A1/b/y.raw", "S-1"), ("run/A1/x.raw", "S-1")]
    assert found.absent["expected"].to_list() == ["run/A2"]


def test_a_manifest_may_name_several_samples_of_one_file() -> None:
    files = register("pool.raw", "manifest.csv")
    text = "tube,file\nS-1,pool.raw\nS-2,pool.raw\n"
    found = tied(files, "S-1", "S-2", texts={"manifest.csv": text}, manifests=[MANIFEST])
    assert links(found) == [("pool.raw", "S-1"), ("pool.raw", "S-2")]


def test_a_manifest_without_its_column_is_told_and_stops_nothing_else() -> None:
    files = register("S-1.vcf", "manifest.csv")
    text = {"manifest.csv": "sample,file\nS-1,S-1.vcf\n"}
    found = tied(files, "S-1", texts=text, manifests=[MANIFEST])
    assert links(found) == [("S-1.vcf", "S-1")]
    assert found.problems == [
        "manifest.csv: it has no column 'tube'; correct `manifests` in the collection, or the file"
    ]


def test_sheets_that_name_different_people_link_to_nobody() -> None:
    files = register("a.raw", "a_manifest.csv", "b_manifest.csv")
    texts = {
        "a_manifest.csv": "tube,file\nS-1,a.raw\n",
        "b_manifest.csv": "tube,file\nS-2,a.raw\n",
    }
    found = tied(files, "S-1", "S-2", texts=texts, manifests=[MANIFEST])
    assert links(found) == []
    assert reasons(found) == {"a.raw": "sheets disagree"}
    same_person = tied(files, "S-1", "S-2 of P-1", texts=texts, manifests=[MANIFEST])
    assert links(same_person) == [("a.raw", "S-1"), ("a.raw", "S-2")]


def test_a_manifest_and_a_path_that_name_different_people_link_to_nobody() -> None:
    files = register("S-2.vcf", "manifest.csv")
    text = {"manifest.csv": "tube,file\nS-1,S-2.vcf\n"}
    found = tied(files, "S-1", "S-2", texts=text, manifests=[MANIFEST])
    assert reasons(found) == {"S-2.vcf": "sheet and path disagree"}


def test_a_laboratorys_own_name_in_the_path_contradicts_no_manifest() -> None:
    files = register("S-77.vcf", "manifest.csv")
    text = {"manifest.csv": "tube,file\nS-1,S-77.vcf\n"}
    found = tied(files, "S-1", texts=text, manifests=[MANIFEST])
    assert links(found) == [("S-77.vcf", "S-1")]


@pytest.mark.parametrize("name", ["S-1", "plate_A1", "Plate-A1"])
def test_an_illumina_sheet_links_reads_that_begin_with_its_samples_name(name: str) -> None:
    reads = f"run/out/{name}_S7_L001_R1_001.fastq.gz"
    elsewhere = f"other/{name}_S7_L001_R1_001.fastq.gz"
    files = register(reads, elsewhere, "run/SampleSheet.csv")
    sheet = {"run/SampleSheet.csv": ILLUMINA_SHEET}
    found = tied(files, "S-1", texts=sheet, sample_sheets=True, sample_patterns=[])
    assert found.links.select("path", "sample_id", "rule", "evidence").rows() == [
        (reads, "S-1", "sample sheet (illumina)", "row 1 of run/SampleSheet.csv")
    ]


def test_the_number_after_s_is_an_order_and_no_sample() -> None:
    files = register("run/X_S1_L001_R1_001.fastq.gz", "run/SampleSheet.csv")
    sheet = {"run/SampleSheet.csv": ILLUMINA_SHEET}
    found = tied(files, "S-1", "S-2", texts=sheet, sample_sheets=True)
    assert links(found) == []


def test_an_id_and_a_name_of_two_people_in_one_row_link_to_neither() -> None:
    sheet = "[Data]\nSample_ID,Sample_Name\nS-1,S-2\n"
    files = register("S-2_S1_L001_R1_001.fastq.gz", "SampleSheet.csv")
    texts = {"SampleSheet.csv": sheet}
    found = tied(files, "S-1", "S-2", texts=texts, sample_sheets="Sample*.csv", sample_patterns=[])
    assert links(found) == []
    assert list(reasons(found).values()) == ["sheets disagree"]


def test_an_nf_core_sheet_links_the_reads_that_it_names() -> None:
    files = register(
        "in/A_R1.fastq.gz", "in/A_R2.fastq.gz", "reads/B_R1.fastq.gz", "pipeline/sampleSheet.csv"
    )
    sheet = {"pipeline/sampleSheet.csv": NF_CORE}
    found = tied(files, "S-1", "S-2", texts=sheet, sample_sheets=True)
    assert links(found) == [
        ("in/A_R1.fastq.gz", "S-1"),
        ("in/A_R2.fastq.gz", "S-1"),
        ("reads/B_R1.fastq.gz", "S-2"),
    ]
    assert reasons(found) == {}


def test_reads_that_a_sheet_gives_to_two_samples_are_linked_to_neither() -> None:
    files = register("A_R1.fastq.gz", "SampleSheet.csv")
    sheet = "sample,fastq_1,fastq_2\nS-1,A_R1.fastq.gz,\nS-2,A_R1.fastq.gz,\n"
    found = tied(files, "S-1", "S-2 of P-1", texts={"SampleSheet.csv": sheet}, sample_sheets=True)
    assert reasons(found) == {"A_R1.fastq.gz": "several samples"}


def test_sample_sheets_are_read_only_where_the_collection_says_so() -> None:
    files = register("in/A_R1.fastq.gz", "SampleSheet.csv")
    texts = {"SampleSheet.csv": "sample,fastq_1\nS-1,A_R1.fastq.gz\n"}
    assert links(tied(files, "S-1", texts=texts)) == []
    assert links(tied(files, "S-1", texts=texts, sample_sheets="runs/*")) == []
    assert links(tied(files, "S-1", texts=texts, sample_sheets=True)) != []


def test_what_no_longer_is_a_sheet_is_told() -> None:
    files = register("SampleSheet.csv")
    found = tied(files, texts={"SampleSheet.csv": "a,b\n1,2\n"}, sample_sheets=True)
    assert found.problems == [
        "SampleSheet.csv: it is no sample sheet; correct `sample_sheets` in the collection"
    ]


def test_a_file_of_a_collection_may_be_a_manifest_whatever_its_format() -> None:
    files = register(file("manifest.csv", format="expression_table"), "S-1.vcf")
    texts = {"manifest.csv": "tube,file\nS-1,S-1.vcf\n"}
    found = tied(files, "S-1", texts=texts, manifests=[MANIFEST])
    assert reasons(found) == {}
    assert collection().manifests == ()
