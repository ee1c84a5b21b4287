"""Tables of Maelstrom's Rmonize: its DataSchema, and the Data Processing Elements of each study.

What Rmonize's R code cannot say is `other`, with code that stops and shows our rule: it is then
known to be missing there, and no value is lost without a word.
"""

from collections.abc import Iterator, Mapping

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.dictionary.rules import NotCollected
from omics_orchestrator.stewardship.exports._r_rules import BLANK, Recipe, recipe
from omics_orchestrator.stewardship.exports._vocabulary import in_order, written

VARIABLES = ("index", "name", "label", "description", "valueType", "unit")
CATEGORIES = ("variable", "name", "label", "missing")
ELEMENTS = (
    "index",
    "dataschema_variable",
    "valueType",
    "input_dataset",
    "input_variables",
    "Mlstr_harmo::rule_category",
    "Mlstr_harmo::algorithm",
    "Mlstr_harmo::status",
    "Mlstr_harmo::status_detail",
    "Mlstr_harmo::comment",
)
_VALUE_TYPES = {
    "integer": "integer",
    "number": "decimal",
    "measurement": "decimal",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_BESIDE = " ; "


def files(dictionary: Dictionary) -> dict[str, str]:
    """The DataSchema's two tables, and the Data Processing Elements of all studies."""
    elements = [
        {"index": number, **line} for number, line in enumerate(_elements(dictionary), start=1)
    ]
    return {
        "dataschema_variables.csv": written(VARIABLES, _variables(dictionary)),
        "dataschema_categories.csv": written(CATEGORIES, _categories(dictionary)),
        "data_processing_elements.csv": written(ELEMENTS, elements),
    }


def _variables(dictionary: Dictionary) -> Iterator[Mapping[str, object]]:
    for number, each in enumerate(in_order(dictionary), start=1):
        yield {
            "index": number,
            "name": each.variable,
            "label": each.label,
            "description": each.description or "",
            "valueType": _value_type(dictionary, each.variable),
            "unit": each.unit or "",
        }


def _categories(dictionary: Dictionary) -> Iterator[Mapping[str, object]]:
    for each in in_order(dictionary):
        for code, label in dictionary.value_sets.get(each.codes or "", {}).items():
            yield {"variable": each.variable, "name": code, "label": label, "missing": "FALSE"}


def _elements(dictionary: Dictionary) -> Iterator[Mapping[str, object]]:
    """A line for each variable and input dataset; the identifier of a dataset is its first."""
    for study in dictionary.studies.values():
        named = set()
        for table, spec in study.tables.items():
            for name in dict.fromkeys([*spec.grain, *rules_of(study, table)]):
                named.add(name)
                yield _element(dictionary, study, table, name)
        for name in dictionary.variables:
            if name not in named:
                yield _unknown(dictionary, study, next(iter(study.tables)), name)


def _element(dictionary: Dictionary, study: Study, table: str, name: str) -> Mapping[str, object]:
    rule, spec = rules_of(study, table)[name], study.tables[table]
    told = recipe(study, table, dictionary.variables[name], rule)
    if name == spec.grain[0]:
        told = Recipe("id_creation", "id_creation", told.detail)
    status = "impossible" if isinstance(rule, NotCollected) else "complete"
    fields = fields_read(study, table)[name]
    return {
        **_place(dictionary, study, table, name),
        "input_variables": _BESIDE.join(fields) or BLANK,
        "Mlstr_harmo::rule_category": told.category,
        "Mlstr_harmo::algorithm": told.algorithm,
        "Mlstr_harmo::status": status,
        "Mlstr_harmo::status_detail": told.detail,
        "Mlstr_harmo::comment": rule.not_collected if isinstance(rule, NotCollected) else "",
    }


def _unknown(dictionary: Dictionary, study: Study, table: str, name: str) -> Mapping[str, object]:
    return {
        **_place(dictionary, study, table, name),
        "input_variables": BLANK,
        "Mlstr_harmo::rule_category": "undetermined",
        "Mlstr_harmo::algorithm": "undetermined",
        "Mlstr_harmo::status": "undetermined",
    }


def _place(dictionary: Dictionary, study: Study, table: str, name: str) -> dict[str, object]:
    return {
        "dataschema_variable": name,
        "valueType": _value_type(dictionary, name),
        "input_dataset": f"{study.study}__{table}",
    }


def _value_type(dictionary: Dictionary, name: str) -> str:
    return _VALUE_TYPES.get(dictionary.variables[name].type, "text")
