"""The inputs that headers name: what a program read, and neither what it wrote nor who it was."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import formats, identify
from omics_orchestrator.formats._artifact_action import inputs_of_action
from omics_orchestrator.formats._inputs import inputs_fact

UUID = "0f6b2f2e-6f6c-4c1e-9d1a-6f4b1a2c3d4e"


@pytest.mark.parametrize(
    ("command", "inputs"),
    [
        ("bwa mem -t 8 ref.fa /d/R1.fastq.gz C:\\d\\R2.fastq.gz", ["R1.fastq.gz", "R2.fastq.gz"]),
        ("bwa mem r.fa a.fq | samtools sort -o b.bam -", ["a.fq"]),
        ("samtools merge -f m.bam a.bam b.bam", ["a.bam", "b.bam"]),
        ("samtools merge -o m.bam a.bam b.bam", ["a.bam", "b.bam"]),
        ("/opt/samtools markdup -r a.bam b.bam", ["a.bam"]),
        ("samtools sort a.bam", ["a.bam"]),
        ("bowtie2 -x idx -U a.fq.gz --un left.fq.gz -S b.sam", ["a.fq.gz"]),
        ("user command line: STAR --readFilesIn a.fq.gz b.fq.gz", ["a.fq.gz", "b.fq.gz"]),
        ("MarkDuplicates INPUT=[a.bam, b.bam] OUTPUT=c.bam METRICS_FILE=m.txt", ["a.bam", "b.bam"]),
        ('<ID=x,CommandLine="H --output y.g.vcf.gz --input gs://b/a.bam -R r.fasta">', ["a.bam"]),
        ('"analysis_type=H input_file=[a.cram] out=/d/b.vcf"', ["a.cram"]),
        ("whatshap phase -o out.vcf in.vcf in.bam", ["in.vcf", "in.bam"]),
        ("sniffles --input a.bam --vcf b.vcf", ["a.bam"]),
        ("bwa mem r.fa smith_jane.fq jane@x.fq CHI_0101701234.txt", []),
        ("fastp --json a.json reads notes.docx", []),
        ("", []),
    ],
)
def test_what_a_command_read_is_told_without_what_it_wrote(command: str, inputs: list[str]) -> None:
    assert inputs_fact([command]).get("inputs", []) == inputs


@given(st.text(alphabet="ab.fq =-|<>[]()\"'\\/o", max_size=60))
def test_what_is_told_is_a_base_name_of_a_known_omic_file(command: str) -> None:
    for name in inputs_fact([command]).get("inputs", []):
        assert name.endswith((".fq", ".sam", ".bam"))
        assert not set(name) & set(' ="/\\|<>')


def told(path: Path) -> object:
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        assert found is not None
        return found.describe(stream).get("inputs")


needs_tools = pytest.mark.skipif(
    not (shutil.which("samtools") and shutil.which("bcftools")),
    reason="samtools and bcftools are not here",
)


@needs_tools
def test_headers_of_samtools_tell_their_inputs(tmp_path: Path) -> None:
    (tmp_path / "a.sam").write_text("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:1\tLN:100\n")
    for command in (
        "view -b -o a.bam a.sam", "view -b -o b.bam a.sam", "merge m.bam a.bam b.bam",
        "sort -o s.bam m.bam", "view -C --no-PG -o other.cram s.bam",
    ):  # fmt: skip
        subprocess.run(["samtools", *command.split()], cwd=tmp_path, check=True)
    assert told(tmp_path / "a.sam") is None
    assert told(tmp_path / "a.bam") == ["a.sam"]
    assert told(tmp_path / "m.bam") == ["a.sam", "a.bam", "b.bam"]
    assert told(tmp_path / "s.bam") == ["a.sam", "a.bam", "b.bam", "m.bam"]
    assert told(tmp_path / "other.cram") == ["a.sam", "a.bam", "b.bam", "m.bam"]


@needs_tools
def test_headers_of_bcftools_tell_their_inputs(tmp_path: Path) -> None:
    text = "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    (tmp_path / "v.vcf").write_text(text)
    for command in (
        "view -Oz -o v.vcf.gz v.vcf", "index v.vcf.gz", "view -Ob -o w.bcf v.vcf.gz",
        "concat -o c.vcf v.vcf.gz w.bcf",
    ):  # fmt: skip
        subprocess.run(["bcftools", *command.split()], cwd=tmp_path, check=True)
    assert told(tmp_path / "v.vcf") is None
    assert told(tmp_path / "w.bcf") == ["v.vcf", "v.vcf.gz"]
    assert told(tmp_path / "c.vcf") == ["v.vcf", "v.vcf.gz", "w.bcf"]


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        (f"type: method\n  plugin: !ref 'environment:x'\n  inputs:\n  - demux: {UUID}", [UUID]),
        (f"inputs:\n  - many: !set\n    - {UUID}\n    - {UUID}\n  - none: null", [UUID]),
        (f"inputs: &all\n  - x: {UUID}\n  - again: *all", [UUID]),
        ("type: import\n  manifest:\n  - name: d/a_R1.fastq.gz\n    md5sum: x", ["a_R1.fastq.gz"]),
        ("type: import\n  manifest:\n  - name: smith_jane.fastq.gz", []),
        (f"parameters:\n  - x: {UUID}\n  inputs: []", []),
        ("inputs: [", []),
        ("inputs: *nothing", []),
    ],
)
def test_provenance_tells_the_parents(action: str, inputs: list[str]) -> None:
    assert inputs_of_action(f"execution:\n  uuid: {UUID}\naction:\n  {action}\n") == inputs


def test_a_header_with_many_inputs_is_cut_and_read_fast() -> None:
    names = " ".join(f"--input /data/{number}.g.vcf.gz" for number in range(5000))
    header = (
        f'##fileformat=VCFv4.2\n##GATKCommandLine=<ID=C,CommandLine="C {names}">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    )
    inputs = formats()["vcf"].describe(io.BytesIO(header.encode()))["inputs"]
    assert isinstance(inputs, list)
    assert len(inputs) == 1000


@pytest.mark.parametrize("word", ["--tmp" + "_-" * 50_000, "a_" * 50_000, "(" * 100_000, "=" * 9])
def test_no_command_takes_long_to_read(word: str) -> None:
    assert inputs_fact([f"{word}! a.bam"] * 3) == {"inputs": ["a.bam"]}
