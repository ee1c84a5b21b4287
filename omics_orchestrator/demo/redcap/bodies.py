"""Bodies as REDCap writes them: PHP's JSON, PHP's CSV and its own XML, row by row.

The odd cases (line breaks between metadata objects, labels always in quotes, a last line without
its end) were read from stored answers of real servers; clients have been seen to trip over each.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

Row = Mapping[str, str | int | Mapping[str, int]]

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
_QUOTE = re.compile(r'(?<!\\)"')
_JSON = json.JSONEncoder(separators=(",", ":"))
_XML = '<?xml version="1.0" encoding="UTF-8" ?>'


def encode(
    content: str,
    style: str,
    rows: Iterable[Row],
    delimiter: str = "",
    *,
    header: Callable[[str], str] = str,
    empty_csv: str = "\n",
) -> Iterator[str]:
    """Write rows of one API content piece by piece.

    Args:
        content: the API's name of what is asked for (`record`, `metadata` …).
        style: json, csv or xml.
        rows: all with the same keys in the same order.
        delimiter: the API's `csvDelimiter`.
        header: gives what the first line of a CSV says of a key.
        empty_csv: the CSV of no rows.
    """
    if style == "json":
        return _as_json(content, rows)
    if style == "csv":
        character = _DELIMITERS.get(delimiter, delimiter)
        return _as_csv(content, rows, character, header=header, empty=empty_csv)
    return _as_xml(rows)


def json_text(value: object) -> str:
    """Write one JSON value as PHP does: compact, ASCII only, the slash escaped."""
    return _JSON.encode(value).replace("/", "\\/")


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


def _as_csv(
    content: str, rows: Iterable[Row], delimiter: str, *, header: Callable[[str], str], empty: str
) -> Iterator[str]:
    line_end = ""
    special = re.compile(rf'[{re.escape(delimiter)}"\\ \t\r\n]')
    quoted = _ALWAYS_QUOTED.get(content, set())
    for row in rows:
        if not line_end:
            yield delimiter.join(_csv_cell(header(name), special) for name in row)
            line_end = "\n"
        yield line_end + delimiter.join(_csv_cells(row, special, quoted))
    if not line_end:
        yield empty
    elif content not in _WITHOUT_LAST_LINE_END:
        yield "\n"


def _csv_cells(row: Row, special: re.Pattern[str], quoted: set[str]) -> Iterable[str]:
    texts = [cell if isinstance(cell, str) else _packed(cell) for cell in row.values()]
    # One look at a whole row is many times as fast as one at each of its cells.
    if not quoted and special.search("".join(texts)) is None:
        return texts
    named = zip(row, texts, strict=True)
    return [_csv_cell(text, special, always=name in quoted) for name, text in named]


def _packed(cell: int | Mapping[str, int]) -> str:
    if isinstance(cell, int):
        return str(cell)
    return ",".join(f"{name}:{number}" for name, number in cell.items())


def _csv_cell(text: str, special: re.Pattern[str], *, always: bool = False) -> str:
    if not always and special.search(text) is None:
        return text
    # PHP takes the backslash for an escape and leaves the quote after it single.
    doubled = _QUOTE.sub('""', text) if '"' in text else text
    return f'"{doubled}"'


def _as_xml(rows: Iterable[Row]) -> Iterator[str]:
    yield f"{_XML}<records>"
    for row in rows:
        yield f"<item>{''.join(_xml_cell(name, cell) for name, cell in row.items())}</item>"
    yield "</records>"


def _xml_cell(name: str, cell: str | int | Mapping[str, int]) -> str:
    if isinstance(cell, str | int):
        text = str(cell).replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{text}]]></{name}>"
    inner = "".join(f"<{part}>{number}</{part}>" for part, number in cell.items())
    return f"<{name}>{inner}</{name}>"
