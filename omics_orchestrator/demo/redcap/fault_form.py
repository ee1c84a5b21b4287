"""A call's form as it came over the wire, read only as far as faults need it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from omics_orchestrator.demo.redcap.fault_script import Fault, Kind

_ARRAYS = {"records", "fields", "forms", "events", "arms"}
_TABLES = {"record", "report", "participantList"}
_PART = re.compile(rb'name="(\w+)"\r\n\r\n([^\r]*)\r\n')


@dataclass(frozen=True)
class WireForm:
    """The body of a call, form-encoded or in parts."""

    body: bytes

    def text(self, name: str) -> str:
        """A single value, "" when it was not sent."""
        return dict(self._pairs).get(name, "")

    @property
    def style(self) -> str:
        """How rows are asked for: json, csv or xml."""
        return self.text("format") or "xml"

    @property
    def asks_for_rows(self) -> bool:
        """Tell an export of rows from an import, a deletion and a project file."""
        exports = self.text("action") in {"", "export"} and not self.text("data")
        return exports and self.style in {"json", "csv", "xml"}

    def read_with(self, faults: Iterable[Fault]) -> "WireForm":
        """The form as a server with these faults reads it."""
        pairs = self._pairs
        kinds = {fault.kind for fault in faults}
        if Kind.LEGACY_ARRAYS in kinds:
            pairs = [pair for name, value in pairs for pair in _split(name, value)]
        if Kind.SEMICOLONS in kinds and self.text("content") in _TABLES:
            pairs = [("csvDelimiter", ";"), *pairs]
        return self if pairs is self._pairs else WireForm(urlencode(pairs).encode())

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        parts = _PART.findall(self.body) if self.body.startswith(b"--") else []
        if parts:
            return [(name.decode(), value.decode(errors="replace")) for name, value in parts]
        return parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)


def _split(name: str, value: str) -> list[tuple[str, str]]:
    if name not in _ARRAYS:
        return [(name, value)]
    return [(f"{name}[{number}]", part) for number, part in enumerate(value.split(","))]
