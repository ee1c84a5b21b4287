"""A project of a test, and what the flat export gives of it."""

import json
from pathlib import Path

from omics_orchestrator.demo.redcap import records as redcap_records
from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.definition import API_KEYS
from omics_orchestrator.demo.redcap.request import Parameters

Row = dict[str, str]
TOKEN = "0" * 32


def entry(name: str, form: str, kind: str = "text", choices: str = "") -> Row:
    known = {"field_name": name, "form_name": form, "field_type": kind}
    return {
        **dict.fromkeys(API_KEYS, ""),
        **known,
        "select_choices_or_calculations": choices,
    }


def exported(database: Path, **asked: str | list[str]) -> list[Row]:
    texts = {name: value for name, value in asked.items() if isinstance(value, str)}
    arrays = {name: value for name, value in asked.items() if isinstance(value, list)}
    parameters = Parameters({"format": "json", **texts}, arrays)
    with redcap_store.connect(database) as connection:
        project = redcap_store.find_project(connection, TOKEN)
    assert project
    rows = json.loads("".join(redcap_records.export_records(database, project, parameters)))
    return [{name: str(cell) for name, cell in row.items()} for row in rows]
