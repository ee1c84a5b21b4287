"""Two made-up studies with every kind of rule, as plain data that tests edit, and what was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from omics_orchestrator.dictionary.check import problems_of, unit_problems
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.reads import raw_tables
from omics_orchestrator.dictionary.tables import Combined

Book = dict[str, Any]
"""A dictionary as its files say it: `variables`, `value_sets`, `studies`, `datasets`."""


def _variable(name: str, kind: str, **more: object) -> dict[str, object]:
    return {"variable": name, "label": name, "table": "visit", "type": kind, **more}


def book() -> Book:
    """The made-up dictionary; each call gives one of its own."""
    variables = [
        _variable("study_id", "string"),
        _variable("instance", "integer"),
        _variable("number", "integer"),
        _variable("centre", "category", codes="centre"),
        _variable("sex", "category", codes="sex"),
        _variable("age", "integer", minimum=0, maximum=110),
        _variable("crp", "measurement", unit="mg/L"),
        _variable("albumin", "number", unit="g/L", minimum=1),
        _variable("seen_on", "date"),
        _variable("began", "partial_date"),
        _variable("ifx", "boolean"),
        _variable("ada", "boolean"),
        _variable("anti_tnf", "boolean"),
        _variable("behaviour", "category", codes="behaviour"),
        _variable("places", "string"),
        _variable("perianal", "boolean"),
        _variable("note", "text"),
        _variable("smoked", "boolean"),
        _variable("label_id", "string"),
        _variable("kind", "string"),
        _variable("first_age", "integer"),
        _variable("drug", "string"),
        _variable("dose", "number"),
        _variable("stool", "category", codes="sex"),
    ]
    return {
        "variables": {str(each["variable"]): each for each in variables},
        "value_sets": {
            "centre": {"glasgow": "Glasgow", "edinburgh": "Edinburgh", "other": "Other"},
            "sex": {"male": "Male", "female": "Female"},
            "behaviour": {"B1": "Inflammatory", "B2": "Stricturing", "B3": "Penetrating"},
        },
        "studies": {"clinic": _clinic(), "registry": _registry()},
        "datasets": {
            "both": {
                "dataset": "both",
                "description": "Both studies.",
                "owners": ["somebody@example.org"],
                "rows": ["clinic.main", "registry.main"],
            }
        },
    }


def _clinic() -> Book:
    return {
        "study": "clinic",
        "label": "Clinic",
        "description": "Made up.",
        "owners": ["somebody@example.org"],
        "sources": {
            "redcap": {
                "kind": "redcap",
                "url": "CLINIC_URL",
                "token": "CLINIC_TOKEN",
                "instruments": ["visit", "history", "drugs"],
                "missing": {"-1000": "not_recorded", "NI": "no_information"},
            }
        },
        "code_maps": {"yes_1_no_2": {"1": True, "2": False}},
        "tables": {
            "visit": {
                "description": "One row a participant.",
                "rows": ["redcap.visit", "redcap.history"],
                "grain": ["study_id"],
                "variables": {
                    "study_id": {"field": "id", "letters": "upper"},
                    "centre": {
                        "pattern": "id",
                        "codes": {"9[0-9]": "glasgow", "[0-9]+": "edinburgh", "p.*": "other"},
                    },
                    "sex": {"field": "sex", "codes": {"1": "male", "2": "female"}},
                    "age": "age",
                    "crp": {"field": "crp", "words": {"trace": "<1"}},
                    "albumin": {"field": "alb", "decimal": ","},
                    "seen_on": {"field": "seen", "formats": ["%d/%m/%Y"]},
                    "began": "began",
                    "ifx": {"field": "ifx", "codes": "yes_1_no_2"},
                    "ada": {"field": "ada", "codes": "yes_1_no_2"},
                    "anti_tnf": {"derive": "ifx or ada"},
                    "behaviour": {
                        "checkboxes": "beh",
                        "codes": {"0": "B1", "1": "B2", "2": "B3"},
                        "several": ["B2", "B1", "B3"],
                    },
                    "perianal": {"checkbox": "beh", "option": "3"},
                    "places": {
                        "checkboxes": "beh",
                        "codes": {"0": "a", "1": "b", "2": "c"},
                        "several": "list",
                    },
                    "note": {"join": ["note_1", "note_2"], "separator": "; "},
                    "smoked": {"any_of": [{"fields": ["note_1", "note_2"], "codes": ["x", "y"]}]},
                    "label_id": {"format": "C-{id}"},
                    "kind": {"constant": "clinic"},
                },
                "exclude": [{"when": "age > 90", "reason": "too old", "rows": "this"}],
            },
            "drugs": {
                "description": "One row a drug.",
                "rows": [
                    {
                        "table": "redcap.drugs",
                        "slots": {
                            "number": "slot",
                            "fields": {"drug": ["drug_{1..3}"], "dose": ["dose_{1..3}"]},
                        },
                    }
                ],
                "grain": ["study_id", "number"],
                "variables": {
                    "study_id": {"field": "id", "letters": "upper"},
                    "number": "slot",
                    "drug": {"field": "drug", "letters": "lower"},
                    "dose": "dose",
                },
                "exclude": [
                    {"when": "age > 90", "reason": "too old", "rows": "all", "of": "visit"}
                ],
            },
        },
        "datasets": {
            "main": {"description": "All.", "rows": "visit", "leave_out": ["kind"]},
            "numbers": {"description": "Numbers.", "long": "visit", "keep": ["seen_on"]},
        },
    }


def _registry() -> Book:
    return {
        "study": "registry",
        "label": "Registry",
        "description": "Made up.",
        "owners": ["somebody@example.org"],
        "sources": {
            "redcap": {
                "kind": "redcap",
                "url": "REGISTRY_URL",
                "token": "REGISTRY_TOKEN",
                "instruments": ["entry", "stay"],
                "missing": {"-9": "refused"},
            }
        },
        "tables": {
            "entry": {
                "description": "One row an entry.",
                "rows": ["redcap.entry"],
                "grain": ["study_id", "instance"],
                "variables": {
                    "study_id": "id",
                    "instance": "redcap_repeat_instance",
                    "age": {"coalesce": ["age_1", "age_2"]},
                    "first_age": {"broadcast": "age", "at": {"instance": "1"}},
                    "albumin": {"field": "alb", "unit": "g/dL"},
                    "crp": {"field": "crp", "unit_in_text": True},
                    "sex": {"field": "sex", "codes": {"m": "male", "f": "female"}},
                    "anti_tnf": {"not_collected": "the registry never asked"},
                },
            },
            "stay": {
                "description": "The last stay.",
                "rows": [{"table": "redcap.stay", "instance": "last"}],
                "grain": ["study_id"],
                "variables": {
                    "study_id": "id",
                    "seen_on": "day",
                    "stool": {
                        "field": "sex",
                        "codes": {"m": "male"},
                        "missing": {"f": "not_asked"},
                    },
                },
            },
        },
        "datasets": {
            "main": {"description": "All.", "rows": "entry", "beside": ["stay"], "where": "age > 1"}
        },
    }


FRAMES = {
    "visit": ("id sex age crp alb seen began note_1 note_2", [
        "p1 1 30 <5 40,5 01/02/2020 2019 x -", "p2 2 95 trace 38 02/02/2020 2019-05 - y",
        "91 1 17 12 4 31/12/2019 - x,y NI", "92 3 old 7,5 -1000 2020-01-01 2018-13 a b",
        "17 -1000 - >200 39,9 03/03/2021 2017-01-02 - -", "18 2 111 3 abc 1/1/2020 2020 y NI",
        "p3 2 44 - - - - - -", "- 1 20 3 30 01/01/2020 2020 x y", "93 NI 50 NI NI NI NI NI NI",
    ]),
    "history": ("id ifx ada beh___0 beh___1 beh___2 beh___3 beh____1000", [
        "p1 1 2 1 0 0 0 0", "p2 2 2 1 1 0 1 0", "91 - 1 0 0 0 0 1", "92 7 - 0 0 1 1 0",
        "17 -1000 2 0 0 0 0 0", "18 1 1 1 0 1 0 0", "19 1 2 0 1 0 0 0",
    ]),
    "drugs": ("id drug_1 drug_2 drug_3 dose_1 dose_2 dose_3", [
        "p1 IFX ADA - 5 x 7", "p2 ada - - 40 - -", "91 - - - - - -", "17 NI MTX ifx 1 2 -1000",
    ]),
    "entry": ("id redcap_repeat_instance age_1 age_2 alb crp sex", [
        "a 1 30 - 4 5mg/L m", "a 2 - 31 -9 <2 f", "b 1 -9 -9 4.2 7 x", "b 3 40 2 400 0.5mg/dL m",
        "c 2 x 5 - - -", "c 1 1 - 3 -9 -9", "c 1 2 - 3 2 f", "d 1 0 - 5 1g/L f",
    ]),
    "stay": ("id redcap_repeat_instance day sex", [
        "a 1 2020-01-01 m", "a 2 2020-02-01 f", "b 1 -9 x", "d 1 2020-13-01 -",
    ]),
}  # fmt: skip


def _frame(fields: str, rows: list[str]) -> pl.DataFrame:
    names = fields.split()
    cells = [[None if cell == "-" else cell for cell in row.split()] for row in rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")


@dataclass(frozen=True)
class MadeUpReadings:
    """What was read of the made-up studies; their projects declare nothing."""

    read: Mapping[str, pl.DataFrame]

    def frames(self, study: Study, table: str) -> Mapping[str, pl.DataFrame]:
        return {name: self.read[name] for name in raw_tables(study, table)}

    def as_read(self, dictionary: Dictionary, study: Study, table: str) -> Study:
        del dictionary, table
        return study


READINGS = MadeUpReadings({name: _frame(*told) for name, told in FRAMES.items()})


def dictionary(told: Book) -> Dictionary:
    """Read the dictionary; ValidationError (a ValueError) when a model refuses it."""
    return Dictionary(
        variables={name: Variable.model_validate(each) for name, each in told["variables"].items()},
        value_sets=told["value_sets"],
        studies={name: Study.model_validate(each) for name, each in told["studies"].items()},
        collections={},
        datasets={name: Combined.model_validate(each) for name, each in told["datasets"].items()},
    )


def is_sound(known: Dictionary) -> bool:
    """Tell whether `omics dictionary check` would let it pass."""
    return not problems_of(known) and not unit_problems(known)
