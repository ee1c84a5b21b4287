"""Mass spectra as mzML, plain or packed, with an index or without.

Three claims of a file speak of its bytes: the number of spectra, the index and the checksum. A
program that has changed a file (cut it down, rewritten its lines) leaves index and checksum wrong
together, and the file is whole all the same; one of them wrong beside the other is damage.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from io import SEEK_END
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._mzml_parts import MzmlReader, Parts
from omics_orchestrator.formats._packing import Unpacked
from omics_orchestrator.formats._person_text import tells_of_a_person
from omics_orchestrator.formats._personal_words import (
    names_a_person,
    says_nothing,
)

_ROOT = re.compile(rb"<(?:\w+:)?(?:indexedmzML|mzML)[\s>]")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_CHECKSUM = b"<fileChecksum>"
_LONGEST_HEADER = 64 << 20
_TAIL = 4 << 10


def sniff(head: Head) -> bool:
    """XML whose root is mzML or indexedmzML."""
    start = head.inflated[: 8 << 10].lstrip(b"\xef\xbb\xbf \r\n\t")
    return start.startswith(b"<") and _ROOT.search(start) is not None


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Version, run and its start, instruments, software, samples, and the spectra declared."""
    unpacked = Unpacked(stream, 1 << 16)
    parts = _header(unpacked)
    return {"container": unpacked.container, **parts.said, "spectra_declared": parts.declared}


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Read the header, and of a plain file whether its last element is closed."""
    facts = describe(stream)
    if facts["container"] == "plain":
        stream.seek(max(0, stream.seek(0, SEEK_END) - _TAIL))
        if not re.search(rb"</(?:\w+:)?(?:indexedmzML|mzML)>\s*\Z", stream.read()):
            raise DamagedFileError("it does not end with the end of its root element")
    return facts


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every element and array of numbers, and compare with index, checksum and count."""
    unpacked = Unpacked(stream)
    reader, sha1 = MzmlReader(looks_inside=True), _Sha1()
    for block in unpacked:
        sha1.update(block)
        reader.feed(block)
    reader.feed(b"", is_last=True)
    parts = reader.parts
    for fault in _faults(parts, sha1):
        raise DamagedFileError(fault)
    return {
        **unpacked.facts(),
        "spectra": len(parts.spectra),
        "chromatograms": parts.chromatograms,
        "index": _index_state(parts),
        "checksum": _checksum_state(parts, sha1),
    }


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Contacts, parameters named like what names a person, and sources in folders of a name."""
    parts = _header(Unpacked(stream, 1 << 16))
    named = (
        where
        for where, value in parts.contacts
        if not says_nothing(value) and (where.startswith("contact ") or names_a_person(where))
    )
    placed = any(map(tells_of_a_person, parts.locations))
    return [*dict.fromkeys(named), *(["sourceFile location"] if placed else [])]


def _header(blocks: Unpacked) -> Parts:
    reader = MzmlReader(looks_inside=False)
    read = 0
    for block in blocks:
        reader.feed(block)
        read += len(block)
        if reader.parts.is_in_run or read > _LONGEST_HEADER:
            break
    if "version" not in reader.parts.said:
        raise DamagedFileError("the file ends inside its header")
    return reader.parts


class _Sha1:
    """The SHA-1 of a file up to the beginning of the text of its checksum, as mzML defines it."""

    def __init__(self) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._held = b""
        self._is_done = False

    def update(self, block: bytes) -> None:
        if self._is_done:
            return
        text = self._held + block
        place = text.find(_CHECKSUM)
        self._is_done = place >= 0
        stop = place + len(_CHECKSUM) if self._is_done else max(0, len(text) - len(_CHECKSUM))
        self._sha1.update(text[:stop])
        self._held = text[stop:]

    def hexdigest(self) -> str:
        return self._sha1.hexdigest()


def _faults(parts: Parts, sha1: _Sha1) -> Iterator[str]:
    index, checksum = _index_state(parts), _checksum_state(parts, sha1)
    if index == "broken":
        yield "its index points to some spectra that are not there"
    if index == "right" and checksum == "wrong":
        yield "its checksum is not that of its content"
    # An excerpt that somebody made of a file has neither an index nor a checksum of its own.
    is_excerpt = index == "stale" and checksum == "absent"
    if not is_excerpt and parts.declared not in (None, len(parts.spectra)):
        yield f"it holds {len(parts.spectra)} spectra where it says {parts.declared}"


def _index_state(parts: Parts) -> str:
    if parts.index is None:
        return "absent"
    starts = set(parts.spectra)
    right = sum(place in starts for place in parts.index)
    if right == len(parts.index):
        return "right" if right == len(parts.spectra) else "stale"
    return "broken" if right else "stale"


def _checksum_state(parts: Parts, sha1: _Sha1) -> str:
    if parts.checksum is None or not _SHA1.fullmatch(parts.checksum):
        return "absent"  # some programs write a 0
    return "right" if parts.checksum == sha1.hexdigest() else "wrong"


FORMAT = Format(
    name="mzml",
    suffixes=(".mzml", ".mzml.gz"),
    modality="proteomics",
    stage="raw",
    sniff=sniff,
    describe=describe,
    look_over=look_over,
    read_through=read_through,
    personal_fields=personal_fields,
)
