"""BIOM 1.0 as JSON, which has to be in memory as a whole to be read."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._packing import Unpacked

_LARGEST = 1 << 30
_SMALL = 8 << 20
_MOST_NAMES = 2_000
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_SAID = {"type": "type", "generated_by": "generated_by", "date": "created"}
_ENTRY = 3
_VERSION = re.compile(r"\d+(?:\.\d+)+")


def describe_json(stream: BinaryIO) -> Mapping[str, object]:
    """Describe the file; one of more than 8 MiB by the words of its first MiB only."""
    unpacked = Unpacked(stream, 1 << 20)
    start = b""
    for block in unpacked:
        start += block
        if len(start) > _SMALL:
            return {"container": unpacked.container, **_said(_words(start))}
    return {"container": unpacked.container, **_facts(_table(start))}


def read_json(stream: BinaryIO) -> Mapping[str, object]:
    """Read the whole table and check that rows, columns and entries fit its shape."""
    unpacked = Unpacked(stream)
    text = bytearray()
    for block in unpacked:
        text += block
        if len(text) > _LARGEST:
            raise DamagedFileError("a JSON table of more than 1 GiB, which belongs in HDF5")
    table = _table(text)
    for fault in _faults(table):
        raise DamagedFileError(fault)
    rows, columns = table["shape"]
    return {**unpacked.facts(), "n_observations": rows, "n_samples": columns}


def keys_of_head(stream: BinaryIO) -> list[str]:
    """Give every key that stands in the first 8 MiB, once each."""
    text = b""
    for block in Unpacked(stream, 1 << 20):
        text += block
        if len(text) > _SMALL:
            break
    return list(dict.fromkeys(_KEY.findall(text.decode("utf-8", "replace"))))


def _table(text: bytes | bytearray) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise DamagedFileError("its JSON is cut or broken") from None
    if not isinstance(found, dict):
        raise DamagedFileError("its JSON is no table")
    return found


def _words(start: bytes) -> dict[str, Any]:
    text = start[: 1 << 20].decode("utf-8", "replace")
    keys = ("format", *_SAID)
    found = {key: re.search(rf'"{key}"\s*:\s*"([^"]*)"', text) for key in keys}
    said: dict[str, Any] = {key: match[1] for key, match in found.items() if match}
    shape = re.search(r'"shape"\s*:\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]', text)
    return said | ({"shape": [int(shape[1]), int(shape[2])]} if shape else {})


def _said(table: Mapping[str, Any]) -> dict[str, object]:
    version = _VERSION.search(str(table.get("format")))
    facts: dict[str, object] = {"version": version and version[0]}
    for key, name in _SAID.items():
        facts[name] = table.get(key) and str(table[key])
    if "shape" in table:
        facts["n_observations"], facts["n_samples"] = table["shape"]
    return facts


def _facts(table: Mapping[str, Any]) -> dict[str, object]:
    for fault in _shape_faults(table):
        raise DamagedFileError(fault)
    columns, rows = table["columns"], table["rows"]
    facts = _said(table) | {
        "matrix_type": table.get("matrix_type"),
        "observation_metadata": _metadata(rows),
        "sample_metadata": _metadata(columns),
    }
    if len(columns) <= _MOST_NAMES:
        facts["samples"] = [str(column.get("id")) for column in columns]
    return facts


def _metadata(axis: list[Mapping[str, Any]]) -> list[str]:
    first = axis[0].get("metadata") if axis else None
    return sorted(first) if isinstance(first, dict) else []


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    yield from _shape_faults(table)
    for axis in ("rows", "columns"):
        names = [each.get("id") for each in table[axis]]
        if len({str(name) for name in names}) != len(names):
            yield f"an identifier of its {axis} stands twice"
    if not _fits(table):
        yield "an entry lies outside the matrix"


def _shape_faults(table: Mapping[str, Any]) -> Iterator[str]:
    parts = [table.get(name) for name in ("shape", "rows", "columns", "data")]
    if not all(isinstance(part, list) for part in parts):
        yield "its shape, rows, columns or data are absent"
    elif parts[0] != [len(table["rows"]), len(table["columns"])]:
        yield "it has not as many rows and columns as its shape says"
    elif not all(isinstance(each, dict) for each in (*table["rows"], *table["columns"])):
        yield "its rows or columns are not described as BIOM's are"


def _fits(table: Mapping[str, Any]) -> bool:
    rows, columns = table["shape"]
    data = table["data"]
    if not all(isinstance(entry, list) for entry in data):
        return False
    if table.get("matrix_type") == "dense":
        return len(data) == rows and all(len(row) == columns for row in data)
    return all(
        len(entry) == _ENTRY and _is_place(entry[0], rows) and _is_place(entry[1], columns)
        for entry in data
    )


def _is_place(found: object, length: int) -> bool:
    return isinstance(found, int) and 0 <= found < length
