"""mzTab, of proteins (1.0) and of metabolites (2.0-M): sections of rows told by a line's prefix.

Unlike in other tables each section has its own header, so it is read line by line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked, lines
from omics_orchestrator.formats._person_text import tells_of_a_person
from omics_orchestrator.formats._personal_words import (
    names_a_person,
    says_nothing,
)

_MARK = b"\xef\xbb\xbf"
_SECTIONS = {
    b"PRH": b"PRT", b"PEH": b"PEP", b"PSH": b"PSM", b"SMH": b"SML", b"SFH": b"SMF", b"SEH": b"SME",
    b"NUH": b"NUC", b"OSH": b"OSM",
}  # fmt: skip
_HEADER_OF = {row: header for header, row in _SECTIONS.items()}
_METADATA, _COMMENT = b"MTD", b"COM"
_VERSION = b"mzTab-version"
_SMALL_MOLECULES = ("SML", "SMF", "SME")
_OF_PROTEINS = ("PRT", "PEP", "PSM", "SML")
_SAMPLES = tuple(
    re.compile(rf"{name}\[\d+\]{ending}")
    for name, ending in (("sample", ""), ("sample", "-description"), ("assay", ""))
)
_MS_RUN = re.compile(r"ms_run\[\d+\]-location")
_CONTACT = re.compile(r"contact\[\d+\]-(?:name|email)")
_PARAMETER = re.compile(r"\[[^,]*,[^,]*,\s*([^,]*),")
_ENTRY = 3


def sniff(head: Head) -> bool:
    """Metadata lines with the version of mzTab, behind no more than comments."""
    start = head.inflated.removeprefix(_MARK)
    rows = start.split(b"\n", 50)
    first = next((row for row in rows if row.strip() and not row.startswith(_COMMENT)), b"")
    return first.startswith(_METADATA + b"\t") and _VERSION in start[: 64 << 10]


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Version, mode, type, runs, assays and samples, as the metadata says them."""
    unpacked = Unpacked(stream, 1 << 18)
    said = _metadata(unpacked)
    version = said.get(_VERSION.decode())
    if version is None:
        raise DamagedFileError("its metadata does not say the version of mzTab")
    return {
        "container": unpacked.container,
        "version": version,
        "mode": said.get("mzTab-mode", "M" if version.endswith("M") else None),
        "type": said.get("mzTab-type"),
        "ms_runs": sum(bool(_MS_RUN.fullmatch(key)) for key in said),
        "samples": next(filter(None, (_values(said, key) for key in _SAMPLES)), []),
    }


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check that each row stands below its section's header and has its columns; count them."""
    unpacked = Unpacked(stream)
    sections = _Sections()
    number = 0
    for number, line in enumerate(lines(unpacked), start=1):
        fault = sections.fault_of(line.rstrip(b"\r"))
        if fault:
            raise DamagedFileError(f"line {number} {fault}")
    return {**unpacked.facts(), "lines": number, "sections": sections.counts()}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Contacts, runs in folders of a name, and parameters named like what names a person."""
    said = _metadata(Unpacked(stream, 1 << 18))
    runs = (value for key, value in said.items() if _MS_RUN.fullmatch(key))
    return [
        *(key for key, value in said.items() if _is_personal(key, value)),
        *(["ms_run location"] if any(map(tells_of_a_person, runs)) else []),
    ]


def _is_personal(key: str, value: str) -> bool:
    if says_nothing(value):
        return False
    parameter = _PARAMETER.match(value)
    return bool(_CONTACT.fullmatch(key) or (parameter and names_a_person(parameter[1])))


def _metadata(blocks: Iterable[bytes]) -> dict[str, str]:
    said = {}
    for line in takewhile(lambda line: line[:3] not in _SECTIONS, lines(blocks)):
        cells = line.removeprefix(_MARK).decode("utf-8", "replace").rstrip("\r").split("\t")
        if cells[0] == _METADATA.decode() and len(cells) >= _ENTRY:
            said[cells[1]] = cells[2]
    return said


def _values(said: Mapping[str, str], key: re.Pattern[str]) -> list[str]:
    found = (value for name, value in said.items() if key.fullmatch(name))
    return [value for value in found if not says_nothing(value)]


class _Sections:
    """The sections seen so far: the columns of each, and its number of rows."""

    def __init__(self) -> None:
        self._cells: dict[bytes, int] = {}
        self._rows: dict[bytes, int] = {}
        self._has_version = False

    def fault_of(self, line: bytes) -> str | None:
        kind, cells = line[:3].strip(), line.count(b"\t") + 1
        if kind in self._cells:
            self._rows[kind] += 1
            expected = self._cells[kind]
            return (
                None if cells == expected else f"has {cells} cells where its header has {expected}"
            )
        if b"\0" in line:
            return "holds bytes that are no text"
        if kind in _SECTIONS:
            self._cells[_SECTIONS[kind]] = cells
            self._rows[_SECTIONS[kind]] = 0
            return None
        return next(self._other_faults(kind, line), None)

    def counts(self) -> dict[str, int]:
        if not self._has_version:
            raise DamagedFileError("its metadata does not say the version of mzTab")
        found = {kind.decode(): rows for kind, rows in self._rows.items()}
        is_metabolites = any(kind in found for kind in _SMALL_MOLECULES[1:])
        usual = _SMALL_MOLECULES if is_metabolites else _OF_PROTEINS
        return dict.fromkeys(usual, 0) | found

    def _other_faults(self, kind: bytes, line: bytes) -> Iterator[str]:
        if kind in _HEADER_OF:
            yield "is a row of a section that has no header"
        elif kind == _METADATA:
            self._has_version |= _VERSION in line
            if line.count(b"\t") < _ENTRY - 1:
                yield "is metadata without a value"
        elif line.strip() and line.removeprefix(_MARK)[:3] not in (_COMMENT, _METADATA):
            yield "is of no section"


FORMAT = Format(
    name="mztab",
    suffixes=(".mztab", ".mztab.gz"),
    modality="proteomics",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    personal_fields=personal_fields,
)
