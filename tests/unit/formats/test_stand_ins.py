"""What people upload in place of a file, and files that are no such thing."""

from pathlib import Path

import pytest

from omics_orchestrator.formats import stand_in

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
S3 = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
AZURE = (
    b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><Error><Code>BlobNotFound</Code></Error>'
)
ANNEX = b"../../.git/annex/objects/zX/9k/MD5E-s12--abc.bam/MD5E-s12--abc.bam"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "it is empty"),
        (bytes(65536), "it holds nothing but zero bytes"),
        (b"\n \r\n", "it holds nothing but blanks"),
        (LFS, "it is a git LFS pointer"),
        (ANNEX, "it is a git-annex pointer"),
        (b"/annex/objects/SHA256E-s5--00.txt\n", "it is a git-annex pointer"),
        (b"outs:\n- md5: 00\n  size: 5\n  path: x.bam\n", "it is a DVC pointer"),
        (b"<!DOCTYPE html>\n<html><body>hello", "it is a web page"),
        (b"\n<!-- x --><html><form>Please sign in", "it is a page to log in"),
        (b"<HTML><title>SSO</title>password", "it is a page to log in"),
        ("<html>".encode("utf-16"), "it is a web page"),
        (S3, "it is the error of an object store"),
        (AZURE, "it is the error of an object store"),
        (b'{"error": {"code": 403}}', "it is an error in JSON"),
        (b'{"status": 404, "message": "Not Found"}', "it is an error in JSON"),
        (b"404: Not Found", "it is the text of an error"),
        (b"Request has expired\n", "it is the text of an error"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(60), "it is what macOS keeps beside"),
        (b"[InternetShortcut]\r\nURL=https://example.org\r\n", "it is a shortcut or link"),
        (b"XSym\n0012\n", "it is a shortcut or link"),
        (b"PK\x05\x06" + bytes(18), "it is an archive without anything in it"),
    ],
)
def test_what_stands_in_for_a_file_is_said(raw: bytes, said: str) -> None:
    found = stand_in(raw)
    assert found is not None
    assert found.startswith(said)


@pytest.mark.parametrize(
    "raw",
    [
        b"sample,value\nS1,404\n",
        b'{"id": null, "format": "Biological Observation Matrix 1.0.0", "rows": []}',
        b'<?xml version="1.0"?><mzML><run/></mzML>',
        b"404\t12\n405\t13\n",
        b"not found in database: 12 reads\nfound: 10\n",
        b"\0" * 100 + b"x",
        b"version https\n",
        b"@r1\nACGT\n+\nIIII\n",
    ],
)
def test_a_file_of_its_own_is_none(raw: bytes) -> None:
    assert stand_in(raw) is None


def test_no_real_file_is_taken_for_a_stand_in(shared: Path) -> None:
    fixtures = shared / "fixtures" / "omics"
    taken = {
        path.relative_to(fixtures).as_posix()
        for path in fixtures.rglob("*")
        if path.is_file() and stand_in(path.read_bytes()[: 64 << 10])
    }
    assert taken == {
        "bad/empty/empty.fastq.gz",
        "bad/empty/empty.vcf.gz",
        "bad/wrong_ext/lfs_pointer.bam",
    }
