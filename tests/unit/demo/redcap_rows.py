"""A project of a test, and what the flat export gives of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from omics_orchestrator.demo.redcap import server_settings
from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.call import Call
from omics_orchestrator.demo.redcap.definition import API_KEYS
from omics_orchestrator.demo.redcap.records import export_records
from omics_orchestrator.demo.redcap.request import Parameters
from omics_orchestrator.demo.redcap.rights import Rights

Row = dict[str, str]
TOKEN = "0" * 32
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def entry(name: str, form: str, kind: str = "text", choices: str = "") -> Row:
    known = {"field_name": name, "form_name": form, "field_type": kind}
    return {
        **dict.fromkeys(API_KEYS, ""),
        **known,
        "select_choices_or_calculations": choices,
    }


def call_of(database: Path, rights: Rights | None = None, **asked: str | list[str]) -> Call:
    """A call with the token's own rights or with others."""
    texts = {name: value for name, value in asked.items() if isinstance(value, str)}
    arrays = {name: value for name, value in asked.items() if isinstance(value, list)}
    with redcap_store.connect(database) as connection:
        access = redcap_store.find_access(connection, TOKEN)
        settings = server_settings.read(connection)
    assert access
    return Call(
        database,
        access.project,
        rights or access.rights,
        Parameters({"format": "json", **texts}, arrays),
        NOON,
        settings=settings,
    )


def body(database: Path, rights: Rights | None = None, **asked: str | list[str]) -> str:
    """The body of a record export."""
    return "".join(map(str, export_records(call_of(database, rights, **asked)).pieces))


def exported(database: Path, rights: Rights | None = None, **asked: str | list[str]) -> list[Row]:
    """The rows of a record export in JSON."""
    rows = json.loads(body(database, rights, **asked))
    return [{name: str(cell) for name, cell in row.items()} for row in rows]
