"""Checksums in tables with a header: GEO's, ENA's, GDC's, nf-core's and PowerShell's among them.

A column of checksums is of the column of files with which it shares a word: `fastq_md5` is of
`fastq_ftp`, `md5_2` of `fastq_2`, and a checksum without such a word is of the only file.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from omics_orchestrator.formats._checksum import BY_DIGITS, Checksum, checksum

_WORD = re.compile(r"md5|sha\d+|crc32|blake\w+?(?=sum|$)|[a-z]+|\d+")
_ALGORITHM = re.compile(r"md5|sha\d+|crc32|blake\w+")
_CHECKSUMS = frozenset({"checksum", "hash", "digest"})
_FILES = frozenset({
    "file", "filename", "path", "filepath", "ftp", "url", "uri", "object", "fastq", "fq", "bam",
    "cram", "vcf", "bcf", "aspera", "forwardreads", "reversereads", "fastqs",
})  # fmt: skip
_BESIDE = frozenset({
    "size", "bytes", "type", "format", "method", "algorithm", "count", "date", "state", "status",
    "id", "modified",
})  # fmt: skip
# Words that tell no file from another one.
_PLAIN = frozenset({"sum", "file", "filename", "name", "path", "filepath", "ftp", "url", "uri",
                    "object", "aspera"}) | _CHECKSUMS  # fmt: skip
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SEPARATORS = "\t,;"


@dataclass(frozen=True)
class _Pair:
    """A column of checksums, the column of the files, and the algorithm where the name says it."""

    digests: str
    files: str
    algorithm: str | None


@dataclass(frozen=True)
class ChecksumTable:
    """A table with columns of files and of their checksums.

    Attributes:
        columns: all columns, as they are named.
        entries: line by line, each checksum; None for a cell that holds none.
    """

    columns: Sequence[str]
    entries: Sequence[tuple[int, Checksum | None]]


def checksum_table(text: str, name: str) -> ChecksumTable | None:
    """Read a table of checksums; None when its header names no files with their checksums."""
    lines = text.lstrip("\r\n").splitlines(keepends=True)
    before = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    header = lines[before].lower() if before < len(lines) else ""
    if not any(word in header for word in ("md5", "sha", *_CHECKSUMS)):
        return None
    separator = max(_SEPARATORS, key=header.count)
    reader = csv.DictReader(StringIO("".join(lines[before:]), newline=""), delimiter=separator)
    try:
        columns = [column.strip() for column in reader.fieldnames or ()]
        pairs = list(_pairs([column for column in columns if columns.count(column) == 1]))
        if not pairs:
            return None
        reader.fieldnames = columns
        said = next((each for each in columns if each.lower() == "algorithm"), None)
        entries = [
            (before + reader.line_num, entry)
            for row in reader
            for pair in pairs
            for entry in _entries(row, pair, said, name)
        ]
    except csv.Error:
        return None
    return ChecksumTable(columns, entries)


def _pairs(columns: Sequence[str]) -> Iterator[_Pair]:
    words = {each: _words(each) for each in columns}
    plain = [each for each in columns if not words[each] & _BESIDE]
    digests = [each for each in plain if _is_checksum(words[each])]
    files = [each for each in plain if each not in digests and words[each] & _FILES]
    for column in digests:
        mine = _telling(words[column])
        same = [each for each in files if _telling(words[each]) == mine]
        like = [each for each in files if mine and mine <= _telling(words[each])]
        alone = files if not mine and len(files) == 1 else []
        for file in (same or like or alone)[:1]:
            algorithm = next(filter(_ALGORITHM.fullmatch, sorted(words[column])), None)
            yield _Pair(column, file, algorithm)


def _entries(
    row: dict[str, str], pair: _Pair, said: str | None, name: str
) -> Iterator[Checksum | None]:
    paths = [each.strip() for each in (row.get(pair.files) or "").split(";")]
    digests = [each.strip() for each in (row.get(pair.digests) or "").split(";")]
    algorithm = pair.algorithm or (said and (row.get(said) or "").strip()) or None
    for path, digest in zip(paths, digests, strict=False):
        if path and digest:
            is_one = _HEX.fullmatch(digest) and len(digest) in BY_DIGITS
            yield checksum(digest, path, algorithm, name) if is_one else None


def _is_checksum(words: frozenset[str]) -> bool:
    return bool(words & _CHECKSUMS) or any(map(_ALGORITHM.fullmatch, words))


def _telling(words: frozenset[str]) -> frozenset[str]:
    return frozenset(each for each in words - _PLAIN if not _ALGORITHM.fullmatch(each))


def _words(column: str) -> frozenset[str]:
    joined = re.sub(r"sha[-_ ](?=\d)", "sha", column.lower())
    return frozenset(_WORD.findall(joined))
