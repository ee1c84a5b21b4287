"""Two made-up studies for the star: one with everything, one with next to nothing."""

from collections.abc import Mapping
from typing import Any

from omics_orchestrator.dictionary.drugs import Drug, DrugClass
from omics_orchestrator.dictionary.model import Collection, Dictionary, Study, Variable
from omics_orchestrator.dictionary.tables import Combined

_VARIABLES: dict[str, dict[str, Any]] = {
    "study_id": {"type": "string"},
    "sex": {"type": "category", "codes": "sex"},
    "age": {"type": "integer"},
    "centre": {"type": "category", "codes": "centre"},
    "visit": {"type": "integer"},
    "visit_date": {"type": "date"},
    "weight": {"type": "number", "unit": "kg"},
    "report": {"type": "string"},
    "crp": {"type": "measurement", "unit": "mg/L", "concept": "LOINC:1988-5"},
    "calprotectin": {"type": "measurement", "unit": "ug/g"},
    "calprotectin_date": {"type": "date"},
    "blood_date": {"type": "date"},
    "repeat": {"type": "integer"},
    "score": {"type": "integer"},
    "score_date": {"type": "date"},
    "sample_id": {"type": "string"},
    "kind": {"type": "string"},
    "taken_on": {"type": "date"},
    "npx": {"type": "number"},
    "on_ifx": {"type": "boolean"},
}
_KEY = {"study_id": "id"}
_VISIT = {**_KEY, "visit": "n"}
TABLES: dict[str, dict[str, Any]] = {
    "participant": {"grain": ["study_id"],
                    "variables": {**_KEY, "sex": "sex", "age": "age", "centre": "centre"}},
    "visit": {"grain": ["study_id", "visit"],
              "variables": {**_VISIT, "visit_date": "day", "weight": "weight"}},
    "report": {"grain": ["study_id", "visit", "report"],
               "variables": {**_VISIT, "report": "r", "crp": "crp", "calprotectin": "cal",
                             "calprotectin_date": "cal_day", "blood_date": "day",
                             "repeat": "redcap_repeat_instance"}},
    "first_report": {"grain": ["study_id", "visit"], "variables": {**_VISIT, "crp": "crp"}},
    "questionnaire": {"grain": ["study_id"],
                      "variables": {**_KEY, "score": "score", "score_date": "day"}},
    "medication": {"grain": ["study_id", "visit"], "variables": {**_VISIT, "on_ifx": "ifx"}},
    "sample": {"grain": ["sample_id"],
               "variables": {"sample_id": "sid", **_VISIT, "kind": "kind", "taken_on": "day"}},
    "olink": {"grain": ["sample_id"], "variables": {"sample_id": "sid", "npx": "npx"}},
}  # fmt: skip
_DRUGS = {
    "courses": [{"table": "medication", "drug": "on_ifx"}],
    "asked": [
        {"table": "medication", "date": "visit.visit_date", "now": {"on_ifx": "ifx"}},
        {"table": "sample", "date": "taken_on"},
    ],
}


def dictionary(**variables: Mapping[str, Any]) -> Dictionary:
    """The dictionary; `variables` replaces what is said of some, or leaves out what is None."""
    said = {**_VARIABLES, **variables}
    gone = {name for name, each in said.items() if not each}
    tables = {
        name: {**spec, "variables": {n: f for n, f in spec["variables"].items() if n not in gone}}
        for name, spec in TABLES.items()
    }
    small = {"note": {"grain": ["study_id", "visit"], "variables": {**_VISIT, "weight": "kg"}}}
    return Dictionary(
        variables={
            name: Variable.model_validate(
                {"variable": name, "label": f"The {name}", "table": "visit", **each}
            )
            for name, each in said.items()
            if each
        },
        value_sets={
            "sex": {"f": "Female", "m": "Male"},
            "centre": {"edinburgh": "Edinburgh", "glasgow": "Glasgow"},
        },
        studies={
            "clinic": _study("clinic", tables, datasets={"main": "visit"}, drugs=_DRUGS),
            "ward": _study("ward", small),
        },
        collections={
            "clinic": Collection(
                collection="clinic", label="Clinic", study="clinic", store="INBOX", policy="copy",
                sample_patterns=(),
            )
        },
        datasets={
            "both": Combined(
                dataset="both", description="Both.", owners=(), rows=("clinic.main",), site="centre"
            )
        },
        drugs={
            "ifx": Drug.model_validate({"drug": "ifx", "label": "Infliximab", "class": "anti_tnf"})
        },
        drug_classes={"anti_tnf": DrugClass.model_validate({"class": "anti_tnf", "label": "TNF"})},
    )  # fmt: skip


def _study(
    name: str,
    tables: Mapping[str, Mapping[str, Any]],
    datasets: Mapping[str, str] | None = None,
    drugs: Mapping[str, Any] | None = None,
) -> Study:
    source = {"kind": "redcap", "url": "URL", "token": "TOKEN", "instruments": ["form"]}
    return Study.model_validate(
        {
            "study": name, "label": name.title(), "description": "Made up.",
            "owners": ["somebody@example.org"], "sources": {"redcap": source},
            "tables": {
                each: {"description": "Made up.", "rows": ["redcap.form"], **spec}
                for each, spec in tables.items()
            },
            "datasets": {
                each: {"description": "All.", "rows": rows} for each, rows in (datasets or {}).items()
            },
            "drugs": drugs,
        }
    )  # fmt: skip
