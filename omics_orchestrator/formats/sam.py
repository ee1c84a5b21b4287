"""Alignments as SAM text, plain or packed; every record's columns are checked."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._alignment_header import AlignmentHeader, parse_alignment_header
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, lines, refuse_without_end
from omics_orchestrator.formats._text_end import last_lines

_HEADER = re.compile(rb"@(?:HD|SQ|RG|PG)\t[A-Za-z][A-Za-z0-9]:[^\n]|@CO\t")
_RECORD = re.compile(
    rb"[!-?A-~]{1,254}\t\d{1,5}\t(?:\*|[!-()+-<>-~][!-~]*)\t\d+\t\d{1,3}\t(?:\*|(?:\d+[MIDNSHP=X])+)"
    rb"\t(?:\*|=|[!-()+-<>-~][!-~]*)\t\d+\t-?\d+\t(?:\*|[A-Za-z=.]+)\t[!-~]+"
    rb"(?:\t[!-~]{2}:[ABHZfi]:[^\t]*)*"
)
_OF_THE_READ = re.compile(rb"(\d+)[MIS=X]")
_PARTS = 11
_LONGEST_HEADER = 64 << 20


def sniff(head: Head) -> bool:
    """A header line of SAM, or a first line with the eleven columns of a record."""
    if _HEADER.match(head.inflated):
        return True
    return bool(_RECORD.fullmatch(head.inflated.partition(b"\n")[0].rstrip(b"\r")))


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Reference, read groups and programs of the header, and where its first read comes from."""
    unpacked = Unpacked(stream, 1 << 20)
    header, records = _split(lines(unpacked))
    first = next(records, b"").partition(b"\t")[0].decode("utf-8", "replace")
    return {"container": unpacked.container, **header.facts(first)}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in comments, samples' names, descriptions and command lines."""
    header, _ = _split(lines(Unpacked(stream, 1 << 20)))
    return list(header.personal_fields())


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Check the first record, and the mark that ends BGZF or the last line of plain text."""
    unpacked = Unpacked(stream, 1 << 20)
    header, records = _split(lines(unpacked))
    sequences = {each.get("SN", "").encode() for each in header.sequences}
    _count(islice(records, 1), sequences)
    refuse_without_end(unpacked)
    last = last_lines(stream, 1) if unpacked.container == "plain" else []
    _count((line for line in last if not line.startswith(b"@")), sequences)
    return {"container": unpacked.container, "references": len(header.sequences)}


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check the columns of every record; count the records and those that are aligned."""
    unpacked = Unpacked(stream)
    header, records = _split(lines(unpacked))
    counted = _count(records, {each.get("SN", "").encode() for each in header.sequences})
    refuse_without_end(unpacked)
    return {**unpacked.facts(), **counted}


def _split(found: Iterator[bytes]) -> tuple[AlignmentHeader, Iterator[bytes]]:
    kept: list[bytes] = []
    size = 0
    for line in found:
        if not line.startswith(b"@"):
            return _parsed(kept), chain([line], found)
        kept.append(line.rstrip(b"\r"))
        size += len(line)
        if size > _LONGEST_HEADER:
            raise DamagedFileError("its header is longer than 64 MiB")
    return _parsed(kept), found


def _parsed(kept: Iterable[bytes]) -> AlignmentHeader:
    return parse_alignment_header(b"\n".join(kept).decode("utf-8", "replace"))


def _count(records: Iterable[bytes], sequences: set[bytes]) -> dict[str, object]:
    known = {*sequences, b"*", b"="}
    number = aligned = 0
    for number, line in enumerate(records, start=1):
        record = line.rstrip(b"\r")
        if not _RECORD.fullmatch(record):
            raise DamagedFileError(f"record {number} is not of SAM's eleven columns and tags")
        parts = record.split(b"\t", _PARTS)
        fault = _fault(parts, known if sequences else None)
        if fault:
            raise DamagedFileError(f"record {number} {fault}")
        aligned += not int(parts[1]) & 4
    return {"records": number, "aligned": aligned}


def _fault(parts: list[bytes], known: set[bytes] | None) -> str | None:
    cigar, bases, qualities = parts[5], parts[9], parts[10]
    if known and not {parts[2], parts[6]} <= known:
        return "lies on a sequence that the header does not declare"
    if bases != b"*" and qualities != b"*" and len(bases) != len(qualities):
        return "has not one quality for each base"
    length = sum(map(int, _OF_THE_READ.findall(cigar)))
    if b"*" not in (cigar, bases) and length != len(bases):
        return "has more or fewer bases than its CIGAR"
    return None


FORMAT = Format(
    name="sam",
    suffixes=(".sam", ".sam.gz"),
    modality="sequencing",
    stage="aligned",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
