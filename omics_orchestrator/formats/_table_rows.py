"""Every row of a table read in blocks: its cells counted, its numbers and its text looked at.

Counted with numpy where line feeds and separators stand, without making a cell of its own: that is
faster than a CSV parser, which also mends or skips what is broken. Quotes only matter where a row
has another number of cells without them: in many tables of the field a quote is but an inch mark.
"""

import codecs
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import filterfalse
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import whole_lines
from omics_orchestrator.formats._table_head import CONTROLS, TableHead, is_western_letter

_LONGEST_QUOTE = 2 << 20
_WIDE = 256  # letters, beyond which cells are not laid side by side
_GLANCE = 64 << 10
_LINE_FEED, _CARRIAGE_RETURN, _QUOTE = b'\n\r"'
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Whole rows that all have the same number of cells.

    Attributes:
        text: the rows as UTF-8.
        starts: where each row begins.
        cuts: where the separators stand, a line for each row.
        ends: where each row's line feed stands.
    """

    text: bytes
    starts: Places
    cuts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.ends)

    def cells(self, column: int) -> npt.NDArray[Any]:
        """Cut one column's cells out, as they are: quoted ones have their quotes."""
        starts = self.cuts[:, column - 1] + 1 if column else self.starts
        ends = self.cuts[:, column] if column < self.cuts.shape[1] else self.ends
        widths = ends - starts
        widest = int(widths.max(initial=1)) or 1
        if widest > _WIDE:
            spans = zip(starts.tolist(), ends.tolist(), strict=True)
            return np.array([self.text[start:end] for start, end in spans], object)
        raw = np.frombuffer(self.text + bytes(widest), np.uint8)
        cells = sliding_window_view(raw, widest)[starts]
        if int(widths.min()) < widest:
            cells[np.arange(widest) >= widths[:, None]] = 0
        return cells.view(f"S{widest}").ravel()


class Inspector(Protocol):
    """What a dialect looks at in every row."""

    def take(self, rows: Rows) -> None:
        """Look at some rows; DamagedFileError for what cannot be."""

    def facts(self) -> dict[str, object]:
        """Give what was counted, after the last row; DamagedFileError when rows are missing."""


class TableText:
    """The text of a table as UTF-8 lines, without its byte order mark.

    Attributes:
        encoding: the head's, or windows-1252 when the text behind the head turns out to be that.
        last_line_ended: whether the text read so far ends in a line feed.
    """

    def __init__(self, blocks: Iterable[bytes], head: TableHead) -> None:
        self._blocks = blocks
        self._decoder = codecs.getincrementaldecoder(head.encoding)()
        self._mark = head.mark
        self._was_ascii = not head.mark
        self.encoding = head.encoding
        self.last_line_ended = True

    def __iter__(self) -> Iterator[bytes]:
        """Yield whole lines, about 1 MiB of them at a time."""
        return whole_lines(self._checked())

    def _checked(self) -> Iterator[bytes]:
        mark = self._mark
        for block in self._blocks:
            text = self._utf8(block.removeprefix(mark))
            mark = b""
            if len(text.translate(None, CONTROLS)) != len(text):
                raise DamagedFileError("bytes that are no text stand in it")
            if text:
                self.last_line_ended = text.endswith(b"\n")
                yield text
        if self._decoder.getstate()[0]:
            raise DamagedFileError("the file ends inside a character")

    def _utf8(self, block: bytes) -> bytes:
        if self.encoding == "utf-8" and block.isascii() and not self._decoder.getstate()[0]:
            return block
        return self._decode(block).encode()

    def _decode(self, block: bytes) -> str:
        try:
            text = self._decoder.decode(block)
        except UnicodeDecodeError:
            text = self._western(block)
        self._was_ascii &= text.isascii()
        return text

    def _western(self, block: bytes) -> str:
        pending = self._decoder.getstate()[0] if self.encoding == "utf-8" else b""
        with suppress(UnicodeDecodeError):
            text = (pending + block).decode("windows-1252")
            if self._was_ascii and all(map(is_western_letter, filterfalse(str.isascii, text))):
                self.encoding = "windows-1252"
                self._decoder = codecs.getincrementaldecoder(self.encoding)()
                return text
        raise DamagedFileError(f"bytes that are no {self.encoding} stand in it")


def rows_of(text: TableText, head: TableHead, preamble: int) -> Iterator[Rows]:
    """Yield the rows behind the first `preamble` lines; DamagedFileError at a ragged row."""
    cells = len(head.columns) + head.has_row_names
    ends = _RowEnds(head.separator.encode(), cells)
    rest = b""
    for block in _behind(text, preamble):
        rows, rest = _cut(rest + block, ends)
        if len(rest) > _LONGEST_QUOTE:
            raise DamagedFileError("a quoted cell never ends")
        if len(rows):
            ends.look_at(rows)
            yield rows
    if rest:
        raise DamagedFileError("the file ends inside a quoted cell")
    ends.judge(last_line_ended=text.last_line_ended)


class _RowEnds:
    """Rows whose last cells are absent, which is damage, or the work of an editor.

    What strips blanks from the ends of lines takes empty cells away there. Then no row at all ends
    in a separator, and the rows that are whole have empty cells elsewhere.
    """

    def __init__(self, separator: bytes, cells: int) -> None:
        self.separator = separator
        self.cells = cells
        self._rows = 0
        self._fault = ""
        self._is_filled = False
        self._has_gaps = False
        self._has_empty_ends = False

    def fault(self, counts: Places) -> DamagedFileError:
        """Say which row is ragged, by the number of cells in each of some rows."""
        row = int((counts != self.cells).argmax())
        said = f"row {self._rows + row + 1} has {counts[row]} cells"
        return DamagedFileError(f"{said} where its header has {self.cells}")

    def filled(self, text: bytes) -> bytes | None:
        """Give the text with the absent cells, or None when it cannot be that they are empty."""
        lines = text[:-1].replace(b"\r\n", b"\n").split(b"\n")
        absent = [self.cells - 1 - line.count(self.separator) if line else 0 for line in lines]
        if self.separator != b"\t" or min(absent) < 0:
            return None
        self._is_filled = True
        self._has_empty_ends |= any(line.endswith(self.separator) for line in lines)
        pairs = zip(lines, absent, strict=True)
        return b"".join(line + self.separator * number + b"\n" for line, number in pairs)

    def doubt(self, fault: DamagedFileError) -> None:
        """Keep the first fault until the end of the file shows whether it is one."""
        self._fault = self._fault or fault.what

    def look_at(self, rows: Rows) -> None:
        """Note whether rows end in a separator or hold empty cells."""
        self._rows += len(rows)
        if not self._is_filled:
            room = 2 if rows.text.endswith(b"\r\n") else 1
            self._has_empty_ends |= bool((rows.ends - rows.cuts[:, -1] == room).any())
        self._is_filled = False
        self._has_gaps = self._has_gaps or self.separator * 2 in rows.text[:_GLANCE]

    def judge(self, *, last_line_ended: bool) -> None:
        """Refuse absent cells that no editor took away."""
        if self._fault and (self._has_empty_ends or not self._has_gaps or not last_line_ended):
            raise DamagedFileError(self._fault)


def _behind(text: Iterable[bytes], preamble: int) -> Iterator[bytes]:
    for block in text:
        lines = min(preamble, block.count(b"\n"))
        behind = block.split(b"\n", lines)[-1]
        preamble -= lines
        if behind:
            yield behind


def _cut(text: bytes, row_ends: _RowEnds) -> tuple[Rows, bytes]:
    raw = np.frombuffer(text, np.uint8)
    ends, cuts = np.flatnonzero(raw == _LINE_FEED), np.flatnonzero(raw == row_ends.separator[0])
    plain = _even(text, ends, cuts, row_ends.cells)
    if plain is not None and not _are_in_quotes(raw, ends, cuts, row_ends.separator[0]):
        return plain, b""
    if b'"' in text:
        ends, cuts = _unquoted(raw, ends), _unquoted(raw, cuts)
        if not ends.size:
            return Rows(b"", ends, ends.reshape(0, 1), ends), text
        stop = int(ends[-1]) + 1
        rows = _even(text[:stop], ends, cuts[cuts < stop], row_ends.cells)
        if rows is not None:
            return rows, text[stop:]
    if plain is not None:
        return plain, b""
    fault = row_ends.fault(_counted(raw, ends, cuts))
    filled = row_ends.filled(text)
    if filled is None:
        raise fault
    row_ends.doubt(fault)
    return _cut(filled, row_ends)


def _counted(raw: npt.NDArray[np.uint8], ends: Places, cuts: Places) -> Places:
    starts = np.concatenate(([0], ends[:-1] + 1))
    counts = np.diff(np.searchsorted(cuts, ends), prepend=0) + 1
    return np.asarray(counts[~_are_blank(raw, starts, ends)], np.int64)


def _even(text: bytes, ends: Places, cuts: Places, cells: int) -> Rows | None:
    starts = np.concatenate(([0], ends[:-1] + 1))
    if len(cuts) != len(ends) * (cells - 1):
        is_blank = _are_blank(np.frombuffer(text, np.uint8), starts, ends)
        starts, ends = starts[~is_blank], ends[~is_blank]
    if len(cuts) != len(ends) * (cells - 1):
        return None
    table = cuts.reshape(-1, cells - 1)
    fits = (table[:, 0] >= starts) & (table[:, -1] < ends)
    return Rows(text, starts, table, ends) if fits.all() else None


def _are_blank(raw: npt.NDArray[np.uint8], starts: Places, ends: Places) -> npt.NDArray[np.bool_]:
    blank = (starts == ends) | ((starts + 1 == ends) & (raw[starts] == _CARRIAGE_RETURN))
    return np.asarray(blank, np.bool_)


def _are_in_quotes(raw: npt.NDArray[np.uint8], ends: Places, cuts: Places, separator: int) -> bool:
    """Tell whether separators or line feeds stand inside cells that quotes begin and end."""
    quotes = np.flatnonzero(raw == _QUOTE)
    before = np.searchsorted(quotes, np.concatenate((ends, cuts)))
    inside = before[before % 2 == 1]
    if not inside.size:
        return False
    beside = np.isin(raw, (separator, _LINE_FEED, _CARRIAGE_RETURN, _QUOTE))
    opening = quotes[inside - 1]
    closing = quotes[inside[inside < len(quotes)]]
    begins = (opening == 0) | beside[opening - 1]
    closes = (closing + 1 == len(raw)) | beside[np.minimum(closing + 1, len(raw) - 1)]
    return bool(begins.all() and closes.all())


def _unquoted(raw: npt.NDArray[np.uint8], places: Places) -> Places:
    quotes = np.flatnonzero(raw == _QUOTE)
    return np.asarray(places[np.searchsorted(quotes, places) % 2 == 0], np.int64)
