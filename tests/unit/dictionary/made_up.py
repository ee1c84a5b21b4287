"""A study of one table, made up by each test from the few lines it is about."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable

KEY = {"study_id": "id"}
Rows = Sequence[Mapping[str, str | None]]


def frame(rows: Rows) -> pl.DataFrame:
    """Rows of text; a field that a row does not name is null."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String))


def dictionary(
    variables: Mapping[str, str | Mapping[str, Any]],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    datasets: Mapping[str, Any] | None = None,
    value_sets: Mapping[str, Mapping[str, str]] | None = None,
) -> Dictionary:
    """A dictionary with one study, `clinic`; a variable is its type, or all that is said of it."""
    study = Study.model_validate(
        {
            "study": "clinic",
            "label": "Clinic",
            "description": "Made up.",
            "owners": ["somebody@example.org"],
            "sources": {
                "redcap": {
                    "kind": "redcap",
                    "url": "CLINIC_URL",
                    "token": "CLINIC_TOKEN",
                    "instruments": ["visit", "labs", "history"],
                    "missing": {"-1000": "not_recorded"},
                }
            },
            "tables": {
                name: {"description": "Made up.", "grain": ["study_id"], **table}
                for name, table in tables.items()
            },
            "datasets": datasets or {},
        }
    )
    said = {
        name: {"type": each} if isinstance(each, str) else each for name, each in variables.items()
    }
    return Dictionary(
        variables={
            name: Variable.model_validate(
                {"variable": name, "label": name, "table": "visit", **each}
            )
            for name, each in {"study_id": {"type": "string"}, **said}.items()
        },
        value_sets=value_sets or {},
        studies={"clinic": study},
        collections={},
    )


def conformed(known: Dictionary, table: str = "visit", **frames: Rows) -> Conformed:
    """Conform one table of the made-up study; its raw tables are given as rows."""
    raw = {name: frame(rows) for name, rows in frames.items()}
    return conform(known, known.studies["clinic"], table, raw, hash_key=b"key")


def one_value(
    type_: str | Mapping[str, Any], rule: object, row: Mapping[str, str | None], **more: Any
) -> tuple[Any, Mapping[str, int], Conformed]:
    """What one rule makes of one row: the value, and what became of each field's cell."""
    known = dictionary(
        {"value": type_},
        {"visit": {"rows": ["redcap.visit"], "variables": {**KEY, "value": rule}}},
        **more,
    )
    made = conformed(known, visit=[{"id": "1", **row}])
    fates = {
        line["field"]: next(fate for fate in list(line)[2:] if line[fate])
        for line in made.cells.iter_rows(named=True)
    }
    value = made.frame["value"][0] if made.frame.height else None
    return value, fates, made
