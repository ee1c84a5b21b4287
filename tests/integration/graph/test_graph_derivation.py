"""What files were made from, and lists by SHA-512, on a running platform."""

import hashlib

from running_platform import INBOX, Platform

LINKED = tuple(f"omics/file_{each}" for each in ("sample", "unlinked", "set", "derivation"))
MADE = ("omics/file", "omics/file_digest", *LINKED)
HEADER = "##fileformat=VCFv4.2\n##contig=<ID=1>\n"
VARIANTS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
SOURCE = (HEADER + VARIANTS).encode()
COMMAND = "##bcftools_viewCommand=view -Oz -o kept.vcf /scratch/source.vcf; Date=Mon\n"
DERIVED = (HEADER + COMMAND + VARIANTS).encode()


def test_a_file_is_known_by_what_it_was_made_from_until_that_changes(platform: Platform) -> None:
    platform.put(INBOX / "genotypes/source.vcf", SOURCE)
    platform.put(INBOX / "genotypes/kept.vcf", DERIVED)
    run = platform.run(*MADE)
    assert run.succeeded
    rows = platform.ask(
        "select path, from_path, rule, evidence, from_sha256 from omics.file_derivation"
        " where path = 'genotypes/kept.vcf' and _valid_to is null"
    )
    source = hashlib.sha256(SOURCE).hexdigest()
    assert rows == [
        ("genotypes/kept.vcf", "genotypes/source.vcf", "named in the header", "header", source)
    ]
    described = platform.ask("select description from omics.file where path = 'genotypes/kept.vcf'")
    assert "scratch" not in str(described)
    assert run.check("inputs_are_current", "omics.file_derivation").passed

    platform.put(INBOX / "genotypes/source.vcf", SOURCE.replace(b"A\tC", b"A\tG"))
    check = platform.run(*MADE).check("inputs_are_current", "omics.file_derivation")
    assert not check.passed
    assert "genotypes/kept.vcf | genotypes/source.vcf | another content" in str(
        check.metadata["files"].value
    )
    listed = platform.ask(str(check.metadata["list_them"].value))
    assert [row[:2] for row in listed] == [("genotypes/kept.vcf", "genotypes/source.vcf")]


def test_a_list_by_sha512_is_compared_and_each_content_read_once(platform: Platform) -> None:
    platform.put(INBOX / "genotypes/a.vcf", SOURCE)
    platform.put(INBOX / "genotypes/b.vcf", DERIVED)
    sums = {name: hashlib.sha512(text).hexdigest() for name, text in
            (("a.vcf", SOURCE), ("b.vcf", b"another"))}  # fmt: skip
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    platform.put(INBOX / "genotypes/list.sha512", text.encode())
    late = platform.run(*MADE, omics__file_digest={"gigabytes": 0.0})
    assert late.told("omics.file_digest", "left_for_the_next_runs") == "1"
    assert not late.check("every_listed_file_is_read", "omics.file_digest").passed
    before = late.check("checksums_agree", "omics.file_set").metadata
    assert before["not_compared"].value == 1

    run = platform.run("omics/file_digest", *LINKED)
    check = run.check("checksums_agree", "omics.file_set")
    assert check.metadata["not_compared"].value == 0
    assert "| genotypes/list.sha512 | genotypes/b.vcf |" in str(check.metadata["files"].value)
    assert platform.ask("select reason from omics.file_unlinked where path = 'genotypes/b.vcf'"
                        " and _valid_to is null") == [
        ("its checksum is not the one that was listed",)
    ]  # fmt: skip
    again = platform.run("omics/file_digest")
    assert again.told("omics.file_digest", "contents_read") == "0"
    assert platform.outcomes(again) == {"omics.file_digest": "unchanged"}
