"""REDCap's data dictionary (18 columns): a project in which the harmonised variables can be kept.

What REDCap has no column for stands in the field annotation as JSON, so that nothing is lost.
"""

import json
from collections.abc import Mapping

from omics_orchestrator.dictionary.model import Dictionary, Variable
from omics_orchestrator.stewardship.exports._vocabulary import in_order, plain, written

HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
_NAME, _FORM, _, _TYPE, _LABEL, _CHOICES, _NOTE, _VALIDATION, _MIN, _MAX, _IDENTIFIER = HEADER[:11]
_ANNOTATION = HEADER[-1]
_KINDS = {"text": "notes", "boolean": "yesno", "category": "dropdown"}
_VALIDATIONS = {
    "integer": "integer",
    "number": "number",
    "date": "date_ymd",
    "datetime": "datetime_seconds_ymd",
}
_ELSEWHERE = {"variable", "table", "label", "description"}


def files(dictionary: Dictionary) -> dict[str, str]:
    """One file, as REDCap's Data Dictionary page takes it."""
    rows = [_line(dictionary, each) for each in in_order(dictionary)]
    return {"redcap_data_dictionary.csv": written(HEADER, rows)}


def _line(dictionary: Dictionary, variable: Variable) -> Mapping[str, str]:
    validation = _VALIDATIONS.get(variable.type, "")
    ranged = validation in ("integer", "number")
    limits = {_MIN: variable.minimum, _MAX: variable.maximum} if ranged else {}
    return {
        _NAME: variable.variable,
        _FORM: variable.table,
        _TYPE: _kind(variable),
        _LABEL: variable.label,
        _CHOICES: _choices(dictionary.value_sets[variable.codes]) if variable.codes else "",
        _NOTE: variable.description or "",
        _VALIDATION: validation,
        **{name: plain(limit) for name, limit in limits.items() if limit is not None},
        _IDENTIFIER: "y" if variable.sensitivity == "direct" else "",
        _ANNOTATION: _annotation(variable, ranged=ranged),
    }


def _kind(variable: Variable) -> str:
    # A text with codes is a list of those that were ticked.
    is_list = variable.type == "string" and variable.codes
    return "checkbox" if is_list else _KINDS.get(variable.type, "text")


def _choices(codes: Mapping[str, str]) -> str:
    # A label that held a `|` would begin another choice.
    return " | ".join(f"{code}, {label.replace('|', '/')}" for code, label in codes.items())


def _annotation(variable: Variable, *, ranged: bool) -> str:
    elsewhere = _ELSEWHERE | ({"minimum", "maximum"} if ranged else set())
    return json.dumps(
        variable.model_dump(exclude=elsewhere, exclude_defaults=True), ensure_ascii=False
    )
