"""Files against the clinic on a running platform: a swapped sample is found and told."""

from running_platform import INBOX, Platform, Run
from tables import OF_FILES

TABLE = "omics.file_consistency"
STEPS = ["omics/file", *(table.replace(".", "/") for table in sorted({*OF_FILES, TABLE}))]
_PEOPLE = """
    select distinct on (sex) sample.sample_id, sex
    from core.gidamps__sample sample join core.gidamps__participant using (study_id)
    where sample.sample_type = 'paxgene_rna' and sex is not null
    order by sex, sample.sample_id
"""
XIST, OF_Y = (700, 1), (0, 400)
SHOWN = {"female": XIST, "male": OF_Y}


def delivered(platform: Platform, shown: dict[str, tuple[int, int]]) -> Run:
    """Let counts arrive of samples that show XIST or genes of Y, and compare them."""
    for sample, (xist, of_y) in shown.items():
        genes = {"ENSG00000075624": 90, "ENSG00000229807": xist, "ENSG00000129824": of_y,
                 "ENSG00000067048": of_y, "ENSG00000111640": 80}  # fmt: skip
        rows = "".join(f"{gene}\t{count}\n" for gene, count in genes.items())
        platform.put(INBOX / f"rnaseq/{sample}.htseq.txt", rows.encode())
    return platform.run(*STEPS)


def test_a_swapped_sample_is_found_and_its_mend_is_seen(platform: Platform) -> None:
    people = dict(platform.ask(_PEOPLE))
    assert set(people.values()) == {"female", "male"}
    swapped = dict(zip(people, reversed([SHOWN[sex] for sex in people.values()]), strict=True))
    check = delivered(platform, swapped).check("recorded_sex_agrees", TABLE)
    assert not check.passed
    assert not check.blocking
    told = str(check.metadata["files"].value)
    assert all(f"| {sample} | rnaseq/{sample}.htseq.txt | {sex} |" in told
               for sample, sex in people.items())  # fmt: skip
    assert "XIST 700, genes of Y 2" in told
    assert "swapped" in str(check.metadata["to_mend"].value)
    mended = delivered(platform, {sample: SHOWN[sex] for sample, sex in people.items()})
    check = mended.check("recorded_sex_agrees", TABLE)
    assert check.passed
    assert check.metadata["agree"].value == len(people)
    assert mended.check("references_agree", TABLE).passed


def test_a_file_on_another_reference_than_its_fellows_is_told(platform: Platform) -> None:
    ((sample, _), *_) = platform.ask(_PEOPLE)
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    text = f"##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n{columns}\t{sample}\n"
    platform.put(INBOX / f"genotypes/{sample}.vcf", text.encode())
    check = platform.run(*STEPS).check("references_agree", TABLE)
    assert not check.passed
    assert f"| {sample} | genotypes/{sample}.vcf |" in str(check.metadata["files"].value)
