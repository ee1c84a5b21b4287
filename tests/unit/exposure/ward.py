"""A small made-up study that tells of drugs, and its conformed tables."""

from datetime import date

import polars as pl

from omics_orchestrator.dictionary.drugs import Drug, DrugClass
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable

DRUGS = [
    {"drug": "ifx", "label": "Infliximab", "class": "anti_tnf", "atc": "L04AB02", "brands": "Remicade;Inflectra"},
    {"drug": "ada", "label": "Adalimumab", "class": "anti_tnf", "atc": "L04AB04", "misspellings": "adalimumb"},
    {"drug": "aza", "label": "Azathioprine", "class": "thiopurine", "atc": "L04AX01"},
    {"drug": "prednisolone", "label": "Prednisolone", "class": "steroid_class"},
]  # fmt: skip
CLASSES = [
    {"class": "anti_tnf", "label": "Anti-TNF"},
    {"class": "thiopurine", "label": "Thiopurines"},
    {"class": "steroid_class", "label": "Steroids", "gap_days": "1"},
]
_TABLE = {"description": "Made up.", "rows": ["redcap.form"]}
RECORDS = {
    "courses": [
        {
            "table": "participant",
            "ever": {"ifx": "ifx", "ada": "ada"},
            "start": "{}_start",
            "stop": "{}_stop",
            "blank_stop": "ongoing",
            "as_of": "joined",
        },
        {
            "table": "drug_list",
            "drug": ["typed", "listed"],
            "start": "began",
            "stop": "ended",
            "ongoing": "still",
            "as_of": {"table": "visit", "date": "seen", "where": 'visit == "one"'},
            "dose": "dose",
            "unit": "mg",
            "frequency": "often",
            "reason": "why",
        },
    ],
    "asked": [
        {
            "table": "visit",
            "date": "seen",
            "now": {"on_ifx": "ifx", "on_tnf": "anti_tnf", "on_steroid": ["steroid_class"]},
        },
        {"table": "participant", "date": "joined", "ever": {"had_tnf": "anti_tnf"}},
    ],
}
_VARIABLES = {
    "study_id": "string", "visit": "string", "slot": "string", "joined": "date", "seen": "date",
    "ifx": "boolean", "ada": "boolean", "ifx_start": "date", "ifx_stop": "partial_date",
    "ada_start": "date", "ada_stop": "date", "typed": "string", "listed": "string",
    "began": "date", "ended": "date", "still": "boolean", "dose": "number", "often": "string",
    "why": "string", "on_ifx": "boolean", "on_tnf": "boolean", "on_steroid": "boolean",
    "had_tnf": "boolean",
}  # fmt: skip
_COLUMNS = {
    "participant": ("study_id", "joined", "ifx", "ada", "ifx_start", "ifx_stop", "ada_start", "ada_stop", "had_tnf"),
    "visit": ("study_id", "visit", "seen", "on_ifx", "on_tnf", "on_steroid"),
    "drug_list": ("study_id", "slot", "typed", "listed", "began", "ended", "still", "dose", "often", "why"),
}  # fmt: skip
_GRAINS = {
    "participant": ["study_id"],
    "visit": ["study_id", "visit"],
    "drug_list": ["study_id", "slot"],
}
_KINDS = {
    "string": pl.String,
    "partial_date": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
    "number": pl.Float64,
}
BESIDE = {
    "ifx_stop_earliest": pl.Date,
    "ifx_stop_latest": pl.Date,
    "ifx_stop_approximate": pl.Boolean,
    "missing_reasons": pl.String,
}


DATASET = {
    "description": "Made up.",
    "rows": "visit",
    "beside": ["participant"],
    "from_exposure": ["participant", "visit"],
}


def study(records: dict[str, object] | None = None) -> Study:
    """The made-up study, with its own `drugs` or another."""
    return Study.model_validate(
        {
            "study": "ward",
            "label": "Ward",
            "description": "Made up.",
            "owners": ["somebody@example.org"],
            "sources": {
                "redcap": {"kind": "redcap", "url": "WARD_URL", "token": "WARD_TOKEN", "instruments": ["form"]}
            },
            "tables": {
                name: {**_TABLE, "grain": _GRAINS[name], "as_named": list(columns)}
                for name, columns in _COLUMNS.items()
            },
            "datasets": {"visits": DATASET},
            "drugs": records or RECORDS,
        }
    )  # fmt: skip


def dictionary(ward: Study | None = None) -> Dictionary:
    """The made-up dictionary of drugs, with the study."""
    chosen = ward or study()
    return Dictionary(
        variables={
            name: Variable(variable=name, label=name, table="visit", type=kind)  # type: ignore[arg-type]
            for name, kind in _VARIABLES.items()
        },
        value_sets={},
        studies={chosen.study: chosen},
        collections={},
        drugs={each["drug"]: Drug.model_validate(each) for each in DRUGS},
        drug_classes={each["class"]: DrugClass.model_validate(each) for each in CLASSES},
    )


def rows(table: str, *lines: dict[str, object]) -> pl.DataFrame:
    """Conformed rows of a table; null where a line does not say."""
    schema = {name: _KINDS[_VARIABLES[name]] for name in _COLUMNS[table]} | BESIDE
    return pl.DataFrame(
        [[line.get(name) for name in schema] for line in lines], schema=schema, orient="row"
    )


def ward_tables(
    participants: tuple[dict[str, object], ...] = (),
    visits: tuple[dict[str, object], ...] = (),
    drug_list: tuple[dict[str, object], ...] = (),
) -> dict[str, pl.DataFrame]:
    """The conformed tables of the study."""
    return {
        "participant": rows("participant", *participants),
        "visit": rows("visit", *visits),
        "drug_list": rows("drug_list", *drug_list),
    }


def day(text: str) -> date:
    return date.fromisoformat(text)
