"""A small made-up study that the dictionary's tests share."""

import polars as pl

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable

VARIABLES = [
    {"variable": "study_id", "label": "Participant", "table": "visit", "type": "string"},
    {"variable": "centre", "label": "Centre", "table": "visit", "type": "category", "codes": "centre"},
    {"variable": "sex", "label": "Sex", "table": "visit", "type": "category", "codes": "sex"},
    {"variable": "age", "label": "Age", "table": "visit", "type": "integer", "minimum": 0, "maximum": 110},
    {"variable": "crp", "label": "CRP", "table": "visit", "type": "measurement", "unit": "mg/L"},
    {"variable": "weight", "label": "Weight", "table": "visit", "type": "number", "minimum": 1},
    {"variable": "seen_on", "label": "Date", "table": "visit", "type": "date"},
    {"variable": "ifx", "label": "Infliximab", "table": "visit", "type": "boolean"},
    {"variable": "ada", "label": "Adalimumab", "table": "visit", "type": "boolean"},
    {"variable": "anti_tnf", "label": "Any anti-TNF", "table": "visit", "type": "boolean"},
    {"variable": "behaviour", "label": "Montreal B", "table": "visit", "type": "category", "codes": "behaviour"},
    {"variable": "perianal", "label": "Montreal p", "table": "visit", "type": "boolean"},
]  # fmt: skip
VALUE_SETS = {
    "centre": {"glasgow": "Glasgow", "edinburgh": "Edinburgh"},
    "sex": {"male": "Male", "female": "Female"},
    "behaviour": {"B1": "Inflammatory", "B2": "Stricturing", "B3": "Penetrating"},
}
STUDY = {
    "study": "clinic",
    "label": "Clinic",
    "description": "Made up.",
    "owners": ["somebody@example.org"],
    "sources": {
        "redcap": {
            "kind": "redcap",
            "url": "CLINIC_URL",
            "token": "CLINIC_TOKEN",
            "instruments": ["visit", "history"],
            "identifiers": ["dob"],
            "missing": {"-1000": "not_recorded"},
        }
    },
    "code_maps": {"yes_1_no_2": {1: True, 2: False}},
    "tables": {
        "visit": {
            "description": "One row a participant.",
            "rows": ["redcap.visit", "redcap.history"],
            "grain": ["study_id"],
            "variables": {
                "study_id": {"field": "id", "letters": "upper"},
                "centre": {"pattern": "id", "codes": {"91-[0-9]+": "glasgow", "[0-9]+-P": "edinburgh"}},
                "sex": {"field": "sex", "codes": {1: "male", 2: "female"}},
                "age": "age",
                "crp": "crp",
                "weight": "weight",
                "seen_on": "seen",
                "ifx": {"field": "ifx", "codes": "yes_1_no_2"},
                "ada": {"field": "ada", "codes": "yes_1_no_2"},
                "anti_tnf": {"derive": "ifx or ada"},
                "behaviour": {"checkboxes": "beh", "codes": {0: "B1", 1: "B2", 2: "B3"}},
                "perianal": {"checkbox": "beh", "option": 3},
            },
            "ignore": {"free text": ["comment"]},
        }
    },
    "datasets": {"visit": {"description": "All.", "rows": "visit"}},
}  # fmt: skip
VISIT_FIELDS = ("id", "sex", "age", "crp", "weight", "seen", "visit_complete")
HISTORY_FIELDS = (
    "id", "ifx", "ada", "beh___0", "beh___1", "beh___2", "beh___3", "beh____1000", "comment",
    "new_field", "history_complete",
)  # fmt: skip


def dictionary(study: dict[str, object] | None = None) -> Dictionary:
    """The made-up dictionary, with its study or with another one."""
    chosen = Study.model_validate(study or STUDY)
    return Dictionary(
        variables={line["variable"]: Variable.model_validate(line) for line in VARIABLES},
        value_sets=VALUE_SETS,
        studies={chosen.study: chosen},
        collections={},
    )


def frame(fields: tuple[str, ...], *rows: dict[str, str]) -> pl.DataFrame:
    """Rows of text with the given fields, null where a row does not name one."""
    return pl.DataFrame(
        [[row.get(name) for name in fields] for row in rows],
        schema=dict.fromkeys(fields, pl.String),
        orient="row",
    )


def visits(*rows: dict[str, str]) -> pl.DataFrame:
    return frame(VISIT_FIELDS, *rows)


def histories(*rows: dict[str, str]) -> pl.DataFrame:
    return frame(HISTORY_FIELDS, *rows)
