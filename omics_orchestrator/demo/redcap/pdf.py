"""A project's forms as a PDF: blank, or filled in from records.

A PDF of nothing but text is small enough to be written by hand; each form starts a page.
"""

import sqlite3
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.call import Call, Reply, Upload
from omics_orchestrator.demo.redcap.columns import checkbox_column, choices
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.definition_answers import form_label
from omics_orchestrator.demo.redcap.request import RefusedError, refuse_unknown
from omics_orchestrator.demo.redcap.rights import ExportLevel

_LINES_PER_PAGE, _LETTERS_PER_LINE = 50, 90
_Page = list[str]


def export(connection: sqlite3.Connection, call: Call) -> Reply:
    """Give the forms asked for, of one record, of all, or blank."""
    content = document(_pages(connection, call))
    title = call.project.definition.title.replace('"', "")
    return Reply.file(Upload(f"{title}.pdf", "application/pdf", content))


def document(pages: Iterable[_Page]) -> bytes:
    """Write a PDF 1.4 of text pages.

    Args:
        pages: the lines of each page; what Windows' Western letters lack becomes a `?`.
    """
    contents = [_stream(page) for page in pages] or [_stream([])]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(contents):
        page = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects += [page.encode(), content]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Number the objects and append the table of where each begins."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + end.encode()


def _stream(lines: _Page) -> bytes:
    shown = b"".join(b"(%b) Tj T*\n" % _literal(line) for line in lines)
    text = b"BT /F1 10 Tf 14 TL 50 790 Td\n%bET" % shown
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text)


def _literal(line: str) -> bytes:
    encoded = line.encode("cp1252", errors="replace")
    return encoded.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _pages(connection: sqlite3.Connection, call: Call) -> Iterator[_Page]:
    definition = call.project.definition
    asked, event = call.parameters.text("instrument"), call.parameters.text("event")
    refuse_unknown("instrument", [] if asked in {"", *definition.forms} else [asked])
    refuse_unknown("event", [] if event in {"", *definition.event_names} else [event])
    forms = (asked,) if asked else definition.forms
    records = _records(connection, call)
    if not records:
        for form in forms:
            yield from _of_form(definition, form, [form_label(definition, form)], {})
    for record in records:
        for key, cells in store.rows(connection, call.project.id, record):
            if _is_asked_for(call, key):
                cells[definition.record_id] = record
                yield from _of_row(call, _readable(call, forms), key, cells)


def _readable(call: Call, forms: Iterable[str]) -> list[str]:
    """The forms that the user may see in full: a PDF has no way to leave identifiers out."""
    return [form for form in forms if call.rights.level(form) is ExportLevel.FULL]


def _records(connection: sqlite3.Connection, call: Call) -> list[str]:
    known = store.records(connection, call.project.id, group=call.rights.group)
    if call.parameters.flag("allRecords"):
        return known
    record = call.parameters.text("record")
    if record and record not in known:
        raise RefusedError("The record does not exist in the project")
    return [record] if record else []


def _is_asked_for(call: Call, key: store.RowKey) -> bool:
    event, instance = call.parameters.text("event"), call.parameters.text("repeat_instance")
    return event in {"", key.event} and instance in {"", str(key.instance or 1)}


def _of_row(
    call: Call, forms: Iterable[str], key: store.RowKey, cells: Mapping[str, str]
) -> Iterator[_Page]:
    definition, compact = call.project.definition, call.parameters.flag("compactDisplay")
    live = definition.live_forms(key.event, key.instrument, key.instance)
    for form in forms:
        if form in live:
            place = (f"Record {key.record}", key.event, f"#{key.instance}" if key.instance else "")
            heading = [form_label(definition, form), ", ".join(filter(None, place))]
            yield from _of_form(definition, form, heading, cells, compact=compact)


def _of_form(
    definition: ProjectDefinition,
    form: str,
    heading: list[str],
    cells: Mapping[str, str],
    *,
    compact: bool = False,
) -> Iterator[_Page]:
    lines = [definition.title, *heading, ""]
    for entry in definition.dictionary:
        answer = _answer(entry, cells)
        if entry["form_name"] == form and (answer or not compact):
            shown = f"{entry['field_label']}: {answer or _to_fill_in(entry)}"
            lines += textwrap.wrap(shown, _LETTERS_PER_LINE)
    for start in range(0, len(lines), _LINES_PER_PAGE):
        yield lines[start : start + _LINES_PER_PAGE]


def _answer(entry: Mapping[str, str], cells: Mapping[str, str]) -> str:
    """The value of a field, or the options of a checkbox that are ticked."""
    field = entry["field_name"]
    if entry["field_type"] != "checkbox":
        return cells.get(field, "")
    options = choices(entry["select_choices_or_calculations"])
    return ", ".join(
        label for code, label in options.items() if cells.get(checkbox_column(field, code)) == "1"
    )


def _to_fill_in(entry: Mapping[str, str]) -> str:
    is_choice = entry["field_type"] in {"checkbox", "radio", "dropdown"}
    options = choices(entry["select_choices_or_calculations"]) if is_choice else {}
    return ", ".join(options.values()) or "____"
