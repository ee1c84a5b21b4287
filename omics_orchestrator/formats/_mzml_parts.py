"""mzML's elements as they pass: what the header says, and the spectra counted and looked into.

Expat hands them on without a tree; a document type is refused, since entities are a way to exhaust
a reader and mzML needs none.
"""

import binascii
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from omics_orchestrator.formats._damage import DamagedFileError

_BYTES = {"MS:1000521": 4, "MS:1000523": 8, "MS:1000519": 4, "MS:1000522": 8}
_ZLIB, _PLAIN = "MS:1000574", "MS:1000576"
_SERIAL_NUMBER = "MS:1000529"
Attributes = dict[str, str]


@dataclass
class Parts:
    """What was seen of a file so far.

    Attributes:
        said: what the header says: version, run, start_time, instruments, software …
        spectra: where each spectrum begins, in bytes of the unpacked file.
        index: where the index says that each begins; None without an index.
        declared: how many spectra the list says it holds.
    """

    said: dict[str, Any] = field(default_factory=dict)
    locations: list[str] = field(default_factory=list)
    contacts: list[tuple[str, str]] = field(default_factory=list)
    spectra: list[int] = field(default_factory=list)
    chromatograms: int = 0
    index: list[int] | None = None
    checksum: str | None = None
    declared: int | None = None
    is_in_run: bool = False


class MzmlReader:
    """Feeds Expat and notes the parts; `looks_inside` also checks every array of numbers."""

    def __init__(self, *, looks_inside: bool) -> None:
        self.parts = Parts()
        self._looks_inside = looks_inside
        self._path: list[str] = []
        self._text: list[str] = []
        self._array: Attributes = {}
        self._kinds: set[str] = set()
        self._length = 0
        self._index_name = ""
        self._groups: dict[str, list[str]] = {}
        self._group = ""
        self._at_start: dict[str, Callable[[Attributes], None]] = {
            "mzML": self._enter_root,
            "run": self._enter_run,
            "spectrumList": self._enter_spectra,
            "sourceFile": self._enter_source_file,
            "sample": self._enter_sample,
            "software": self._enter_software,
            "referenceableParamGroup": self._enter_group,
            "referenceableParamGroupRef": self._enter_group_reference,
            "spectrum": self._enter_spectrum,
            "chromatogram": self._enter_chromatogram,
            "binaryDataArray": self._enter_array,
            "index": self._enter_index,
            "indexList": self._enter_index_list,
            "cvParam": self._enter_parameter,
            "userParam": self._enter_parameter,
        }
        self._at_end: dict[str, Callable[[str], None]] = {
            "binary": self._leave_binary,
            "offset": self._leave_offset,
            "fileChecksum": self._leave_checksum,
        }
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = 1 << 20
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, block: bytes, *, is_last: bool = False) -> None:
        """Read on; DamagedFileError where the XML breaks."""
        try:
            self._parser.Parse(block, is_last)
        except (expat.ExpatError, ValueError, LookupError):  # the last two: of its encoding
            said = "the file ends before its XML does" if is_last else "its XML is broken"
            raise DamagedFileError(said) from None

    def _refuse(self, *_: object) -> None:
        raise DamagedFileError("it declares a document type, which mzML has none of")

    def _start(self, tag: str, attributes: Attributes) -> None:
        name = tag.rpartition(":")[2]
        self._path.append(name)
        if name in self._at_end and (name != "binary" or self._looks_inside):
            self._text = []
            self._parser.CharacterDataHandler = self._text.append
        enter = self._at_start.get(name)
        if enter:
            enter(attributes)

    def _end(self, tag: str) -> None:
        self._path.pop()
        name = tag.rpartition(":")[2]
        leave = self._at_end.get(name)
        if leave:
            self._parser.CharacterDataHandler = None
            leave("".join(self._text).strip())
        elif name == "referenceableParamGroup":
            self._group = ""

    def _enter_root(self, found: Attributes) -> None:
        self.parts.said["version"] = found.get("version") or None

    def _enter_run(self, found: Attributes) -> None:
        self.parts.is_in_run = True
        self.parts.said |= {"run": found.get("id"), "start_time": found.get("startTimeStamp")}

    def _enter_spectra(self, found: Attributes) -> None:
        self.parts.declared = _number(found.get("count"))

    def _enter_source_file(self, found: Attributes) -> None:
        self.parts.locations.append(found.get("location", ""))
        self._add("source_files", found.get("name"))

    def _enter_sample(self, found: Attributes) -> None:
        self._add("samples", found.get("name") or found.get("id"))

    def _enter_software(self, found: Attributes) -> None:
        self._add("software", f"{found.get('id', '')} {found.get('version', '')}".strip())

    def _enter_group(self, found: Attributes) -> None:
        self._group = found.get("id", "")

    def _enter_group_reference(self, found: Attributes) -> None:
        if self._path[-2:-1] == ["instrumentConfiguration"]:
            for name in self._groups.get(found.get("ref", ""), ()):
                self._add("instruments", name)
        if self._path[-2:-1] == ["binaryDataArray"]:
            self._kinds.add("unknown")

    def _enter_spectrum(self, found: Attributes) -> None:
        self.parts.spectra.append(self._parser.CurrentByteIndex)
        self._length = _number(found.get("defaultArrayLength")) or 0

    def _enter_chromatogram(self, found: Attributes) -> None:
        self.parts.chromatograms += 1
        self._length = _number(found.get("defaultArrayLength")) or 0

    def _enter_array(self, found: Attributes) -> None:
        self._array, self._kinds = found, set()

    def _enter_index(self, found: Attributes) -> None:
        self._index_name = found.get("name", "")

    def _enter_index_list(self, _: Attributes) -> None:
        self.parts.index = []

    def _enter_parameter(self, found: Attributes) -> None:
        parent = self._path[-2] if len(self._path) > 1 else ""
        accession, name = found.get("accession", ""), found.get("name", "")
        if parent == "binaryDataArray":
            self._kinds.add(accession)
        elif parent == "contact" or not self.parts.is_in_run:
            self.parts.contacts.append((f"{parent} {name}", found.get("value", "")))
        if self._group and accession != _SERIAL_NUMBER:
            self._groups.setdefault(self._group, []).append(name)
        elif parent == "instrumentConfiguration" and accession != _SERIAL_NUMBER:
            self._add("instruments", name)

    def _add(self, what: str, name: str | None) -> None:
        found = self.parts.said.setdefault(what, [])
        if name and name not in found:
            found.append(name)

    def _leave_offset(self, text: str) -> None:
        if self.parts.index is not None and self._index_name == "spectrum":
            self.parts.index.append(_number(text) or 0)

    def _leave_checksum(self, text: str) -> None:
        self.parts.checksum = text.lower()

    def _leave_binary(self, text: str) -> None:
        if self._looks_inside and text:
            fault = self._fault_of("".join(text.split()))
            if fault:
                raise DamagedFileError(f"in spectrum {len(self.parts.spectra)} {fault}")

    def _fault_of(self, text: str) -> str | None:
        said = _number(self._array.get("encodedLength"))
        if said is not None and said != len(text):
            return f"an array is {len(text)} letters long where it says {said}"
        try:
            numbers = binascii.a2b_base64(text, strict_mode=True)
            if _ZLIB in self._kinds:
                numbers = zlib.decompress(numbers)
        except (binascii.Error, zlib.error, ValueError):
            return "an array cannot be unpacked"
        width = next((_BYTES[kind] for kind in self._kinds if kind in _BYTES), None)
        is_plain = self._kinds & {_ZLIB, _PLAIN} and not self._kinds & _PACKED_OTHERWISE
        length = _number(self._array.get("arrayLength"))
        length = self._length if length is None else length
        if width and is_plain and len(numbers) != width * length:
            return f"an array holds {len(numbers) // width} numbers where it says {length}"
        return None


# MS-Numpress, alone or before zlib, and zstd or delta packed arrays have no simple length.
_PACKED_OTHERWISE = frozenset(
    f"MS:{number}"
    for number in (*range(1002312, 1002315), *range(1002746, 1002749), *range(1003780, 1003790))
) | {"unknown"}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
