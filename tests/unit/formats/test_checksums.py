"""Every dialect in which tools write checksums, and what is none."""

import contextlib
import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, formats, identify, read_head
from omics_orchestrator.formats._checksum import Checksum
from omics_orchestrator.formats._checksum_list import (
    listed,
    listed_in_sheet,
    looks_like_checksums,
)

MD5 = "69c903251902c1e0b75331f70e531012"
SHA1, SHA256, SHA512 = MD5 + "00000000", MD5 * 2, MD5 * 4


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (f"{MD5}  a.gz\n", "", ("md5", MD5, "a.gz")),
        (f"{MD5} *./sub/../a b.gz\n", "", ("md5", MD5, "./sub/../a b.gz")),
        (f"{MD5}\ta.gz\r\n", "", ("md5", MD5, "a.gz")),
        (f"{MD5.upper()}", "a.gz.md5", ("md5", MD5, None)),
        (f"{MD5}  -\n", "", ("md5", MD5, None)),
        (f"\\{MD5}  a\\nb\\\\c\n", "", ("md5", MD5, "a\nb\\c")),
        (f"MD5 (a (1).gz) = {MD5}\n", "", ("md5", MD5, "a (1).gz")),
        (f"MD5(a.gz)= {MD5}\n", "", ("md5", MD5, "a.gz")),
        (f"SHA2-256(a.gz)= {SHA256}\n", "", ("sha256", SHA256, "a.gz")),
        (f"SHA512 (a) = {SHA512}", "", ("sha512", SHA512, "a")),
        (f"BLAKE2b (a) = {SHA512}", "", ("blake2b", SHA512, "a")),
        (f"{SHA512}  a", "x.b2sum", ("blake2b", SHA512, "a")),
        (f"{SHA256}  a", "x.b3", ("blake3", SHA256, "a")),
        (f"{SHA1} *a", "", ("sha1", SHA1, "a")),
        (f"a.gz\t{MD5}\n", "", ("md5", MD5, "a.gz")),
        (f"a b.gz {MD5}\n", "", ("md5", MD5, "a b.gz")),
        (f"# by the sequencing centre\n\n{MD5}  a\n", "", ("md5", MD5, "a")),
        (f"md5\tfile\n{MD5}\ta\n", "", ("md5", MD5, "a")),
        (f"MD5 hash of C:\\x\\a.gz:\n{MD5}\nCertUtil: done.\n", "", ("md5", MD5, "C:\\x\\a.gz")),
        (f"SHA256 hash of file a.gz:\n{' '.join([MD5] * 2)}\n", "", ("sha256", SHA256, "a.gz")),
        ("; made\na b.gz 0A1B2C3D\n", "x.sfv", ("crc32", "0a1b2c3d", "a b.gz")),
        (f"{MD5} a.gz\n", "", ("md5", MD5, "a.gz")),
        (f"{MD5} User.gz\n", "", ("md5", MD5, "User.gz")),
        (f"{SHA1} Ua.gz\n", "", ("sha1 of text or bits", SHA1, "a.gz")),
        (f"{SHA256} ^a.gz\n", "", ("sha256 of text or bits", SHA256, "a.gz")),
        (f"SHA3-256(a)= {SHA256}\n", "", ("sha3256", SHA256, "a")),
        (f"RIPEMD-160(a)= {SHA1}\n", "", ("ripemd160", SHA1, "a")),
        (f"BLAKE2b-256 (a) = {SHA256}\n", "", ("blake2b256", SHA256, "a")),
        (f"BLAKE2B-512(a)= {SHA512}\n", "", ("blake2b", SHA512, "a")),
        (f"{SHA256}  a\n", "x.b2sum", ("blake2b256", SHA256, "a")),
        (f"{SHA512}  a\n", "a.sha3-512", ("sha3512", SHA512, "a")),
        (f"             UNSUPPORTED  b.gz\n{MD5}  a.gz\n", "", ("md5", MD5, "a.gz")),
        (
            (
                f"\r\nAlgorithm       Hash             Path\r\n---------       ----             ----\r\n"
                f"SHA256          {SHA256.upper()}             C:\\d\\a b.gz\r\n\r\n"
            ),
            "",
            ("sha256", SHA256, "C:\\d\\a b.gz"),
        ),
        (
            f"\r\nAlgorithm : SHA1\r\nHash      : {SHA1.upper()}\r\nPath      : C:\\d\\a.gz\r\n",
            "",
            ("sha1", SHA1, "C:\\d\\a.gz"),
        ),
        (
            f'"Algorithm","Hash","Path"\r\n"MD5","{MD5.upper()}","C:\\a"\r\n',
            "",
            ("md5", MD5, "C:\\a"),
        ),
        (f'#TYPE x\n"Hash","Path"\n"{MD5}","a,b"\n', "", ("md5", MD5, "a,b")),
        (f"file name\tfile checksum\na.gz\t{MD5}\n", "", ("md5", MD5, "a.gz")),
        (f"file name\tfile type\tfile checksum\na.gz\tfastq\t{MD5}\n", "", ("md5", MD5, "a.gz")),
        (f"id\tfilename\tmd5\tsize\tstate\nx\ta.bam\t{MD5}\t3\tok\n", "", ("md5", MD5, "a.bam")),
        (f'filename,size,SHA-512\n"a, b",3,{SHA512}\n', "", ("sha512", SHA512, "a, b")),
    ],
)
def test_each_dialect_is_read(text: str, name: str, expected: tuple[str, str, str | None]) -> None:
    for written in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        assert listed(written, name) == [Checksum(*expected)]
    found = identify(name, io.BytesIO(text.encode()))
    assert found is formats()["checksums"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it lists no checksum"),
        (f"{MD5}  a\nsomething\n", "line 2 is no checksum"),
        (f"{MD5}  a\n{MD5[:-1]}\n", "line 2 is no checksum"),
        (f"SHA256 (a) = {MD5}\n", "line 1 is no checksum"),
        (f"{MD5[:-1]}g  a\n", "line 1 is no checksum"),
    ],
)
def test_each_fault_is_named(text: str, fault: str) -> None:
    with pytest.raises(DamagedFileError, match=fault):
        listed(text.encode(), "")
    assert formats()["checksums"].validate(io.BytesIO(text.encode())).fault == fault


def test_one_file_with_two_checksums_is_a_fault() -> None:
    text = f"{MD5}  a\n{MD5[::-1]}  a\n".encode()
    fault = formats()["checksums"].validate(io.BytesIO(text)).fault
    assert fault == "it names a file twice, with two checksums"
    twice = f"{MD5}  a\n{MD5}  a\n{SHA256}  a\n".encode()
    assert formats()["checksums"].validate(io.BytesIO(twice)).fault is None


@pytest.mark.parametrize(
    "text", ["sample\tvalue\nS1\t5\n", "deadbeef\n", f"{MD5}\0", f"sample,md5,n\nS1,{MD5},5\n", ""]
)
def test_other_text_is_no_list(text: str) -> None:
    assert not formats()["checksums"].sniff(read_head("list.txt", io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            (
                "run_accession\tsample_alias\tfastq_bytes\tfastq_md5\tfastq_ftp\n"
                f"E1\tS1\t1;2\t{MD5};{MD5[::-1]}\tftp.sra/E1_1.fq.gz;ftp.sra/E1_2.fq.gz\n"
            ),
            [("ftp.sra/E1_1.fq.gz", MD5), ("ftp.sra/E1_2.fq.gz", MD5[::-1])],
        ),
        (
            (
                "sample,fastq_1,fastq_2,md5_1,md5_2\n"
                f"S1,a_1.fq.gz,a_2.fq.gz,{MD5},{MD5[::-1]}\nS2,b_1.fq.gz,,{MD5},\n"
            ),
            [("a_1.fq.gz", MD5), ("a_2.fq.gz", MD5[::-1]), ("b_1.fq.gz", MD5)],
        ),
        (f"sample,fastq_1,fastq_2,md5\nS1,a,b,{MD5}\n", []),
        ("sample,fastq_1,md5_1\nS1,a,none\n", []),
        (f"alias\tfile_name\tfile_checksum\nR1\ta.bam\t{MD5}\n", [("a.bam", MD5)]),
    ],
)
def test_checksums_in_sample_sheets_are_read_and_they_stay_sheets(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = listed_in_sheet(text.encode(), "sheet")
    assert [(entry.path, entry.digest) for entry in found] == expected
    sniffed = identify("sheet", io.BytesIO(text.encode()))
    assert sniffed is formats()["samplesheet"]


@given(
    st.text(alphabet=f"md5,\t;\"'file_checksum Hash#\r\n\x00:()=*{MD5[:6]}", max_size=200),
    st.sampled_from(["", "file,md5\n", "Algorithm : MD5\nHash : ", "file\tsha1\tfile\n"]),
)
def test_no_text_stops_the_reading_of_lists(text: str, head: str) -> None:
    written = (head + text).encode()
    if formats()["checksums"].sniff(read_head("list", io.BytesIO(written))):
        assert looks_like_checksums(written, "list")
    listed_in_sheet(written, "list")
    with contextlib.suppress(DamagedFileError):
        assert listed(written, "list")


def test_a_list_under_headings_may_have_comments_and_a_table_quotes() -> None:
    commented = f"md5,file\n{MD5},a.gz\n# from the second centre\n{MD5},b.gz\n".encode()
    assert [entry.path for entry in listed(commented, "")] == ["a.gz", "b.gz"]
    quoted = f'md5,file\n{MD5},"a, b.gz"\n'.encode()
    assert [entry.path for entry in listed(quoted, "")] == ["a, b.gz"]


def test_columns_without_a_name_disturb_no_table() -> None:
    text = f"file name\tfile checksum\t\t\na.gz\t{MD5}\t\tx\n".encode()
    assert listed(text, "") == [Checksum("md5", MD5, "a.gz")]


def test_a_table_whose_cell_is_no_checksum_is_named_with_its_line() -> None:
    text = f"file\tmd5\na\t{MD5}\nb\tgone\n".encode()
    with pytest.raises(DamagedFileError, match="line 3 is no checksum"):
        listed(text, "")


@pytest.mark.parametrize("tool", ["md5sum", "sha1sum", "sha256sum", "sha512sum", "b2sum"])
@pytest.mark.parametrize("tag", [False, True])
@settings(max_examples=15)
@given(
    names=st.sets(
        st.from_regex(r"[a-z(*][a-z (*]{0,5}[a-z\\]\n?", fullmatch=True), min_size=1, max_size=3
    )
)
def test_lists_of_the_system_are_read(
    tmp_path_factory: pytest.TempPathFactory, tool: str, tag: bool, names: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("sums")
    for name in names:
        (folder / name).write_text(name)
    command = [tool, *(["--tag"] if tag else []), "--", *sorted(names)]
    text = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    found = {entry.path: entry.digest for entry in listed(text, f"x.{tool}")}
    algorithm = tool.removesuffix("sum").replace("b2", "blake2b")
    assert found == {
        name: hashlib.new(algorithm, (folder / name).read_bytes()).hexdigest() for name in names
    }


def test_real_lists_are_read(shared: Path) -> None:
    place = shared / "fixtures" / "omics" / "bad" / "checksums"
    paths = {
        entry.path for path in place.iterdir() for entry in listed(path.read_bytes(), path.name)
    }
    assert paths == {
        "reads_R1.fastq.gz", "wrong.fastq.gz", "./sub/../reads_R1.fastq.gz",
        "missing_file.fastq.gz", None,
    }  # fmt: skip
