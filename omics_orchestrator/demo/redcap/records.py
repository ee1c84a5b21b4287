"""Record export: what a call selects, written as it wants it, piece by piece."""

from collections.abc import Callable, Iterator

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, encode
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.eav import EavRows
from omics_orchestrator.demo.redcap.export import ExportRow, export
from omics_orchestrator.demo.redcap.labels import Labels
from omics_orchestrator.demo.redcap.selection import Selection, select
from omics_orchestrator.demo.redcap.written_rows import Style, on_one_line, steps


def export_records(call: Call, *, is_report: bool = False) -> Reply:
    """Answer a record export; a report is one too, with each of its cells on one line.

    Raises:
        RefusedError: the call asks for what the project does not have, or its user may not export.
    """
    call.require("api_export")
    parameters = call.parameters
    site = call.settings.csv_delimiter
    delimiter = parameters.choice("csvDelimiter", site, ",", "tab", ";", "|", "^")
    is_eav = parameters.choice("type", "flat", "eav") == "eav"
    selection, style = select(call), Style.read(call)
    rows = _eav(call, selection, style) if is_eav else _flat(call, selection, style)
    if is_report:
        rows = map(on_one_line, rows)
    body = encode(
        "record",
        parameters.format,
        rows,
        delimiter,
        header=str if is_eav else _header(call, selection),
        empty_csv=call.settings.empty_csv,
    )
    return Reply(CONTENT_TYPES[parameters.format], body)


def _flat(call: Call, selection: Selection, style: Style) -> Iterator[ExportRow]:
    with store.connect(call.database) as connection:
        found = export(connection, call.project, selection, call.settings)
        rows: Iterator[ExportRow] = (row for _, row in found)
        for step in steps(call, selection.columns, style):
            rows = map(step, rows)
        yield from rows


def _eav(call: Call, selection: Selection, style: Style) -> Iterator[ExportRow]:
    with store.connect(call.database) as connection:
        yield from EavRows(call, selection, style).read(connection)


def _header(call: Call, selection: Selection) -> Callable[[str], str]:
    if call.parameters.choice("rawOrLabelHeaders", "raw", "label") == "raw":
        return str
    labels = Labels(call.project.definition)
    columns = {column.name: column for column in selection.columns}
    return lambda name: labels.header(name, columns.get(name))
