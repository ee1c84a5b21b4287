"""Read delimited text files (CSV) as laboratories export them."""

import codecs
import csv
import io
import sys

from omics_orchestrator.dictionary.model import SheetSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, Request
from omics_orchestrator.sources._sheets import Files, Grid, Place, read_sheets


def read(files: Files, request: Request) -> Extract:
    """Read every file of a delimited source; see `read_sheets`."""
    return read_sheets(files, request, _grids)


def _as_windows_wrote(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Excel on Windows means them, so that nothing is dropped."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="backslashreplace"), error.end


codecs.register_error("as_windows_wrote", _as_windows_wrote)


def _grids(content: bytes, source: SheetSource, place: Place) -> list[Grid]:
    if b"\0" in content:
        raise SourceError(
            "this is not plain text, whatever its name says",
            mend="export it again as CSV in UTF-8.",
            **place,
        )
    text = content.decode("utf-8-sig", errors="as_windows_wrote")
    # A remark may be longer than the csv module lets through by default.
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    try:
        return [[[cell.strip() or None for cell in line] for line in lines]]
    except csv.Error:
        raise SourceError(
            f"line {lines.line_num} has a quotation mark that is not closed or stands inside text",
            mend="export it again; in a quoted cell a quotation mark is written twice.",
            **place,
        ) from None
