"""Reports: named selections of the project's records, kept as a project file describes them."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from omics_orchestrator.demo.redcap import records, store
from omics_orchestrator.demo.redcap.call import Call, Reply
from omics_orchestrator.demo.redcap.export import export as export_rows
from omics_orchestrator.demo.redcap.request import Parameters, refuse_unknown
from omics_orchestrator.demo.redcap.selection import select

_PASSED_ON = {
    "format",
    "returnFormat",
    "rawOrLabel",
    "rawOrLabelHeaders",
    "exportCheckboxLabel",
    "csvDelimiter",
    "decimalCharacter",
}
_FLAGS = {
    "output_dags": "exportDataAccessGroups",
    "output_survey_fields": "exportSurveyFields",
    "combine_checkbox_values": "combineCheckboxOptions",
}
# An export of no record at all cannot be asked for by an empty list, which means every record.
_NO_RECORD = ""


def put(connection: sqlite3.Connection, project: int, attributes: Mapping[str, str]) -> int:
    """Store a report and return its number.

    Args:
        connection: in a writing transaction.
        project: the project's id.
        attributes: of a project file's element `redcap:Reports`: `title`,
            `redcap_reports_fields`, `advanced_logic`, `filter_type` and so on.
    """
    cursor = connection.execute(
        "INSERT INTO report (project, attributes) VALUES (?, ?)",
        (project, json.dumps(dict(attributes))),
    )
    return int(cursor.lastrowid or 0)


def in_project_file(connection: sqlite3.Connection, project: int) -> list[dict[str, str]]:
    """Give each report as attributes of a project file."""
    found = connection.execute(
        "SELECT attributes FROM report WHERE project = ? ORDER BY id", (project,)
    )
    return [json.loads(attributes) for (attributes,) in found]


def export(call: Call) -> Reply:
    """Answer with the rows that a report selects, written as the call wants them."""
    call.require("api_export")
    number = call.parameters.text("report_id")
    with store.connect(call.database) as connection:
        found = connection.execute(
            "SELECT attributes FROM report WHERE project = ? AND id = ?", (call.project.id, number)
        ).fetchone()
    refuse_unknown("report_id", [] if found else [number])
    return records.export_records(_selecting(call, json.loads(found[0])), is_report=True)


def _selecting(call: Call, report: Mapping[str, str]) -> Call:
    """The record export that a report stands for."""
    sent = call.parameters.texts
    texts = {name: sent[name] for name in sent if name in _PASSED_ON}
    texts |= {flag: report.get(switch, "0") for switch, flag in _FLAGS.items()}
    logic = (report.get("advanced_logic") or report.get("limiter_logic", "")).strip()
    arrays = {
        "fields": _listed(report, "redcap_reports_fields"),
        "events": _listed(report, "redcap_reports_filter_events"),
    }
    asked = replace(call, parameters=Parameters({**texts, "filterLogic": logic}, arrays))
    if report.get("filter_type") != "RECORD" or not logic:
        return asked
    # The logic decides on whole records here: all their rows, or none.
    arrays["records"] = _records(asked) or [_NO_RECORD]
    return replace(call, parameters=Parameters(texts, arrays))


def _records(call: Call) -> list[str]:
    with store.connect(call.database) as connection:
        rows = export_rows(connection, call.project, select(call), call.settings)
        return list(dict.fromkeys(key.record for key, _ in rows))


def _listed(report: Mapping[str, str], key: str) -> list[str]:
    return [name for name in report.get(key, "").split(",") if name]
