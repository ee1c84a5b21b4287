"""Alignments as CRAM 2 and 3; every container and block is followed, every checksum checked.

The reads themselves are not decoded: that needs the reference, which is seldom there. CRAM 2 has no
checksums; of its blocks those packed with gzip are unpacked.
"""

from collections.abc import Mapping, Sequence
from io import SEEK_END
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._alignment_header import AlignmentHeader, parse_alignment_header
from omics_orchestrator.formats._cram_containers import (
    DEFINITION_BYTES,
    ENDS,
    Container,
    blocks_of,
    containers,
    contents,
)
from omics_orchestrator.formats._damage import DamagedFileError

_MAGICS = (b"CRAM\2", b"CRAM\3")
_LARGEST = 512 << 20
_LENGTH_BYTES = 4
_HEADER_BLOCK, _SLICE_BLOCK = 0, 2


def sniff(head: Head) -> bool:
    """CRAM's magic and major version."""
    return head.raw.startswith(_MAGICS)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """The version, and reference, read groups and programs of the header."""
    major, minor = _version(stream)
    return {"version": f"{major}.{minor}", **_header(stream, major).facts()}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in comments, samples' names, descriptions and command lines."""
    return list(_header(stream, _version(stream)[0]).personal_fields())


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Follow the chain of containers by their headers, to the one that marks the end."""
    major, minor = _version(stream)
    _header(stream, major)
    _refuse_without_end(stream, major, minor)
    return _counted(list(containers(stream, major)))


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check every container and block; count the records."""
    major, minor = _version(stream)
    _header(stream, major)
    chain = []
    for number, container in enumerate(containers(stream, major)):
        _check(container, stream, major, f"container {number}")
        chain.append(container)
    _refuse_without_end(stream, major, minor)
    return _counted(chain)


def _version(stream: BinaryIO) -> tuple[int, int]:
    stream.seek(0)
    definition = stream.read(DEFINITION_BYTES)
    if not definition.startswith(_MAGICS) or len(definition) < DEFINITION_BYTES:
        raise DamagedFileError("it does not begin as CRAM does")
    return definition[4], definition[5]


def _header(stream: BinaryIO, major: int) -> AlignmentHeader:
    first = next(containers(stream, major), None)
    if first is None:
        raise DamagedFileError("the file ends before its header")
    block = next(blocks_of(_read(first, stream, "its header"), major, "its header"), None)
    if block is None or block.kind != _HEADER_BLOCK:
        raise DamagedFileError("its first block is no header")
    text = contents(block)
    end = _LENGTH_BYTES + int.from_bytes(text[:_LENGTH_BYTES], "little")
    if end > len(text):
        raise DamagedFileError("its header is shorter than it claims")
    return parse_alignment_header(text[_LENGTH_BYTES:end].rstrip(b"\0").decode("utf-8", "replace"))


def _read(container: Container, stream: BinaryIO, what: str) -> bytes:
    if container.size > _LARGEST:
        raise DamagedFileError(f"{what} claims to be longer than 512 MiB")
    stream.seek(container.place)
    return stream.read(container.size)


def _check(container: Container, stream: BinaryIO, major: int, what: str) -> None:
    blocks = list(blocks_of(_read(container, stream, what), major, what))
    if len(blocks) != container.blocks:
        raise DamagedFileError(f"{what} has another number of blocks than it claims")
    slices = {block.place for block in blocks if block.kind == _SLICE_BLOCK}
    if container.records and slices != set(container.slices):
        raise DamagedFileError(f"{what} has its slices elsewhere than it claims")


def _refuse_without_end(stream: BinaryIO, major: int, minor: int) -> None:
    if (major, minor) == (2, 0):  # which had no mark yet
        return
    end = ENDS[major]
    size = stream.seek(0, SEEK_END)
    stream.seek(max(0, size - len(end)))
    if stream.read() != end:
        raise DamagedFileError("the container that ends CRAM is absent, so the file is cut")


def _counted(chain: Sequence[Container]) -> dict[str, object]:
    # The first holds the header; those without records mark the end.
    filled = [container for container in chain[1:] if container.records]
    return {"containers": len(filled), "records": sum(each.records for each in filled)}


FORMAT = Format(
    name="cram",
    suffixes=(".cram",),
    modality="sequencing",
    stage="aligned",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
