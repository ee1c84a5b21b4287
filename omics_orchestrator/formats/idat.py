"""Illumina's array scans, IDAT version 3: a directory of sections, each of a known layout.

Version 1, of expression arrays before 2013, is encrypted: it is told, and nothing more.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked
from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person

_MAGIC = b"IDAT"
_START = struct.Struct("<4sqi")
_ENTRY = struct.Struct("<Hq")
_LARGEST = 1 << 30
_VERSION = 3
_MOST_SECTIONS = 1000
_PROBES, _MIDDLE, _RUNS, _COLOUR = 1000, 200, 300, 400
_BYTES_PER_PROBE = {102: 4, 103: 2, 104: 2, 107: 1}
_NAMED = {401: "manifest", 402: "barcode", 403: "chip_type", 404: "position"}
_TEXTS = (*_NAMED, 405, 406, 407, 408, 409, 410)
_SAMPLE = 406
_TEXTS_OF_A_RUN = 5  # time, kind, parameters, code, version
_LONGEST_TEXT = 64 << 10
_MORE = 0x80


@dataclass(frozen=True)
class _Run:
    time: str
    kind: str
    parameters: str
    code: str
    version: str


def sniff(head: Head) -> bool:
    """IDAT's magic and a version of one digit."""
    return head.inflated.startswith(_MAGIC) and head.inflated[5:8] == b"\0\0\0"


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Chip, barcode, position, number of probes, and when it was scanned."""
    idat = _Idat(stream)
    if idat.version != _VERSION:
        return {"version": idat.version}
    runs = idat.runs()
    scans = [run.time for run in runs if run.kind.lower() == "scan"] or [run.time for run in runs]
    return {
        "version": idat.version,
        "probes": idat.probes(),
        **{name: idat.text(code) for code, name in _NAMED.items() if idat.text(code)},
        **({"samples": [idat.text(_SAMPLE)]} if idat.text(_SAMPLE) else {}),
        "runs": len(runs),
        **({"scanned": scans[0]} if scans else {}),
        "software": list(dict.fromkeys(f"{run.code} {run.version}".strip() for run in runs)),
    }


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in the free texts and in the scanner's notes on its runs."""
    idat = _Idat(stream)
    if idat.version != _VERSION:
        return []
    found = ["sample name"] if names_somebody(idat.text(_SAMPLE)) else []
    found += [f"section {code}" for code in _TEXTS if tells_of_a_person(idat.text(code))]
    if any(tells_of_a_person(run.parameters) for run in idat.runs()):
        found.append("run information")
    return found


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check that each section of known layout ends before the next begins, and in the file."""
    idat = _Idat(stream)
    if idat.version != _VERSION:
        return {"bytes": len(idat.content)}
    starts = sorted(idat.places.values())
    ends = dict(zip(starts, [*starts[1:], len(idat.content)], strict=True))
    for code, start in idat.places.items():
        end = idat.end_of(code)
        if end is not None and end > ends[start]:
            raise DamagedFileError(f"its section {code} is longer than its room")
    return {"probes": idat.probes(), "sections": len(idat.places)}


class _Idat:
    """The whole file, which is at most some ten megabytes, and where its sections begin."""

    def __init__(self, stream: BinaryIO) -> None:
        self.content = _unpacked(stream)
        if len(self.content) < _START.size:
            raise DamagedFileError("the file ends inside its header")
        magic, self.version, sections = _START.unpack_from(self.content)
        if magic != _MAGIC:
            raise DamagedFileError("it does not begin as IDAT does")
        self.places = dict(self._directory(sections)) if self.version == _VERSION else {}

    def _directory(self, sections: int) -> Iterator[tuple[int, int]]:
        end = _START.size + sections * _ENTRY.size
        if not 0 < sections <= _MOST_SECTIONS or end > len(self.content):
            raise DamagedFileError("its directory does not fit into it")
        for number in range(sections):
            code, place = _ENTRY.unpack_from(self.content, _START.size + number * _ENTRY.size)
            if not end <= place <= len(self.content):
                raise DamagedFileError("a section lies outside the file")
            yield code, place

    def probes(self) -> int:
        if _PROBES not in self.places:
            raise DamagedFileError("it does not say how many probes it has")
        return self._number(self.places[_PROBES])

    def text(self, code: int) -> str:
        return self._text(self.places[code])[0] if code in self.places else ""

    def runs(self) -> list[_Run]:
        return [] if _RUNS not in self.places else self._runs()[0]

    def end_of(self, code: int) -> int | None:
        """Say where a section ends; None of a section whose layout is not known."""
        place = self.places[code]
        if code in _BYTES_PER_PROBE:
            return place + _BYTES_PER_PROBE[code] * self.probes()
        if code == _MIDDLE:
            return place + 4 + 4 * self._number(place)
        if code in (_PROBES, _COLOUR):
            return place + 4
        if code == _RUNS:
            return self._runs()[1]
        return self._text(place)[1] if code in _TEXTS else None

    def _number(self, place: int) -> int:
        number = int.from_bytes(self._bytes(place, 4), "little", signed=True)
        if number < 0:
            raise DamagedFileError("it counts less than nothing")
        return number

    def _bytes(self, place: int, size: int) -> bytes:
        found = self.content[place : place + size]
        if len(found) < size:
            raise DamagedFileError("the file ends inside a section")
        return found

    def _text(self, place: int) -> tuple[str, int]:
        """Read a text; its length comes first, seven bits a byte."""
        length = shift = 0
        while True:
            byte = self._bytes(place, 1)[0]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & _MORE or length > _LONGEST_TEXT:
                break
        if length > _LONGEST_TEXT:
            raise DamagedFileError("a text in it claims to be longer than 64 KiB")
        return self._bytes(place, length).decode("utf-8", "replace"), place + length

    def _runs(self) -> tuple[list[_Run], int]:
        place = self.places[_RUNS]
        found = []
        count = self._number(place)
        place += 4
        for _ in range(count):
            texts = []
            for _ in range(_TEXTS_OF_A_RUN):
                text, place = self._text(place)
                texts.append(text)
            found.append(_Run(*texts))
        return found, place


def _unpacked(stream: BinaryIO) -> bytes:
    content = bytearray()
    for block in Unpacked(stream):
        content += block
        if len(content) > _LARGEST:
            raise DamagedFileError("it is longer than a scan can be")
    return bytes(content)


FORMAT = Format(
    name="idat",
    suffixes=(".idat", ".idat.gz"),
    modality="array",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    personal_fields=personal_fields,
)
