"""What a CSV file or an Excel sheet offers: its header, and how its columns are written."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePath

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import as_part
from omics_orchestrator.suggest.columns import written
from omics_orchestrator.suggest.identifying import why_identifying
from omics_orchestrator.suggest.offer import Offer, Outline, RawTable
from omics_orchestrator.suggest.redcap_outline import label_and_unit

Row = Sequence[str]
_ROWS, _HEADER_WITHIN = 2_000, 20
_DELIMITERS = (",", ";", "\t", "|")
_FEW = 30


def outline(name: str, content: bytes, *, folder: str) -> Outline:
    """What a spreadsheet offers, and how a study file describes it.

    Args:
        name: the file's name; `.xlsx` is a workbook, anything else delimited text.
        content: the file.
        folder: the name of the environment variable that holds the folder of spreadsheets.

    Raises:
        SourceError: the file cannot be read, or has no header row.
    """
    is_workbook = PurePath(name).suffix.lower() in (".xlsx", ".xlsm")
    rows, delimiter = (_workbook(name, content), "") if is_workbook else _text(content)
    header, body = _parted(name, rows)
    table = as_part(PurePath(name).stem)
    identifiers = {each: why for each in header if (why := why_identifying(each, ""))}
    kept = [each for each in header if each not in identifiers]
    return Outline(
        source={
            "kind": "excel" if is_workbook else "delimited",
            "folder": folder,
            "files": name,
            "table": table,
            "header": header[0],
            "columns": kept,
            **({} if delimiter in ("", ",") else {"delimiter": delimiter}),
        },
        tables=(RawTable(table, key=_key(header, body, kept)),),
        offers=tuple(
            _offer(each, table, place, [row[place] for row in body])
            for place, each in enumerate(header)
            if each in kept
        ),
        identifiers=identifiers,
    )


def _offer(name: str, table: str, place: int, cells: Row) -> Offer:
    how = written(cells)
    label, unit = label_and_unit(name, "")
    few = frozenset(each.strip() for each in cells if each.strip())
    return Offer(
        field=name,
        table=table,
        kind=how.kind,
        label=label,
        unit=unit,
        position=place,
        formats=how.formats,
        decimal=how.decimal,
        has_comparators=how.has_comparators,
        samples=few if how.kind == "text" and len(few) <= _FEW else frozenset(),
    )


def _key(header: Row, body: Sequence[Row], kept: Row) -> tuple[str, ...]:
    """The first column in which every row has a cell of its own."""
    for name in kept:
        cells = [row[list(header).index(name)] for row in body]
        if cells and all(cells) and len(set(cells)) == len(cells):
            return (name,)
    return ()


def _text(content: bytes) -> tuple[list[Row], str]:
    text = content.decode("utf-8-sig", errors="replace")
    first = text.splitlines()[:_HEADER_WITHIN]
    delimiter = max(_DELIMITERS, key=lambda each: sum(line.count(each) for line in first))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [
        [cell.strip() for cell in line] for _, line in zip(range(_ROWS), lines, strict=False)
    ], delimiter


def _workbook(name: str, content: bytes) -> list[Row]:
    """The sheet with the most rows."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [
            book.get_sheet_by_name(each.name).to_python(skip_empty_area=False, nrows=_ROWS)
            for each in book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet
        ]
    except CalamineError:
        raise SourceError(
            "the workbook cannot be read", mend="open it in Excel and save it as .xlsx.", file=name
        ) from None
    return [[_cell(cell) for cell in row] for row in max(sheets, key=len, default=[])]


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().removesuffix(" 00:00:00")


def _parted(name: str, rows: Sequence[Row]) -> tuple[Row, list[Row]]:
    """The header row, which names the most columns of the first rows, and the rows below it."""
    # A value is no name: without a header, the first participant would be taken for one.
    named = [
        sum(map(bool, row)) if all(written([cell]).kind == "text" for cell in row) else 0
        for row in rows[:_HEADER_WITHIN]
    ]
    if not any(named):
        raise SourceError(
            "no header row is there", mend="send a table whose columns have names.", file=name
        )
    start = named.index(max(named))
    header = [cell for cell in rows[start] if cell]
    places = [place for place, cell in enumerate(rows[start]) if cell]
    if len(set(header)) < len(header):
        raise SourceError(
            "two columns have the same name", mend="give each column a name of its own.", file=name
        )
    body = [[row[p] if p < len(row) else "" for p in places] for row in rows[start + 1 :]]
    return header, [row for row in body if any(row)]
