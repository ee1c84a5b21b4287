"""A sample sheet's rows, whether it is a plain table or Illumina's with sections."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._sample_sheet_dialects import (
    ILLUMINA,
    Dialect,
    cleaned,
    dialect_of,
    pipeline_of,
)
from omics_orchestrator.formats._table_head import CONTROLS

_SECTION = re.compile(r"\[([A-Za-z][\w ]*)\]")
_WEBIN = re.compile(r"([A-Z_]{4,}|BAM|SAM)\s+(\S.*)")
_DATA = re.compile(r"(?:BCLConvert_|Cloud_)?Data")
_SEPARATORS = ("\t", ",", ";")
_LISTED = 2000


@dataclass
class SampleSheet:
    """What a sample sheet says.

    Attributes:
        dialect: how it is written.
        columns: as they are named.
        rows: the cells of each row, as they are.
        settings: of Illumina's sections without columns, key by key.
        version: of Illumina's sheets, 1 or 2.
        encoding: utf-8, utf-16 or windows-1252.
    """

    dialect: Dialect
    columns: list[str]
    rows: list[list[str]]
    settings: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    encoding: str = "utf-8"

    def facts(self) -> dict[str, object]:
        """Give dialect, columns, samples, lanes and the files that it names."""
        samples = _distinct(self._cells(next(self._places(self.dialect.samples), None)))
        lanes = _distinct(self._cells(next(self._places(("lane",)), None)))
        files = [self._file_names(place) for place in self._places(self.dialect.files)]
        named = _distinct(name for names in files for name in names)
        return {
            "dialect": f"illumina_v{self.version}" if self.version else self.dialect.name,
            **(pipeline_of(self.columns) if self.dialect.name == "nf-core" else {}),
            "columns": self.columns,
            "rows": len(self.rows),
            "samples": samples if len(samples) <= _LISTED else len(samples),
            **(
                {"lanes": [int(each) if each.isdigit() else each for each in lanes]}
                if lanes
                else {}
            ),
            **({"files": named if len(named) <= _LISTED else len(named)} if named else {}),
            **({"encoding": self.encoding} if self.encoding != "utf-8" else {}),
        }

    def faults(self) -> Iterator[str]:
        """Yield what is wrong, without any name."""
        known = [cleaned(column) for column in self.columns]
        named = [column for column in known if column]
        if len(set(named)) < len(named):
            yield "a column stands twice"
        yield from self._ragged()
        for place in self._places(self.dialect.must):
            for number, cell in enumerate(self._cells(place), start=1):
                if not cell:
                    yield f"row {number} has a blank {known[place]}"
        yield from self._pairs_without_a_first()
        keys = list(zip(*map(self._cells, self._unlike()), strict=True))
        if len(set(keys)) < len(keys):
            yield "two rows are alike" + (" in lane and index" if self.version else "")

    def _ragged(self) -> Iterator[str]:
        for number, row in enumerate(self.rows, start=1):
            extra = [cell for cell in row[len(self.columns) :] if cell.strip()]
            # Illumina's sheets come from spreadsheets, which drop or add blank cells at the end.
            if extra or (len(row) < len(self.columns) and not self.version):
                yield f"row {number} has more or fewer cells than there are columns"

    def _pairs_without_a_first(self) -> Iterator[str]:
        places = [next(self._places((name,)), None) for name in ("fastq1", "fastq2")]
        if None not in places:
            first, second = map(self._cells, places)
            for number, pair in enumerate(zip(first, second, strict=True), start=1):
                if not pair[0] and pair[1]:
                    yield f"row {number} names a second read file without a first"

    def _unlike(self) -> list[int]:
        return list(self._places(self.dialect.unlike)) or list(range(len(self.columns)))

    def _places(self, names: Sequence[str] | frozenset[str]) -> Iterator[int]:
        known = [cleaned(column) for column in self.columns]
        ordered = names if isinstance(names, tuple) else known
        return (known.index(name) for name in ordered if name in names and name in known)

    def _cells(self, place: int | None) -> list[str]:
        if place is None:
            return []
        return [row[place].strip() if place < len(row) else "" for row in self.rows]

    def _file_names(self, place: int) -> list[str]:
        parts = (part for cell in self._cells(place) for part in cell.split(";"))
        return [re.split(r"[\\/]", part.strip())[-1] for part in parts]


def parse_sheet(text: bytes, *, cut: bool = False) -> SampleSheet | None:
    """Read a sample sheet; None when it is none.

    Args:
        text: all of it, or its beginning.
        cut: whether the text may end inside a row, which is then left out.

    Raises:
        DamagedFileError: it is no text, or a quotation in it has no end.
    """
    decoded, encoding = _decoded(text)
    if cut:
        decoded = decoded[: decoded.rfind("\n") + 1]
    first = next((line for line in decoded.splitlines() if line.strip()), "")
    if _SECTION.match(first.strip().strip('"')):
        sheet = _illumina(decoded)
    else:
        sheet = _plain(decoded, first) or _webin(decoded)
    if sheet:
        sheet.encoding = encoding
    return sheet


def _decoded(text: bytes) -> tuple[str, str]:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text[: len(text) // 2 * 2].decode("utf-16", "replace"), "utf-16"
    if text.translate(None, CONTROLS) != text:
        raise DamagedFileError("it holds bytes that are no text")
    try:
        return text.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(text) - 4:  # the head ends inside a character
            return text[: error.start].decode("utf-8-sig"), "utf-8"
        return text.decode("cp1252", "replace"), "windows-1252"


def _rows(text: str, separator: str) -> list[list[str]]:
    try:
        found = list(csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise DamagedFileError("a quotation in it has no end, or stands inside a cell") from None
    return [row for row in found if any(cell.strip() for cell in row)]


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _plain(text: str, first: str) -> SampleSheet | None:
    separator = _separator(first)
    # The header alone decides, before strict rules are asked of a table that may be another's.
    columns = [cell.strip().strip('"').strip() for cell in first.lstrip("#").split(separator)]
    dialect = dialect_of(columns) if len(columns) > 1 else None
    if dialect is None:
        return None
    return SampleSheet(dialect, columns, _rows(text, separator)[1:])


def _webin(text: str) -> SampleSheet | None:
    """Read the manifest of ENA's Webin, which is one sample's, a line for each field."""
    fields: dict[str, list[str]] = {}
    for line in text.splitlines():
        match = _WEBIN.fullmatch(line.strip())
        if not match and line.strip():
            return None
        if match:
            fields.setdefault(match[1], []).append(match[2])
    columns = list(fields)
    dialect = dialect_of(columns)
    if dialect is None or dialect.name != "ena_webin":
        return None
    return SampleSheet(dialect, columns, [[";".join(values) for values in fields.values()]])


def _illumina(text: str) -> SampleSheet | None:
    sections: dict[str, list[list[str]]] = {}
    section: list[list[str]] = []
    for row in _rows(text, _separator(text)):
        heading = _SECTION.fullmatch(row[0].strip())
        if heading:
            section = sections.setdefault(heading[1], [])
        else:
            section.append(row)
    named = [name for name in sections if _DATA.fullmatch(name) or name == "Header"]
    if not named:
        return None
    data = next((sections[name] for name in ("BCLConvert_Data", "Data") if name in sections), [])
    settings = {
        row[0].strip(): row[1].strip()
        for name, rows in sections.items()
        if not _DATA.fullmatch(name)
        for row in rows
        if len(row) > 1
    }
    version = 2 if settings.get("FileFormatVersion") == "2" or "BCLConvert_Data" in sections else 1
    columns = [cell.strip() for cell in data[0]] if data else []
    while columns and not columns[-1]:
        columns.pop()
    return SampleSheet(ILLUMINA, columns, data[1:], settings, version)


def _distinct(values: Iterator[str] | Sequence[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
