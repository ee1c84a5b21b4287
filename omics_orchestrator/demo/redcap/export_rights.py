"""What of a project its user may export: the rest is left out without a word, as REDCap does it."""

import hashlib
from collections.abc import Iterable, Mapping

from omics_orchestrator.demo.redcap.columns import Column
from omics_orchestrator.demo.redcap.definition import ProjectDefinition
from omics_orchestrator.demo.redcap.rights import ExportLevel, Rights

_HASH_LENGTH = 32
_DATES = ("date", "time")


def permitted(
    definition: ProjectDefinition, rights: Rights, found: Iterable[Column]
) -> tuple[Column, ...]:
    """Keep the columns that the user may export."""
    barred = {
        entry["field_name"]
        for entry in definition.dictionary
        if _is_barred(entry, rights.level(entry["form_name"]))
    }
    return tuple(
        column
        for column in found
        if column.field not in barred
        and rights.level(column.form) is not ExportLevel.NONE
        and not (
            column.kind == "timestamp" and rights.level(column.form) is ExportLevel.DE_IDENTIFIED
        )
    )


def hides_record_names(definition: ProjectDefinition, rights: Rights) -> bool:
    """Tell whether the record id is an identifier that the user may not see."""
    first = definition.dictionary[0]
    restricted = {ExportLevel.DE_IDENTIFIED, ExportLevel.NO_IDENTIFIERS}
    return first["identifier"] == "y" and rights.level(first["form_name"]) in restricted


def hashed(project: int, record: str) -> str:
    """Give what stands in place of a record's name: 32 hexadecimal characters, always the same."""
    return hashlib.sha256(f"{project}/{record}".encode()).hexdigest()[:_HASH_LENGTH]


def _is_barred(entry: Mapping[str, str], level: ExportLevel) -> bool:
    match level:
        case ExportLevel.NO_IDENTIFIERS:
            return entry["identifier"] == "y"
        case ExportLevel.DE_IDENTIFIED:
            return entry["identifier"] == "y" or _is_free_text_or_date(entry)
        case _:
            return False


def _is_free_text_or_date(entry: Mapping[str, str]) -> bool:
    validation = entry["text_validation_type_or_show_slider_number"]
    is_open = not validation or validation.startswith(_DATES)
    return entry["field_type"] == "notes" or (entry["field_type"] == "text" and is_open)
