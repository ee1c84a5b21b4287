"""Read Excel workbooks (.xlsx) with the fastest parser, after `_workbook` has looked through."""

import io
from datetime import datetime, time

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from omics_orchestrator.dictionary.model import SheetSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, Request
from omics_orchestrator.sources._sheets import Files, Grid, Place, read_sheets
from omics_orchestrator.sources._text import as_text
from omics_orchestrator.sources._workbook import look_through


def read(files: Files, request: Request) -> Extract:
    """Read the sheet with the header row of every workbook of a source; see `read_sheets`."""
    return read_sheets(files, request, _grids)


def _grids(content: bytes, _: SheetSource, place: Place) -> list[Grid]:
    look_through(content, place)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            _grid(workbook.get_sheet_by_name(sheet.name))
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
    except CalamineError:
        raise SourceError(
            "the workbook cannot be read", mend="open it in Excel and save it as .xlsx.", **place
        ) from None


def _grid(sheet: CalamineSheet) -> Grid:
    rows = sheet.to_python(skip_empty_area=False)
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(cell: object) -> str | None:
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return (as_text(cell) or "").strip() or None
