"""The beginning of a table written as text: how it is spelt, its columns and its first rows.

The header is the last line of a leading block of `#` lines when it has columns (MetaPhlAn, HUMAnN),
otherwise the first line that is no comment.
"""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import filterfalse

SEPARATORS = {"\t": "tab", ",": "comma", ";": "semicolon"}
CONTROLS = bytes(sorted(set(range(32)) - set(b"\t\n\r")))
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]")
# The signs of windows-1252 that tables have: quotes, dashes, degrees, fractions …
_WESTERN_SIGNS = bytes.fromhex(
    "85 91929394 95 9697 99 a0 a7 a9 ae b0b1b2b3 b7 b9 bcbdbe d7 f7"
).decode("windows-1252")
_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))
_FIRST_ROWS = 40
_LINES = _FIRST_ROWS + 60
_LOOKED_AT, _MANY = 15, 8
_MISSING = frozenset(
    {"", "NA", "N/A", "NaN", "nan", "null", "Inf", "-Inf", "inf", "Filtered", "None"}
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
_GCT = ("#1.2", "#1.3")


@dataclass(frozen=True)
class TableHead:
    """How a table begins.

    Attributes:
        encoding: utf-8, utf-16-le, utf-16-be or windows-1252.
        mark: the byte order mark before the text, empty when there is none.
        line_ends: LF or CR LF.
        separator: what parts the cells.
        comments: the lines before the header, as they are.
        columns: the header's cells; the first row's where a table has no header.
        rows: the cells of the first rows behind the header.
    """

    encoding: str
    mark: bytes
    line_ends: str
    separator: str
    comments: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def has_row_names(self) -> bool:
        """Tell whether rows have one cell more than the header, as R writes them."""
        return bool(self.rows) and all(len(row) == len(self.columns) + 1 for row in self.rows)

    @property
    def is_annotated(self) -> bool:
        """Tell whether lines that begin with `#!` follow the header, as Perseus writes them."""
        return bool(self.rows) and self.rows[0][0].startswith("#!{")

    @cached_property
    def numbers_from(self) -> int | None:
        """The first of the columns that hold only numbers up to the last; None when none do."""
        width = max((len(row) for row in self.rows), default=0)
        found = sorted(map(_behind_text, self.rows[:_LOOKED_AT]), reverse=True) or [width]
        first = found[len(found) > _MANY]  # one row of many may be damaged
        return first if first < width else None

    @cached_property
    def decimal(self) -> str:
        """The decimal mark of the numbers in the first rows."""
        if self.separator == ",":
            return "."
        cells = [cell for row in self.rows[:_LOOKED_AT] for cell in row]
        commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
        return "," if commas > sum("." in cell and is_number(cell) for cell in cells) else "."

    def cells(self, column: int) -> list[str]:
        """The first rows' cells of one column, those that are there."""
        return [row[column] for row in self.rows if column < len(row)]

    def facts(self) -> dict[str, object]:
        """How the table is spelt, where that is not UTF-8 with line feeds and points."""
        said: dict[str, object] = {"separator": SEPARATORS[self.separator]}
        if self.encoding != "utf-8":
            said["encoding"] = self.encoding
        if self.mark:
            said["byte_order_mark"] = True
        if self.line_ends != "LF":
            said["line_ends"] = self.line_ends
        if self.decimal != ".":
            said["decimal"] = self.decimal
        return said


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a number, with a point or a comma, or a mark for a missing one."""
    cell = cell.strip()
    return cell in _MISSING or bool(_NUMBER.fullmatch(cell) or _DECIMAL_COMMA.fullmatch(cell))


def _behind_text(row: Sequence[str]) -> int:
    return next((at + 1 for at in reversed(range(len(row))) if not is_number(row[at])), 0)


@lru_cache(maxsize=2)  # each of the table formats asks about the same file
def table_head(start: bytes, *, is_all: bool = False) -> TableHead | None:
    """Read how a table begins; None when `start` is no text with columns.

    Args:
        start: the first bytes of the file, unpacked.
        is_all: whether the file ends there, so that the last line is not cut.
    """
    decoded = _decoded(start)
    if decoded is None:
        return None
    mark, encoding, text = decoded
    lines = text.split("\n")
    if len(lines) > 1 and not is_all:
        lines.pop()
    line_ends = "CR LF" if lines[0].endswith("\r") else "LF"
    lines = [line.removesuffix("\r") for line in lines]
    place = _header_place(lines)
    separator = _separator(lines[place]) if place < len(lines) else None
    if separator is None:
        return None
    columns, *rows = _parsed([lines[place], *filter(None, lines[place + 1 :])], separator)
    comments = tuple(lines[:place])
    first = tuple(rows[:_FIRST_ROWS])
    return TableHead(encoding, mark, line_ends, separator, comments, columns, first)


def _decoded(start: bytes) -> tuple[bytes, str, str] | None:
    mark, encoding = next((each for each in _MARKS if start.startswith(each[0])), (b"", "utf-8"))
    if not mark and b"\0" in start:
        start = start[: start.index(b"\0") + 1]  # no text goes on behind it
    text = start[len(mark) :].decode(encoding, "replace")
    if not mark and _is_western(start):
        encoding, text = "windows-1252", start.decode("windows-1252", "replace")
    text = "\n".join(text.split("\n", _LINES)[:_LINES])
    # Rows behind the header may be damaged, and what they are rows of is known all the same.
    stop = _NO_TEXT.search(text)
    sound = text[: text.rfind("\n", 0, stop.start()) + 1] if stop else text
    return (mark, encoding, sound) if sound else None


def _is_western(start: bytes) -> bool:
    if start.isascii():
        return False
    whole = start[: start.rfind(b"\n") + 1] or start  # a cut may part the bytes of a character
    with suppress(UnicodeDecodeError):
        whole.decode()
        return False
    with suppress(UnicodeDecodeError):
        return all(map(is_western_letter, filterfalse(str.isascii, whole.decode("windows-1252"))))
    return False


def is_western_letter(letter: str) -> bool:
    """Tell whether text about measurements in a language of western Europe has such a letter."""
    return letter.isalpha() or letter in _WESTERN_SIGNS


def _header_place(lines: Sequence[str]) -> int:
    place = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows_tabs = lines[place].count("\t") if place < len(lines) else 0
    if place and lines[place - 1].count("\t") >= max(1, rows_tabs):
        return place - 1
    return place + 1 if lines[0].strip() in _GCT else place


def _separator(header: str) -> str | None:
    if "\t" in header:
        return "\t"
    found = max(",;", key=header.count)
    return found if found in header else None


def _parsed(lines: Sequence[str], separator: str) -> list[tuple[str, ...]]:
    csv.field_size_limit(1 << 27)
    try:
        return [tuple(row) for row in csv.reader(lines, delimiter=separator)]
    except csv.Error:
        return [tuple(line.split(separator)) for line in lines]
