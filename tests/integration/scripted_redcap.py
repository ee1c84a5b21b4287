"""An HTTP server that answers as a small REDCap project does, until a test tells it to fail.

It keeps every form that was posted, so that a test can prove what was asked for and what was not.
"""

import json
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

Form = list[tuple[str, str]]
JSON = "application/json; charset=utf-8"


@dataclass
class Answer:
    """What goes over the wire.

    Attributes:
        body: text is sent as UTF-8, anything else as JSON.
        missing: bytes that the header promises and that never come.
        is_reset: the connection is reset instead of an answer.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    is_reset: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Scripted:
    """A project of `fields` in one form `base`, with `records` in which every cell is its name.

    Attributes:
        fault: looked at before each answer; what it gives is sent instead.
        posted: every form that came.
    """

    records: list[str] = field(default_factory=lambda: ["1", "2", "10"])
    fields: list[str] = field(default_factory=lambda: ["sex", "age"])
    url: str = ""
    fault: Callable[[str, dict[str, list[str]]], Answer | None] = lambda _content, _arrays: None
    posted: list[Form] = field(default_factory=list)

    def answer(self, form: Form) -> Answer:
        self.posted.append(form)
        texts = dict(form)
        arrays: dict[str, list[str]] = {}
        for name, value in form:
            if "[" in name:
                arrays.setdefault(name.partition("[")[0], []).append(value)
        return self.fault(texts["content"], arrays) or self._healthy(texts["content"], arrays)

    def _healthy(self, content: str, arrays: dict[str, list[str]]) -> Answer:
        match content:
            case "project":
                return Answer({"project_id": 7, "is_longitudinal": 0})
            case "version":
                return Answer("14.9.1")
            case "metadata":
                return Answer([self.line(name) for name in ("id", *self.fields)])
            case "repeatingFormsEvents":
                return Answer({"error": "the project does not contain any repeating …"}, 400)
            case "dag":
                return Answer([])
            case "record":
                return Answer(self.rows(arrays))
        raise ValueError(content)

    def line(self, name: str) -> dict[str, str]:
        return {
            "field_name": name,
            "form_name": "base",
            "field_type": "radio",
            "select_choices_or_calculations": "",
            "text_validation_type_or_show_slider_number": "",
            "identifier": "",
        }

    def rows(self, arrays: Mapping[str, list[str]]) -> list[dict[str, str]]:
        asked = arrays.get("records") or self.records
        return [
            {name: record if name == "id" else f"{name} of {record}" for name in arrays["fields"]}
            for record in self.records
            if record in asked
        ]


@contextmanager
def scripted(server: Scripted) -> Iterator[Scripted]:
    """Run a scripted server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            form = parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)
            answer = server.answer(form)
            if answer.is_reset:
                # Closing with a linger of nothing sends a reset instead of an end.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            self.send_response(answer.status)
            for name, value in {"content-type": JSON, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content) + answer.missing))
            self.end_headers()
            self.wfile.write(answer.content)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing: the tests look at what was posted."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.daemon_threads = True
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.url = f"http://127.0.0.1:{service.server_port}/api/"
    try:
        yield server
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
