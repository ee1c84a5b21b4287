"""Every dialect in which tools write checksums, and what is none."""

import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, formats, identify, read_head
from omics_orchestrator.formats._checksum_list import Checksum, listed

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
