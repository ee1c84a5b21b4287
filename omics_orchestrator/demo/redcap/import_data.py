"""The `data` of a record import as flat rows: from JSON, CSV, XML or ODM, flat or as EAV."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO

from omics_orchestrator.demo.redcap import odm_read_subjects, received
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.columns import checkbox_column
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.imports import KEY_COLUMNS
from omics_orchestrator.demo.redcap.request import RefusedError
from omics_orchestrator.demo.redcap.selection import PSEUDO_FIELDS
from omics_orchestrator.errors import DictionaryError

FlatRow = dict[str, str]
GROUP = "redcap_data_access_group"


def flat_rows(call: Call) -> list[FlatRow]:
    """Read the rows of an import.

    Survey stamps and identifiers are left out, as no import can set them; neither can it set a
    file, whose name is left out unless it is a missing data code.

    Raises:
        RefusedError: the data are not of their format.
    """
    definition, parameters = call.project.definition, call.parameters
    data, is_eav = parameters.text("data"), parameters.choice("type", "flat", "eav") == "eav"
    if parameters.text("format") == "odm":
        rows: Iterable[FlatRow] = _odm(definition, data)
    else:
        rows = received.rows(parameters.format, data, parameters.text("csvDelimiter"))
        rows = _from_eav(definition, rows) if is_eav else rows
    return [_without_ignored(definition, row) for row in rows]


def _odm(definition: ProjectDefinition, data: str) -> Iterator[FlatRow]:
    try:
        for record in odm_read_subjects.read_records(BytesIO(data.encode()), definition):
            for place, cells in record.rows.items():
                event, instrument, instance = place
                yield {
                    definition.record_id: record.name,
                    "redcap_event_name": event,
                    "redcap_repeat_instrument": instrument,
                    "redcap_repeat_instance": str(instance or ""),
                    **({GROUP: record.group} if record.group else {}),
                    **cells,
                }
    except DictionaryError:
        raise RefusedError("The data being imported is not formatted correctly") from None


def _from_eav(
    definition: ProjectDefinition, values: Iterable[Mapping[str, str]]
) -> Iterator[FlatRow]:
    """Gather single values into rows; each row of a ticked option is one more of its columns."""
    checkboxes = {
        entry["field_name"] for entry in definition.dictionary if entry["field_type"] == "checkbox"
    }
    rows: dict[tuple[str, ...], FlatRow] = {}
    for value in values:
        place = {name: value[name] for name in sorted(KEY_COLUMNS) if name in value}
        record = value.get("record", "")
        row = rows.setdefault((record, *place.values()), {definition.record_id: record, **place})
        field, cell = value.get("field_name", ""), value.get("value", "")
        if field in checkboxes:
            field, cell = checkbox_column(field, cell), "1"
        if field != definition.record_id:
            row[field] = cell
    return iter(rows.values())


def _without_ignored(definition: ProjectDefinition, row: Mapping[str, str]) -> FlatRow:
    files = {e["field_name"] for e in definition.dictionary if e["field_type"] == "file"}
    ignored = {f"{form}_timestamp" for form in definition.surveys}
    ignored |= PSEUDO_FIELDS - KEY_COLUMNS - {GROUP}
    ignored |= {name for name in files if row.get(name) not in definition.missing_data_codes}
    return {name: cell for name, cell in row.items() if name not in ignored}
