"""Variants as VCF text, plain, gzip or BGZF; every record's columns are checked."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, lines, refuse_without_end
from omics_orchestrator.formats._sex_chromosomes import GenotypesOnChromosomes
from omics_orchestrator.formats._text_end import last_lines
from omics_orchestrator.formats._variant_header import MAGIC, VariantHeader, parse_header

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_PLACE = 12
_Readers = Mapping[bytes, Callable[[int, bytes], None]]
_NOBODY: _Readers = {}
_REFERENCE_BASES = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv."


def sniff(head: Head) -> bool:
    """The words every VCF begins with, even behind a byte order mark."""
    return head.inflated.removeprefix(_BYTE_ORDER_MARK).startswith(MAGIC)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Version, sample names, number of contigs, reference and container."""
    unpacked = Unpacked(stream, 1 << 20)
    header, _ = _split(lines(unpacked))
    spelt = {"line_ends": "CR LF"} if _ends_in_cr_lf(header) else {}
    return {"container": unpacked.container, **_parsed(header).facts(), **spelt}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in samples' names and in lines that describe samples or hold commands."""
    return list(_parsed(_split(lines(Unpacked(stream, 1 << 20)))[0]).personal_fields())


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Check the header, and the mark that ends BGZF or the last line of plain text."""
    unpacked = Unpacked(stream, 1 << 20)
    written, _ = _split(lines(unpacked))
    header = _parsed(written)
    for fault in chain(_spelling_faults(written), header.faults()):
        raise DamagedFileError(fault)
    refuse_without_end(unpacked)
    last = last_lines(stream, 1) if unpacked.container == "plain" else []
    if any(not line.startswith(b"#") and _row_check(header)(line) for line in last):
        raise DamagedFileError("its last record is cut off")
    return {"container": unpacked.container, "contigs": len(header.contigs)}


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check the header, and the columns, place and reference of each record; count the records."""
    unpacked = Unpacked(stream)
    written, rows = _split(lines(unpacked))
    header = _parsed(written)
    for fault in chain(_spelling_faults(written), header.faults()):
        raise DamagedFileError(fault)
    if _ends_in_cr_lf(written):
        rows = (row.removesuffix(b"\r") for row in rows)
    genotypes = GenotypesOnChromosomes(header.contigs, header.samples)
    records = _count(rows, _row_check(header, genotypes.readers))
    refuse_without_end(unpacked)
    return {**unpacked.facts(), "records": records, **genotypes.facts()}


def _split(found: Iterator[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
    header = [next(found, b"")]
    for line in found:
        if not line.startswith(b"#"):
            return header, chain([line], found)
        header.append(line)
    return header, found


def _parsed(header: Iterable[bytes]) -> VariantHeader:
    return parse_header(
        line.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace").rstrip("\r")
        for line in header
    )


def _spelling_faults(header: list[bytes]) -> Iterator[str]:
    if header[0].startswith(_BYTE_ORDER_MARK):
        yield "it begins with a byte order mark"


def _ends_in_cr_lf(header: list[bytes]) -> bool:
    # The format allows it since version 4.3, and htslib reads it in any.
    return header[0].endswith(b"\r")


def _count(rows: Iterable[bytes], fault_of: Callable[[bytes], str | None]) -> int:
    number = 0
    for number, row in enumerate(rows, start=1):
        fault = fault_of(row)
        if fault:
            raise DamagedFileError(f"record {number} {fault}")
    return number


def _row_check(header: VariantHeader, readers: _Readers = _NOBODY) -> Callable[[bytes], str | None]:
    tabs = len(header.columns) - 1
    contigs = {name.encode() for name in header.contigs}

    def fault_of(row: bytes) -> str | None:
        if row.count(b"\t") != tabs:
            return "has more or fewer columns than its header"
        contig, place, _, reference, _ = row.split(b"\t", 4)
        if contigs and contig not in contigs:
            return "lies on a contig that the header does not declare"
        if not place.isdigit():
            return "has no number as its position"
        if not reference or reference.translate(None, _REFERENCE_BASES):
            return "has something else than bases as its reference"
        if contig in readers and len(place) < _LONGEST_PLACE:
            readers[contig](int(place), row)
        return None

    return fault_of


FORMAT = Format(
    name="vcf",
    suffixes=(".vcf", ".vcf.gz", ".vcf.bgz"),
    modality="genomics",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
