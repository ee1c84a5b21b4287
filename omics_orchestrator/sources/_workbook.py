"""Look through a workbook before it is parsed: what it unpacks to, and what its sheets hold.

The parser unpacks a sheet into a full rectangle, and ends the whole process when memory does not
suffice: one stray cell in the last corner makes 17 thousand million. It gives blanks for errors
such as #N/A. Both are seen in the sheet's text without parsing it.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO

from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources._sheets import Place

_MOST_UNPACKED_BYTES = 500_000_000
_MOST_RATIO = 100
_MOST_CELLS = 5_000_000
_BLOCK_BYTES = 1 << 20
_LONGEST_TAG = 1 << 16
_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b(?:[^>]*?\sr=[\"']([A-Za-z]*)([0-9]+))?")
_ERROR = re.compile(rb"<(?:\w+:)?c\b[^>]*\st=[\"']e[\"']")
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def look_through(content: bytes, place: Place) -> None:
    """Refuse a workbook that cannot be parsed safely and without loss.

    Raises:
        SourceError: it is no .xlsx, has a password, is cut or damaged, would unpack to more than a
            laboratory ever sends, declares entities, or has an error in a cell.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(archive, place)
            for member in archive.infolist():
                # Reading a member to its end compares its size and checksum with what it declares.
                with archive.open(member) as file:
                    _refuse_part(file, place)
    except _BROKEN:
        raise SourceError(
            f"this is {_other_kind(content)}",
            mend="save it again as .xlsx, without a password.",
            **place,
        ) from None


def _other_kind(content: bytes) -> str:
    if not content.startswith(_OLE):
        return "not an Excel workbook (.xlsx), or only a part of one"
    return "a workbook with a password" if _ENCRYPTED in content else "an old workbook (.xls)"


def _refuse_bomb(archive: zipfile.ZipFile, place: Place) -> None:
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise zipfile.BadZipFile
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > min(_MOST_UNPACKED_BYTES, _MOST_RATIO * packed):
        raise SourceError(
            f"the workbook would unpack to {unpacked / 1e6:,.0f} MB",
            mend="send the data without formatted empty rows, or as CSV.",
            **place,
        )


def _refuse_part(file: IO[bytes], place: Place) -> None:
    extent, is_sheet = _Extent(), False
    for piece in _pieces(file):
        is_sheet = is_sheet or b"worksheet" in piece
        if b"<!DOCTYPE" in piece:
            raise SourceError(
                "the workbook declares entities, as Excel never does",
                mend="find out who made it, and save it again with Excel.",
                **place,
            )
        if is_sheet:
            extent.add(piece)
    if extent.rows * extent.columns > _MOST_CELLS:
        raise SourceError(
            f"a sheet reaches to row {extent.rows}, column {extent.columns}",
            mend="delete the stray cells beyond the data, or send it as CSV.",
            **place,
        )
    if extent.errors:
        raise SourceError(
            f"{extent.errors} cell(s) of a sheet hold an error such as #N/A instead of a value",
            mend="correct the formulas, or write the word for a missing value in their place.",
            **place,
        )


@dataclass
class _Extent:
    """How far the cells of a sheet reach, and how many hold errors; `row`, `column`: the last."""

    rows: int = 0
    columns: int = 0
    errors: int = 0
    row: int = 0
    column: int = 0

    def add(self, piece: bytes) -> None:
        """Take in what a piece of the sheet's text says; a cell may leave out where it stands."""
        if b'"e"' in piece or b"'e'" in piece:
            self.errors += len(_ERROR.findall(piece))
        row, column, rows, columns = self.row, self.column, self.rows, self.columns
        for tag, letters, number in _TAG.findall(piece):
            if tag == b"row":
                row, column = int(number or row + 1), 0
            else:
                row, column = int(number or row), _position(letters) if letters else column + 1
                rows, columns = max(rows, row), max(columns, column)
        self.row, self.column, self.rows, self.columns = row, column, rows, columns


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a sheet's text in pieces that cut no tag."""
    text = b""
    while block := file.read(_BLOCK_BYTES):
        text += block
        end = max(text.rfind(b"<"), len(text) - _LONGEST_TAG, 0)
        yield text[:end]
        text = text[end:]
    yield text


@cache
def _position(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
