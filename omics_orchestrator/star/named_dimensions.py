"""The dimensions that the dictionary itself names: studies, sites, drugs and variables."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.star.columns import TEXT, keys, view
from omics_orchestrator.star.keys import UNKNOWN
from omics_orchestrator.star.measured import measured
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part, View
from omics_orchestrator.warehouse.table import Column

_LABEL = Column(TEXT, "Its name for people")
_Row = Mapping[str, str | None]


def studies(told: Sequence[StudyTables]) -> View:
    """Every study."""
    columns = {**keys("study_key"), "label": _LABEL, "description": Column(TEXT, "What it is")}
    rows = [
        {
            "study_key": each.study.study,
            "label": each.study.label,
            "description": each.study.description,
        }
        for each in told
    ]
    return _view("dim_study", "One row a study that is described.", columns, rows)


def sites(told: Sequence[StudyTables]) -> View:
    """Every site, the same in all studies."""
    columns = {**keys("site_key"), "label": _LABEL}
    labels = {code: label for each in told for code, label in each.sites.items()}
    rows = [{"site_key": code, "label": label} for code, label in labels.items()]
    return _view("dim_site", "One row a site; studies share sites.", columns, rows)


def drugs(dictionary: Dictionary) -> View:
    """Every drug, and every class of drugs."""
    columns = {
        **keys("drug_key"),
        "label": _LABEL,
        "level": Column(TEXT, "`drug`, or `class` for a whole class"),
        "drug_class": Column(TEXT, "The class of the drug, by its name in drug_classes.csv"),
        "class_label": Column(TEXT, "The name of the class for people"),
        "atc": Column(TEXT, "The code of the drug in WHO's classification"),
        "route": Column(TEXT, "How the drug is given"),
    }
    classes = dictionary.drug_classes
    rows: list[_Row] = [
        {
            "drug_key": each.drug,
            "label": each.label,
            "level": "drug",
            "drug_class": each.drug_class,
            "class_label": classes[each.drug_class].label,
            "atc": each.atc,
            "route": each.route,
        }
        for each in dictionary.drugs.values()
    ]
    rows += [
        {
            "drug_key": name,
            "label": each.label,
            "level": "class",
            "drug_class": name,
            "class_label": each.label,
        }
        for name, each in classes.items()
    ]
    return _view("dim_drug", "One row a drug, and one a class of drugs.", columns, rows)


def variables(dictionary: Dictionary, told: Sequence[StudyTables]) -> View:
    """Every variable that fact_measurement has."""
    columns = {
        **keys("variable_key"),
        "label": _LABEL,
        "domain": Column(TEXT, "The table of the dictionary that describes it"),
        "type": Column(TEXT, "integer, number, or measurement: a number with a comparator"),
        "unit": Column(TEXT, "Its unit, in UCUM"),
        "concept": Column(TEXT, "Its concept in a terminology, as LOINC:1988-5"),
        "description": Column(TEXT, "What the dictionary adds"),
    }
    names = dict.fromkeys(each.variable for study in told for each in measured(study))
    rows = [
        {
            "variable_key": name,
            "label": variable.label,
            "domain": variable.table,
            "type": variable.type,
            "unit": variable.unit,
            "concept": variable.concept,
            "description": variable.description,
        }
        for name, variable in ((name, dictionary.variables[name]) for name in names)
    ]
    return _view("dim_variable", "One row a variable that is measured.", columns, rows)


def _view(name: str, grain: str, columns: Mapping[str, Column], rows: Sequence[_Row]) -> View:
    """A dimension of given rows, and the unknown member."""
    (key, *_) = columns
    members: list[_Row] = [{key: UNKNOWN, "label": UNKNOWN}, *rows]
    parts = [Part({column: sql.Literal(value) for column, value in row.items()}) for row in members]
    return view(name, grain, (key,), columns, parts)
