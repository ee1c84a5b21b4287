"""The fields of a project, written as the items and code lists of its file."""

import re
from collections.abc import Iterator, Mapping

from omics_orchestrator.demo.redcap.columns import choices
from omics_orchestrator.demo.redcap.odm_layout import Item
from omics_orchestrator.demo.redcap.odm_markup import element, empty, text, without_html
from omics_orchestrator.demo.redcap.odm_terms import ATTRIBUTES, FIELD_TYPES, RANGE, VALIDATIONS

_STATUSES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_BOXES = {"1": "Checked", "0": "Unchecked"}
_FIXED_CHOICES = {
    "checkbox": _BOXES,
    "yesno": {"1": "Yes", "0": "No"},
    "truefalse": {"1": "True", "0": "False"},
}
_ODM_TYPES = {
    "date": r"date_.*",
    "datetime": r"datetime_seconds_.*",
    "partialDatetime": r"datetime_.*",
    "partialTime": "time",
    "float": r"number|number_\ddp",
    "integer": "integer",
}
_ODM_KINDS = {"calc": "float", "slider": "integer", **dict.fromkeys(_FIXED_CHOICES, "boolean")}
_FILE_TYPES = {api: file for file, api in FIELD_TYPES.items()}
_FILE_VALIDATIONS = {api: file for file, api in VALIDATIONS.items()}
_VALIDATION = "text_validation_type_or_show_slider_number"
_CHOICES = "select_choices_or_calculations"
_UNLIMITED = "999"


def item_definition(item: Item) -> str:
    """Write an item: what may be filled in, and how."""
    codes = _codes(item)
    attributes = {
        "OID": item.oid,
        "Name": item.oid,
        "DataType": _data_type(item),
        "Length": str(max(map(len, codes))) if codes else _UNLIMITED,
        "redcap:Variable": item.field,
        **_field_attributes(item),
    }
    label = item.entry["field_label"] if item.entry else item.label
    question = text("TranslatedText", without_html(label))
    if without_html(label) != label:
        question += text("redcap:FormattedTranslatedText", label)
    children = [f"<Question>{question}</Question>\n", *_range_checks(item.entry or {})]
    if codes:
        children.append(empty("CodeListRef", {"CodeListOID": f"{item.oid}.choices"}))
    return element("ItemDef", attributes, children)


def code_list(item: Item) -> str:
    """Write the choices of an item, "" where it has none."""
    codes = _codes(item)
    if not codes:
        return ""
    attributes = {
        "OID": f"{item.oid}.choices",
        "Name": item.oid,
        "DataType": "boolean" if _data_type(item) == "boolean" else "text",
        "redcap:Variable": item.field,
    }
    if item.entry and item.entry["field_type"] == "checkbox":
        attributes["redcap:CheckboxChoices"] = item.entry[_CHOICES]
    return element(
        "CodeList",
        attributes,
        (
            element("CodeListItem", {"CodedValue": code}, [_decode(label)])
            for code, label in codes.items()
        ),
    )


def _decode(label: str) -> str:
    return f"<Decode>{text('TranslatedText', label)}</Decode>\n"


def _codes(item: Item) -> Mapping[str, str]:
    if item.entry is None:
        return _STATUSES if item.header else {}
    kind = item.entry["field_type"]
    if kind in {"dropdown", "radio"}:
        return choices(item.entry[_CHOICES])
    return _FIXED_CHOICES.get(kind, {})


def _data_type(item: Item) -> str:
    if item.entry is None:
        return "datetime" if item.oid.endswith("_timestamp") else "text"
    kind, validation = item.entry["field_type"], item.entry[_VALIDATION]
    if kind != "text":
        return _ODM_KINDS.get(kind, "text")
    fitting = (name for name, pattern in _ODM_TYPES.items() if re.fullmatch(pattern, validation))
    return next(fitting, "text")


def _field_attributes(item: Item) -> dict[str, str]:
    if item.entry is None:
        status = {"redcap:FieldType": "select", "redcap:SectionHeader": item.header}
        return status if item.header else {}
    kind, validation = item.entry["field_type"], item.entry[_VALIDATION]
    found = {"FieldType": _FILE_TYPES.get(kind, kind)}
    found["TextValidationType"] = (
        validation if kind == "slider" else _FILE_VALIDATIONS.get(validation, validation)
    )
    found |= {name: item.entry[key] for name, key in ATTRIBUTES.items()}
    if kind in {"calc", "slider"}:
        found["Calculation" if kind == "calc" else "SliderLabels"] = item.entry[_CHOICES]
    return {f"redcap:{name}": value for name, value in found.items() if value}


def _range_checks(entry: Mapping[str, str]) -> Iterator[str]:
    for comparator, key in RANGE.items():
        if limit := entry.get(key):
            yield element(
                "RangeCheck",
                {"Comparator": comparator, "SoftHard": "Soft"},
                [text("CheckValue", limit) + "\n"],
            )
