"""Alignments as BAM; every block's checksum and every record's frame is checked.

samtools quickcheck sees neither a flipped bit nor a broken record, a test of gzip no missing end.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._alignment_header import AlignmentHeader, parse_alignment_header
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, refuse_without_end
from omics_orchestrator.formats._sex_chromosomes import ReadsOnChromosomes

_MAGIC = b"BAM\1"
_LENGTH = struct.Struct("<i")
_LARGEST = 256 << 20
_TOGETHER = 512 << 10
_FIXED = 32
# The fixed part of a record; pos and the mate's are 0-based, -1 without one.
_RECORD = np.dtype(
    [
        ("size", "<i4"), ("reference", "<i4"), ("place", "<i4"), ("name_length", "u1"),
        ("quality", "u1"), ("bin", "<u2"), ("cigars", "<u2"), ("flags", "<u2"),
        ("bases", "<i4"), ("mate_reference", "<i4"), ("mate_place", "<i4"), ("span", "<i4"),
    ]
)  # fmt: skip


def sniff(head: Head) -> bool:
    """BAM's magic, packed as it must be or not."""
    return head.inflated.startswith(_MAGIC)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Reference, read groups and programs of the header, and where its first read comes from."""
    unpacked = Unpacked(stream, 64 << 10)
    blocks = _Blocks(unpacked)
    header = _read_header(blocks)
    return {"container": unpacked.container, **header.facts(_first_name(blocks))}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in comments, samples' names, descriptions and command lines."""
    header = _read_header(_Blocks(Unpacked(stream, 64 << 10)))
    return list(header.personal_fields())


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Check the header and the block that marks the file's end."""
    unpacked = Unpacked(stream, 64 << 10)
    header = _read_header(_Blocks(unpacked))
    refuse_without_end(unpacked)
    return {"container": unpacked.container, "references": len(header.sequences)}


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check all blocks and records; count the records and those that are aligned."""
    unpacked = Unpacked(stream)
    blocks = _Blocks(unpacked)
    header = _read_header(blocks)
    on_chromosomes = ReadsOnChromosomes(header.lengths())
    records = _count(blocks, len(header.sequences), on_chromosomes)
    refuse_without_end(unpacked)
    return {**unpacked.facts(), **records, **on_chromosomes.facts()}


class _Blocks:
    """The unpacked text: as much as is asked for, then the rest piece by piece."""

    def __init__(self, unpacked: Iterable[bytes]) -> None:
        self._blocks = iter(unpacked)
        self._held = b""

    def take(self, length: int, what: str) -> bytes:
        if not 0 <= length <= _LARGEST:
            raise DamagedFileError(f"its {what} claims to be longer than 256 MiB")
        pieces, size = [self._held], len(self._held)
        while size < length:
            block = next(self._blocks, b"")
            if not block:
                raise DamagedFileError(f"the file ends inside its {what}")
            pieces.append(block)
            size += len(block)
        text = b"".join(pieces)
        self._held = text[length:]
        return text[:length]

    def number(self, what: str) -> int:
        (number,) = _LENGTH.unpack(self.take(_LENGTH.size, what))
        return int(number)

    def has_more(self) -> bool:
        self._held = self._held or next(self._blocks, b"")
        return bool(self._held)

    def __iter__(self) -> Iterator[bytes]:
        held, size = [self._held], len(self._held)
        for block in self._blocks:
            held.append(block)
            size += len(block)
            if size >= _TOGETHER:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)


def _read_header(blocks: _Blocks) -> AlignmentHeader:
    if blocks.take(len(_MAGIC), "header") != _MAGIC:
        raise DamagedFileError("it does not begin as BAM does")
    text = blocks.take(blocks.number("header"), "header").rstrip(b"\0").decode("utf-8", "replace")
    said = parse_alignment_header(text)
    listed: list[Mapping[str, str]] = []
    for _ in range(blocks.number("list of sequences")):
        name = blocks.take(blocks.number("list of sequences"), "list of sequences")
        if not name.endswith(b"\0"):
            raise DamagedFileError("a sequence's name in its header has no end")
        length = blocks.number("list of sequences")
        listed.append({"SN": name[:-1].decode("utf-8", "replace"), "LN": str(length)})
    if not said.sequences:  # some writers leave the text empty
        said.sequences = listed
    if [each.get("SN") for each in said.sequences] != [each["SN"] for each in listed]:
        raise DamagedFileError("its header's text and its list of sequences differ")
    return said


def _first_name(blocks: _Blocks) -> str:
    if not blocks.has_more():
        return ""
    record = blocks.take(blocks.number("first record"), "first record")
    return record[_FIXED:].partition(b"\0")[0].decode("utf-8", "replace")


def _count(
    blocks: _Blocks, references: int, on_chromosomes: ReadsOnChromosomes
) -> dict[str, object]:
    records = aligned = 0
    rest = b""
    for block in blocks:
        text = rest + block
        starts, end = _frames(text, records)
        found = _fixed_parts(text, starts)
        fault = _first_fault(text, starts, found, references)
        if fault:
            raise DamagedFileError(f"record {records + fault[0] + 1} {fault[1]}")
        records += len(starts)
        aligned += int((found["flags"] & 4 == 0).sum())
        on_chromosomes.take(found)
        rest = text[end:]
    if rest:
        raise DamagedFileError(f"record {records + 1} is cut off")
    return {"records": records, "aligned": aligned}


def _frames(text: bytes, before: int) -> tuple[npt.NDArray[np.int64], int]:
    """Follow the records' lengths; give where whole ones begin, and where the last one ends."""
    starts: list[int] = []
    place, last, unpack = 0, len(text) - _LENGTH.size, _LENGTH.unpack_from
    while place <= last:
        (size,) = unpack(text, place)
        if not _FIXED < size <= _LARGEST:
            raise DamagedFileError(f"record {before + len(starts) + 1} has an impossible length")
        end = place + _LENGTH.size + size
        if end > len(text):
            break
        starts.append(place)
        place = end
    return np.array(starts, np.int64), place


def _fixed_parts(text: bytes, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    if not starts.size:
        return np.empty(0, _RECORD)
    places = starts[:, None] + np.arange(_RECORD.itemsize)
    fixed: npt.NDArray[np.void] = np.frombuffer(text, np.uint8)[places].view(_RECORD)[:, 0]
    return fixed


def _first_fault(
    text: bytes,
    starts: npt.NDArray[np.int64],
    found: npt.NDArray[np.void],
    references: int,
) -> tuple[int, str] | None:
    bases, names = found["bases"].astype(np.int64), found["name_length"].astype(np.int64)
    parts = _FIXED + names + 4 * found["cigars"].astype(np.int64) + (bases + 1) // 2 + bases
    name_ends = np.minimum(starts + 35 + names, len(text) - 1)
    rules = [
        ((bases < 0) | (names == 0) | (parts > found["size"]), "is shorter than its parts"),
        (np.frombuffer(text, np.uint8)[name_ends] != 0, "has a name without an end"),
        (~_lies_on(found["reference"], found["place"], references), "lies outside the reference"),
        (
            ~_lies_on(found["mate_reference"], found["mate_place"], references),
            "has a mate outside the reference",
        ),
    ]
    faults = [(int(broken.argmax()), said) for broken, said in rules if broken.any()]
    return min(faults, default=None)


def _lies_on(
    reference: npt.NDArray[np.int32], place: npt.NDArray[np.int32], references: int
) -> npt.NDArray[np.bool]:
    # Not compared with the sequence's length: parts of a genome keep the places of the whole.
    return (reference >= -1) & (reference < references) & (place >= -1)


FORMAT = Format(
    name="bam",
    suffixes=(".bam",),
    modality="sequencing",
    stage="aligned",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
