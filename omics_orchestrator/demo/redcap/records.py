"""What the API does with records: export, import, delete, and the next free name."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.bodies import encode, json_text
from omics_orchestrator.demo.redcap.export import export
from omics_orchestrator.demo.redcap.imports import import_rows
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError
from omics_orchestrator.demo.redcap.selection import STAMP, select


def export_records(
    database: Path, project: store.StoredProject, parameters: Parameters
) -> Iterator[str]:
    """Yield the body of a flat export; a refusal comes before the first piece."""
    delimiter = parameters.choice("csvDelimiter", "", ",", "tab", ";", "|", "^")
    selection = select(project.definition, parameters)
    with store.connect(database) as connection:
        yield from encode(
            "record", parameters.format, export(connection, project, selection), delimiter
        )


def import_records(
    database: Path, project: store.StoredProject, parameters: Parameters, now: datetime
) -> Iterator[str]:
    """Store the rows of `data`, note the time, and yield the count or the ids of the records."""
    _refuse_other_imports(parameters)
    overwrite = parameters.choice("overwriteBehavior", "normal", "overwrite") == "overwrite"
    returned = parameters.choice("returnContent", "count", "ids", "nothing")
    rows = _rows(parameters)
    with store.connect(database, writing=True) as connection:
        names = import_rows(connection, project, rows, at=now.strftime(STAMP), overwrite=overwrite)
    if returned != "nothing":
        yield from _receipt(parameters.error_format, names if returned == "ids" else len(names))


def delete_records(
    database: Path, project: store.StoredProject, parameters: Parameters
) -> Iterator[str]:
    """Delete whole records and yield how many; all or none."""
    for part in ("arm", "instrument", "event", "repeat_instance"):
        parameters.choice(part, "")
    names = dict.fromkeys(parameters.array("records"))
    with store.connect(database, writing=True) as connection:
        unknown = names.keys() - store.records(connection, project.id)
        if unknown:
            raise RefusedError(
                "One or more of the records provided cannot be deleted because they do not exist"
                f" in the project. The following records do not exist: {', '.join(sorted(unknown))}"
            )
        store.remove(connection, project.id, names)
    yield str(len(names))


def next_record_name(database: Path, project: store.StoredProject) -> Iterator[str]:
    """Yield the name after the highest number in use."""
    with store.connect(database) as connection:
        names = store.records(connection, project.id)
    yield str(1 + max((int(name) for name in names if name.isdecimal()), default=0))


def _receipt(style: str, names_or_count: list[str] | int) -> Iterator[str]:
    match style, names_or_count:
        case "json", list():
            yield json_text(names_or_count)
        case _, list():
            yield from encode("ids", style, ({"id": name} for name in names_or_count))
        case "json", count:
            yield json_text({"count": count})
        case _, count:
            yield str(count)


def _refuse_other_imports(parameters: Parameters) -> None:
    parameters.choice("type", "flat")
    parameters.choice("dateFormat", "YMD")
    parameters.choice("forceAutoNumber", "false", "False", "0")
    parameters.choice("backgroundProcess", "false", "False", "0")


def _rows(parameters: Parameters) -> list[dict[str, str]]:
    if parameters.format == "xml":
        raise RefusedError('The value of the parameter "format" is not valid')
    data = parameters.text("data")
    try:
        rows = json.loads(data) if parameters.format == "json" else _read_csv(data)
    except (ValueError, csv.Error):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RefusedError("The data being imported is not formatted correctly")
    return [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]


def _read_csv(text: str) -> list[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    return list(csv.DictReader(io.StringIO(text, newline=""), restkey="(beyond the header)"))
