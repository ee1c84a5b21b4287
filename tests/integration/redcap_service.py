"""The local REDCap server on a free port, for tests that talk to it over real HTTP."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import requests
import uvicorn

from omics_orchestrator.demo.redcap import store
from omics_orchestrator.demo.redcap.project import (
    Event,
    ProjectDefinition,
    create,
    read_dictionary,
)
from omics_orchestrator.demo.redcap.rights import Rights
from omics_orchestrator.demo.redcap.server import app
from omics_orchestrator.demo.redcap.server_settings import ServerSettings, configure

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
NOON = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
DICTIONARY = """field_name,form_name,field_type,text_validation_type_or_show_slider_number,select_choices_or_calculations,identifier
participant,base,text,,,
birth,base,text,date_dmy,,y
why,base,checkbox,,"1, One | 2, Two",
score,base,calc,,[birth]*2,
scan,base,file,,,
visit,visits,text,date_ymd,,
note,visits,notes,,,
"""


@dataclass
class Server:
    """A running server, its file, and a clock that a test moves by hand."""

    database: Path
    url: str = ""
    time: datetime = NOON

    def post(self, **form: Any) -> requests.Response:
        arrays = {
            f"{name}[{number}]": value
            for name, values in form.items()
            if isinstance(values, list)
            for number, value in enumerate(values)
        }
        texts = {name: value for name, value in form.items() if not isinstance(value, list)}
        return requests.post(self.url, data={"token": TOKEN, **texts, **arrays}, timeout=30)

    def rows(self, **form: Any) -> list[dict[str, Any]]:
        answer = self.post(content="record", format="json", **form)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def put(self, *rows: dict[str, Any], **form: Any) -> requests.Response:
        return self.post(content="record", format="json", data=json.dumps(rows), **form)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(
            app(server.database, lambda: server.time), log_level="warning", access_log=False
        )
        service = uvicorn.Server(config)
        thread = Thread(target=service.run, kwargs={"sockets": [listener]})
        thread.start()
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
        try:
            yield server
        finally:
            service.should_exit = True
            thread.join()


def study_of(folder: Path) -> ProjectDefinition:
    """A classic project: a checkbox, a repeating form and a missing data code."""
    path = folder / "dictionary.csv"
    path.write_text(DICTIONARY)
    return ProjectDefinition(
        "Study",
        read_dictionary(path),
        repeating=(("", "visits"),),
        missing_data_codes={"-1000": "missing"},
    )


def visits_of(folder: Path) -> ProjectDefinition:
    """The same dictionary at two events, nothing repeating."""
    return ProjectDefinition(
        "Visits",
        study_of(folder).dictionary,
        events=(Event("Baseline"), Event("Month 6")),
        designations=(("baseline_arm_1", "base"), ("month_6_arm_1", "visits")),
    )


def renew(server: Server, definition: ProjectDefinition) -> Server:
    """Give a server one empty project, its first settings, and set its clock back to noon."""
    server.time = NOON
    configure(server.database, **asdict(ServerSettings()))
    create(server.database, TOKEN, definition, [])
    return server


def grant(server: Server, token: str, rights: Rights) -> None:
    """Give the project of a server a further token."""
    with store.connect(server.database, writing=True) as connection:
        project = store.find_project(connection, TOKEN)
        assert project
        store.grant(connection, token, project.id, rights)
