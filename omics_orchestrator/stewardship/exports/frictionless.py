"""Frictionless Table Schemas: one a conformed table or dataset, as `omics table` writes them."""

import json
from collections.abc import Iterator

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.stewardship.exports._vocabulary import tables
from omics_orchestrator.warehouse.table import Table, postgres_type

_TYPES = {
    "text": "string",
    "bigint": "integer",
    "double precision": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "datetime",
}
_SCHEMA = "https://datapackage.org/profiles/1.0/tableschema.json"


def files(dictionary: Dictionary) -> dict[str, str]:
    """One file a table, named as the table."""
    return {
        f"{table.name}.schema.json": json.dumps(
            _schema(dictionary, table, study), indent=2, ensure_ascii=False
        )
        + "\n"
        for table, study in tables(dictionary)
    }


def _schema(dictionary: Dictionary, table: Table, study: Study | None) -> dict[str, object]:
    schema: dict[str, object] = {
        "$schema": _SCHEMA,
        "description": table.comment,
        "fields": [_field(dictionary, table, name) for name in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    keys = list(_foreign_keys(table, study))
    return {**schema, "foreignKeys": keys} if keys else schema


def _field(dictionary: Dictionary, table: Table, name: str) -> dict[str, object]:
    column = table.columns[name]
    variable = dictionary.variables.get(name)
    field: dict[str, object] = {
        "name": name,
        "type": _TYPES[postgres_type(column.dtype)],
        "description": column.comment,
    }
    limits: dict[str, object] = {"required": True} if name in table.key else {}
    if variable is not None:
        field["title"] = variable.label
        if variable.codes:
            limits["enum"] = list(dictionary.value_sets[variable.codes])
        ends = {"minimum": variable.minimum, "maximum": variable.maximum}
        limits |= {end: limit for end, limit in ends.items() if limit is not None}
        # Properties of ours, which the standard lets stand beside its own.
        field["dictionary"] = variable.model_dump(exclude_defaults=True)
    return {**field, "constraints": limits} if limits else field


def _foreign_keys(table: Table, study: Study | None) -> Iterator[dict[str, object]]:
    if study is None or table.name.layer != "core":
        return
    for name, other in study.tables[table.name.table].refers_to.items():
        yield {
            "fields": [name],
            "reference": {"resource": str(study.core(other)), "fields": [name]},
        }
