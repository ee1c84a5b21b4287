"""Rows as clients send them, in JSON, CSV or XML."""

import csv
import io
import json
import sys
from typing import Any
from xml.parsers import expat

from omics_orchestrator.demo.redcap.request import Parameters, RefusedError

ReceivedRow = dict[str, Any]
_COMMA_AND_TAB = {"": ",", "tab": "\t"}


def rows(style: str, text: str, delimiter: str = "", *, nested: bool = False) -> list[ReceivedRow]:
    """Read rows of texts.

    Args:
        style: json, csv or xml.
        text: what was sent as `data`.
        delimiter: the API's `csvDelimiter`.
        nested: a value may be a mapping of texts too, in JSON and XML.

    Raises:
        RefusedError: the text is not what its style says, or does not hold rows.
    """
    try:
        found = _read(style, text, _COMMA_AND_TAB.get(delimiter, delimiter))
    except (ValueError, RecursionError, csv.Error, expat.ExpatError):
        found = None
    if not isinstance(found, list) or not all(_is_row(row, nested=nested) for row in found):
        raise RefusedError("The data being imported is not formatted correctly")
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def _is_row(row: Any, *, nested: bool) -> bool:
    if not isinstance(row, dict):
        return False
    return nested or not any(isinstance(value, dict | list) for value in row.values())


def received_rows(parameters: Parameters) -> list[ReceivedRow]:
    """Read the rows that a call sends as its `data`, those of users with their forms."""
    return rows(
        parameters.format, parameters.text("data"), parameters.text("csvDelimiter"), nested=True
    )


def _read(style: str, text: str, delimiter: str) -> Any:
    match style:
        case "json":
            return _read_json(text)
        case "csv":
            return _read_csv(text, delimiter)
        case _:
            return _read_xml(text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _read_json(text: str) -> Any:
    found = json.loads(text)
    return [found] if isinstance(found, dict) else found


def _read_csv(text: str, delimiter: str) -> list[ReceivedRow]:
    csv.field_size_limit(sys.maxsize)
    lines = io.StringIO(text, newline="")
    return list(csv.DictReader(lines, restkey="(beyond the header)", delimiter=delimiter))


def _read_xml(text: str) -> list[Any]:
    reader = _ItemReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.texts.append
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.ParseFile(io.BytesIO(text.encode()))
    return reader.items


def _refuse_doctype(*_declaration: object) -> None:
    # A document type may declare entities that grow without bound or name files.
    raise ValueError


class _ItemReader:
    """Gathers `<item>` elements: an element with elements inside is a mapping, another a text."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.texts: list[str] = []
        self._open: list[ReceivedRow] = []

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._open.append({})
        self.texts.clear()

    def end(self, name: str) -> None:
        parts = self._open.pop()
        value = parts or "".join(self.texts)
        if len(self._open) == 1:
            self.items.append(value)
        elif self._open:
            self._open[-1][name] = value
        self.texts.clear()
