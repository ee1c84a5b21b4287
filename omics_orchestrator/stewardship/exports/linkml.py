"""A LinkML schema: a class a conformed table, a slot a variable, an enum a value set."""

from collections.abc import Mapping

import yaml

from omics_orchestrator.dictionary.model import Dictionary, Variable
from omics_orchestrator.stewardship.exports._vocabulary import tables
from omics_orchestrator.warehouse.table import Table, postgres_type

_RANGES = {
    "text": "string",
    "bigint": "integer",
    "double precision": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "datetime",
}
_ID = "https://example.org/omics-orchestrator/data-dictionary"
_PREFIXES = {"linkml": "https://w3id.org/linkml/", "dictionary": f"{_ID}/"}
_NOT_SLOTS = {"variable", "label", "description", "unit", "minimum", "maximum", "concept", "codes"}


def files(dictionary: Dictionary) -> dict[str, str]:
    """One file: the whole schema."""
    conformed = [table for table, _ in tables(dictionary) if table.name.layer == "core"]
    schema = {
        "id": _ID,
        "name": "data_dictionary",
        "title": "Harmonised variables",
        "prefixes": _PREFIXES | _prefixes(dictionary),
        "default_prefix": "dictionary",
        "default_range": "string",
        "imports": ["linkml:types"],
        "enums": {
            name: {"permissible_values": {code: {"title": label} for code, label in codes.items()}}
            for name, codes in dictionary.value_sets.items()
        },
        "slots": _slots(dictionary, conformed),
        "classes": {_class_name(table): _class(table) for table in conformed},
    }
    text: str = yaml.safe_dump(schema, sort_keys=False, allow_unicode=True, width=100)
    return {"data_dictionary.linkml.yaml": text}


def _prefixes(dictionary: Dictionary) -> dict[str, str]:
    """Where each ontology's terms are looked up; one resolver knows them all."""
    concepts = (each.concept for each in dictionary.variables.values() if each.concept)
    names = sorted({concept.partition(":")[0] for concept in concepts})
    return {name: f"https://bioregistry.io/{name}:" for name in names}


def _slots(dictionary: Dictionary, conformed: list[Table]) -> dict[str, object]:
    slots: dict[str, object] = {
        name: _slot(variable) for name, variable in dictionary.variables.items()
    }
    for table in conformed:
        for name, column in table.columns.items():
            beside = {
                "description": column.comment,
                "range": _RANGES[postgres_type(column.dtype)],
            }
            slots.setdefault(name, beside)
    return slots


def _slot(variable: Variable) -> Mapping[str, object]:
    own = variable.model_dump(exclude=_NOT_SLOTS, exclude_defaults=True)
    ends = {"minimum_value": variable.minimum, "maximum_value": variable.maximum}
    told = {
        "title": variable.label,
        "description": variable.description,
        "range": variable.codes or _range(variable),
        "unit": {"ucum_code": variable.unit} if variable.unit else None,
        **{end: _whole(limit) for end, limit in ends.items() if limit is not None},
        "exact_mappings": [variable.concept] if variable.concept else None,
        # What LinkML has no word for: whether text may name somebody, a number with its sign.
        "annotations": own,
    }
    return {name: value for name, value in told.items() if value is not None}


def _range(variable: Variable) -> str:
    whole = {"integer": "integer", "boolean": "boolean", "date": "date", "datetime": "datetime"}
    measured = {"number": "double", "measurement": "double"}
    return (whole | measured).get(variable.type, "string")


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number


def _class(table: Table) -> dict[str, object]:
    return {
        "description": table.comment,
        "slots": list(table.columns),
        "slot_usage": {name: {"required": True} for name in table.key},
        "unique_keys": {"row": {"unique_key_slots": list(table.key)}},
    }


def _class_name(table: Table) -> str:
    words = table.name.relation.replace("__", "_").split("_")
    return "".join(word.capitalize() for word in words)
