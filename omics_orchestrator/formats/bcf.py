"""Variants as BCF, the binary VCF; every record's frame is followed to the end."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, refuse_without_end
from omics_orchestrator.formats._variant_header import MAGIC, VariantHeader, parse_header

# BCF 2.1 is htsjdk's, which bcftools refuses; their frames are alike.
_MAGICS = (b"BCF\x02\x01", b"BCF\x02\x02")
_HEADER_LENGTH = struct.Struct("<5xI")
# Length of the shared and of the samples' part; 20 bytes on, the number of samples in 24 bits.
_FRAME = struct.Struct("<II20xI")
_LENGTHS_BYTES = 8
_LARGEST = 256 << 20


def sniff(head: Head) -> bool:
    """BCF's magic, packed or not."""
    return head.inflated.startswith(_MAGICS)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Version, sample names, number of contigs, reference and container."""
    unpacked = Unpacked(stream, 1 << 20)
    header, _ = _split(iter(unpacked))
    return {"container": unpacked.container, **header.facts()}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in samples' names and in lines that describe samples or hold commands."""
    return list(_split(iter(Unpacked(stream, 1 << 20)))[0].personal_fields())


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Check the header and the mark that ends BGZF."""
    unpacked = Unpacked(stream, 1 << 20)
    header, _ = _split(iter(unpacked))
    for fault in header.faults():
        raise DamagedFileError(fault)
    refuse_without_end(unpacked)
    return {"container": unpacked.container, "contigs": len(header.contigs)}


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check the header, and the frame and number of samples of each record; count the records."""
    unpacked = Unpacked(stream)
    blocks = iter(unpacked)
    header, rest = _split(blocks)
    for fault in header.faults():
        raise DamagedFileError(fault)
    records = _count(blocks, rest, len(header.samples))
    refuse_without_end(unpacked)
    return {**unpacked.facts(), "records": records}


def _split(blocks: Iterator[bytes]) -> tuple[VariantHeader, bytes]:
    found = _at_least(_HEADER_LENGTH.size, b"", blocks)
    (length,) = _HEADER_LENGTH.unpack_from(found)
    end = _HEADER_LENGTH.size + length
    if length > _LARGEST:
        raise DamagedFileError("its header claims more than 256 MiB")
    found = _at_least(end, found, blocks)
    text = found[_HEADER_LENGTH.size : end].rstrip(b"\0")
    if not text.startswith(MAGIC):
        raise DamagedFileError("its header is no VCF header")
    return parse_header(text.decode("utf-8", "replace").splitlines()), found[end:]


def _at_least(length: int, found: bytes, blocks: Iterator[bytes]) -> bytes:
    pieces, held = [found], len(found)
    while held < length:
        piece = next(blocks, b"")
        if not piece:
            raise DamagedFileError("the file ends inside its header")
        pieces.append(piece)
        held += len(piece)
    return b"".join(pieces)


def _count(blocks: Iterable[bytes], rest: bytes, samples: int) -> int:
    records = 0
    for block in (b"", *blocks):
        rest += block
        place = 0
        while len(rest) - place >= _FRAME.size:
            shared, individual, counts = _FRAME.unpack_from(rest, place)
            end = place + _LENGTHS_BYTES + shared + individual
            if counts & 0xFFFFFF != samples or shared + individual > _LARGEST:
                raise DamagedFileError(f"record {records + 1} does not fit the header")
            if end > len(rest):
                break
            place, records = end, records + 1
        rest = rest[place:]
    if rest:
        raise DamagedFileError(f"record {records + 1} is cut off")
    return records


FORMAT = Format(
    name="bcf",
    suffixes=(".bcf",),
    modality="genomics",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
