"""Bodies as REDCap writes them: PHP's JSON, PHP's CSV and its own XML, row by row.

The odd cases (line breaks between metadata objects, labels always in quotes, a last line without
its end) were read from stored answers of real servers; clients have been seen to trip over each.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

Row = Mapping[str, str | int]

CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
_DELIMITERS = {"": ",", "tab": "\t"}
_ALWAYS_QUOTED = {
    "instrument": {"instrument_label"},
    "event": {"event_name"},
    "arm": {"name"},
}
_WITHOUT_LAST_LINE_END = {"arm", "formEventMapping"}
_XML = '<?xml version="1.0" encoding="UTF-8" ?>'


def encode(content: str, style: str, rows: Iterable[Row], delimiter: str = "") -> Iterator[str]:
    """Write rows of one API content piece by piece.

    Args:
        content: the API's name of what is asked for (`record`, `metadata` …).
        style: json, csv or xml.
        rows: all with the same keys in the same order.
        delimiter: the API's `csvDelimiter`.
    """
    if style == "json":
        return _as_json(content, rows)
    if style == "csv":
        return _as_csv(content, rows, _DELIMITERS.get(delimiter, delimiter))
    return _as_xml(rows)


def json_text(value: object) -> str:
    """Write one JSON value as PHP does: compact, ASCII only, the slash escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def error(style: str, what: str) -> str:
    """Write an error."""
    if style == "json":
        return json_text({"error": what})
    if style == "csv":
        return f"ERROR: {what}"
    return f"{_XML}<hash><error>{escape(what)}</error></hash>"


def _as_json(content: str, rows: Iterable[Row]) -> Iterator[str]:
    if content == "project":
        yield from map(json_text, rows)
        return
    separator = ",\n" if content == "metadata" else ","
    yield "["
    for number, row in enumerate(rows):
        yield (separator if number else "") + json_text(row)
    yield "]"


def _as_csv(content: str, rows: Iterable[Row], delimiter: str) -> Iterator[str]:
    line_end = ""
    special = re.compile(rf'[{re.escape(delimiter)}"\\ \t\r\n]')
    for row in rows:
        if not line_end:
            yield delimiter.join(_csv_cell(name, special) for name in row)
            line_end = "\n"
        quoted = _ALWAYS_QUOTED.get(content, ())
        cells = (_csv_cell(cell, special, always=name in quoted) for name, cell in row.items())
        yield line_end + delimiter.join(cells)
    yield "" if content in _WITHOUT_LAST_LINE_END else "\n"


def _csv_cell(cell: str | int, special: re.Pattern[str], *, always: bool = False) -> str:
    text = str(cell)
    if not always and special.search(text) is None:
        return text
    # PHP takes the backslash for an escape and leaves the quote after it single.
    return '"' + re.sub(r'(?<!\\)"', '""', text) + '"'


def _as_xml(rows: Iterable[Row]) -> Iterator[str]:
    yield f"{_XML}<records>"
    for row in rows:
        cells = (f"<{name}><![CDATA[{_cdata(cell)}]]></{name}>" for name, cell in row.items())
        yield f"<item>{''.join(cells)}</item>"
    yield "</records>"


def _cdata(cell: str | int) -> str:
    return str(cell).replace("]]>", "]]]]><![CDATA[>")
