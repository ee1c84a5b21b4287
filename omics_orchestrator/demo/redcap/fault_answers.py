"""Answers with a fault in them: a page in place of one, or one that is not what was asked for."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, encode, error
from omics_orchestrator.demo.redcap.fault_form import WireForm
from omics_orchestrator.demo.redcap.fault_script import Fault, Kind
from omics_orchestrator.demo.redcap.received import ReceivedRow, rows

_OK, _FOUND, _FORBIDDEN = 200, 302, 403
_OUT_OF_MEMORY = (
    "REDCap ran out of server memory. The request cannot be processed. Please try"
    " importing/exporting a smaller amount of data."
)
_BROWSER_TABS = (
    "The page could not be loaded because multiple browser tabs of the same REDCap page were open"
)
_BANNED = "Your network address has been banned. Please contact a REDCap administrator"
_GATEWAYS = {
    Kind.FORBIDDEN: (_FORBIDDEN, "403 Forbidden"),
    Kind.BAD_GATEWAY: (502, "502 Bad Gateway"),
    Kind.UNAVAILABLE: (503, "503 Service Unavailable"),
    Kind.TIMEOUT: (504, "504 Gateway Time-out"),
}
# Which contents have the rows that a fault changes; any other answer is left as it is.
_ROWS_CHANGE: Mapping[Kind, tuple[str, ...]] = {
    Kind.DROPPED_RECORDS: ("record", "report"),
    Kind.MISSING_FIELDS: ("record", "report", "metadata"),
    Kind.LOG_WITHOUT_DELETES: ("log",),
}


@dataclass(frozen=True)
class WireAnswer:
    """A whole answer: status, headers in lower case, body."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


def in_place_of_answer(faults: Iterable[Fault], form: WireForm, path: str) -> WireAnswer | None:
    """What the first fault that leaves the call unanswered sends instead."""
    for fault in faults:
        if fault.kind in _GATEWAYS:
            return _page(*_GATEWAYS[fault.kind])
        if fault.kind in _INSTEAD:
            return _INSTEAD[fault.kind](fault, form, path)
    return None


def changed(faults: Iterable[Fault], form: WireForm, answer: WireAnswer) -> WireAnswer:
    """The answer with every fault that alters it; a refusal is left as it is."""
    if answer.status != _OK:
        return answer
    body = answer.body
    for fault in faults:
        if form.text("content") in _ROWS_CHANGE.get(fault.kind, ()) and form.asks_for_rows:
            body = _with_rows_changed(fault, form, body)
        if fault.kind is Kind.BAD_BYTES:
            # What Latin-1 calls a no-break space, and UTF-8 nothing at all.
            body = body.replace(b" ", b"\xa0")
    return replace(answer, body=body)


def _page(status: int, text: str) -> WireAnswer:
    html = f"<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>"
    return WireAnswer(status, {b"content-type": b"text/html; charset=UTF-8"}, html.encode())


def _empty(status: int) -> WireAnswer:
    return WireAnswer(status, {b"content-type": b"text/html; charset=UTF-8"}, b"")


def _out_of_memory(form: WireForm) -> WireAnswer:
    page = _page(_OK, "Fatal error: Allowed memory size exhausted")
    style = form.text("returnFormat") or form.style
    headers = {b"content-type": CONTENT_TYPES[style].encode()}
    return WireAnswer(_OK, headers, page.body + error(style, _OUT_OF_MEMORY).encode())


def _redirect(fault: Fault, path: str) -> WireAnswer:
    return WireAnswer(_FOUND, {b"location": (fault.argument or path).encode()}, b"")


_INSTEAD: Mapping[Kind, Callable[[Fault, WireForm, str], WireAnswer]] = {
    Kind.BAN: lambda fault, _form, _path: _page(int(fault.argument or _OK), _BANNED),
    Kind.EMPTY_500: lambda _fault, _form, _path: _empty(500),
    Kind.EMPTY_200: lambda _fault, _form, _path: _empty(_OK),
    Kind.HTML_200: lambda fault, _form, _path: _page(_OK, fault.argument or _BROWSER_TABS),
    Kind.OUT_OF_MEMORY: lambda _fault, form, _path: _out_of_memory(form),
    Kind.REDIRECT: lambda fault, _form, path: _redirect(fault, path),
}


def _with_rows_changed(fault: Fault, form: WireForm, body: bytes) -> bytes:
    delimiter = form.text("csvDelimiter")
    found = _read(form.style, body.decode(), delimiter)
    kept = _left_over(fault, found)
    return "".join(encode(form.text("content"), form.style, kept, delimiter)).encode()


def _read(style: str, text: str, delimiter: str) -> list[ReceivedRow]:
    # JSON is read as it is: its whole numbers are to stay numbers.
    return json.loads(text) if style == "json" else rows(style, text, delimiter, nested=True)


def _left_over(fault: Fault, found: list[ReceivedRow]) -> list[ReceivedRow]:
    named = [name.strip() for name in fault.argument.split(",") if name.strip()]
    if fault.kind is Kind.MISSING_FIELDS:
        return [{name: row[name] for name in row if name not in named} for row in found]
    if fault.kind is Kind.LOG_WITHOUT_DELETES:
        return [row for row in found if not row["action"].lower().startswith("delete")]
    records = [next(iter(row.values())) for row in found]
    dropped = named or records[-1:]
    return [row for row, record in zip(found, records, strict=True) if record not in dropped]
