"""What spreadsheets have in common, whatever their file format: headers, comments, assay matrices.

A laboratory puts a title above, units below the header and remarks beneath the data. The header row
is the one that begins with the word the study file gives; a line with nothing beside its first cell
is a comment, counted as such. A value under no header is refused: it would be lost.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from omics_orchestrator.dictionary.model import SheetSource
from omics_orchestrator.errors import SourceError
from omics_orchestrator.sources import Extract, Request, is_unfinished

Cells = Sequence[str | None]
Grid = Sequence[Cells]
Place = Mapping[str, str]
Files = Iterable[tuple[str, BinaryIO]]
GridsOf = Callable[[bytes, SheetSource, Place], list[Grid]]

_MOST_BYTES = 500_000_000
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# What Excel makes of the genes MARCH1 and SEPT2.
_DATE_FOR_A_NAME = re.compile(rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}-{_MONTH}|{_MONTH}-\d\d")


@dataclass(frozen=True)
class _Sheet:
    """The sheet of a file that has the header, taken apart.

    Attributes:
        headers: its header rows; the first names the columns.
        data: its rows of data.
        positions: where each column of the study file stands.
        comments: how many lines are neither header nor data, nor blank.
        sheets_left: how many sheets of the file have no header row.
    """

    headers: Grid
    data: Grid
    positions: Mapping[str, int]
    comments: int
    sheets_left: int

    @property
    def others(self) -> dict[int, str]:
        """The named columns that the study file does not list, by position."""
        listed = set(self.positions.values())
        return {p: name for p, name in enumerate(self.headers[0]) if name and p not in listed}


def read_sheets(files: Files, request: Request, grids_of: GridsOf) -> Extract:
    """Read all files of a source into one table of text.

    Args:
        files: name and open stream of each file, in order; unfinished ones are left out by name.
        request: what is asked, with a `SheetSource`.
        grids_of: takes one file's bytes apart into sheets: rows of stripped cells, None if blank.

    Raises:
        SourceError: no file, a file that is not what it should be, not exactly one header row, a
            column missing or there twice, or a value under no header.
    """
    source = request.source
    if not isinstance(source, SheetSource):
        raise TypeError("a spreadsheet reader reads a spreadsheet source")
    sheets, unfinished = {}, []
    for name, stream in files:
        if is_unfinished(name):
            unfinished.append(name)
            continue
        place = {**request.place, "file": name}
        sheets[name] = _sheet(grids_of(_content(stream, place), source, place), source, place)
    if not sheets:
        raise SourceError(
            "no file is there",
            mend=f"put one that matches `{source.files}` into the spreadsheet folder.",
            **request.place,
        )
    found = sheets.values()
    unlisted = [] if source.matrix else [name for s in found for name in s.others.values()]
    return Extract(
        {source.table: pl.concat([_frame(sheet, source) for sheet in found])},
        withheld=dict.fromkeys(unlisted, "not listed in the study file"),
        scope={
            "files": ", ".join(sheets),
            "unfinished_files": ", ".join(unfinished) or "none",
            "sheets_without_header": sum(sheet.sheets_left for sheet in found),
            "comment_lines": sum(sheet.comments for sheet in found),
        },
    )


def _content(stream: BinaryIO, place: Place) -> bytes:
    content = stream.read(_MOST_BYTES + 1)
    if not content:
        raise SourceError("the file is empty", mend="send it again.", **place)
    if len(content) > _MOST_BYTES:
        raise SourceError(
            f"the file is larger than {_MOST_BYTES // 1_000_000} MB",
            mend="send a spreadsheet; data of this size belong into an omic format.",
            **place,
        )
    return content


def _sheet(grids: Sequence[Grid], source: SheetSource, place: Place) -> _Sheet:
    starts = [
        (grid, number)
        for grid in grids
        for number, row in enumerate(grid)
        if row and row[0] == source.header
    ]
    if len(starts) != 1:
        raise SourceError(
            f"{len(starts) or 'no'} row{'s begin' if starts else ' begins'} with the header "
            f"`{source.header}`",
            mend="send one table under one header row, or correct `header` (or `delimiter`) in "
            "the study file.",
            **place,
        )
    grid, start = starts[0]
    body_start = start + max(1, len(source.matrix))
    headers, body = grid[start:body_start], grid[body_start:]
    _refuse_headless(grid, start, place)
    # A table of one column has nothing beside its first cell anywhere.
    beside = 1 if sum(map(bool, headers[0])) > 1 else 0
    data = [row for row in body if any(row[beside:])]
    sheet = _Sheet(
        headers,
        data,
        _positions(headers[0], source, place),
        comments=sum(map(any, grid)) - sum(map(any, headers)) - len(data),
        sheets_left=len(grids) - 1,
    )
    if source.matrix:
        _refuse_strange_headers(sheet, source, place)
    return sheet


def _refuse_headless(grid: Grid, start: int, place: Place) -> None:
    """Refuse a value in a column without a name: a remark beside the data, or a slipped line."""
    width = max(map(len, grid))
    nameless = [position for position in range(width) if not _cell(grid[start], position)]
    for number, row in enumerate(grid[start:], start=start + 1):
        for position in nameless:
            if _cell(row, position):
                raise SourceError(
                    f"row {number} has a value in column {position + 1}, which has no header",
                    mend="give the column a name in the header row, or remove what stands there.",
                    **place,
                )


def _positions(header: Cells, source: SheetSource, place: Place) -> dict[str, int]:
    for name in source.columns:
        if list(header).count(name) != 1:
            raise SourceError(
                f"column `{name}` is there {list(header).count(name)} times",
                mend="each column of the study file stands once in the header row.",
                **place,
            )
    return {name: list(header).index(name) for name in source.columns}


def _refuse_strange_headers(sheet: _Sheet, source: SheetSource, place: Place) -> None:
    kept = [sheet.positions[name] for name in source.columns[1:]]
    is_data = any(_cell(row, position) for row in sheet.headers[1:] for position in kept)
    if is_data or len(sheet.headers) < len(source.matrix):
        raise SourceError(
            f"the rows under the header are not {', '.join(source.matrix[1:])}, but data",
            mend="send the sheet with all its header rows, or correct `matrix` in the study file.",
            **place,
        )
    for position, name in sheet.others.items():
        if _DATE_FOR_A_NAME.fullmatch(name):
            raise SourceError(
                f"the header of column {position + 1} is a date",
                mend="Excel turns names such as MARCH1 into dates: write the name again as text.",
                **place,
            )


def _frame(sheet: _Sheet, source: SheetSource) -> pl.DataFrame:
    """The wanted columns as text; of a matrix, one row for each cell of each assay."""
    positions = [sheet.positions[name] for name in source.columns]
    if not source.matrix:
        cells = [[_cell(row, position) for row in sheet.data] for position in positions]
        return _text_frame(source.columns, cells)
    assays = list(sheet.others)
    cells = [[_cell(row, p) for row in sheet.data for _ in assays] for p in positions]
    cells += [[_cell(row, p) for p in assays] * len(sheet.data) for row in sheet.headers]
    cells.append([_cell(row, p) for row in sheet.data for p in assays])
    return _text_frame((*source.columns, *source.matrix, "value"), cells)


def _text_frame(names: Sequence[str], columns: Sequence[Cells]) -> pl.DataFrame:
    named = dict(zip(names, columns, strict=True))
    return pl.DataFrame(named, schema=dict.fromkeys(names, pl.String))


def _cell(row: Cells, position: int) -> str | None:
    return row[position] if position < len(row) else None
