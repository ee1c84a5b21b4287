"""A running Caddy as a browser meets it, and the processes behind it."""

import base64
import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

Who = tuple[str, str] | None


@dataclass(frozen=True)
class Answer:
    """What came back, as text."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    def data(self) -> Any:
        return json.loads(self.body)["data"]


@dataclass(frozen=True)
class Edge:
    """The address of one Caddy; `plain_port` is the one without TLS."""

    port: int
    plain_port: int
    tls: ssl.SSLContext
    log: Path

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def await_certificate(self) -> None:
        """Wait until Caddy has issued its certificate, which it does after it listens."""
        deadline = time.monotonic() + 10
        while True:
            try:
                self.ask("/healthz", None)
            except ssl.SSLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def ask(
        self,
        path: str,
        who: Who,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request just as it is: no path is tidied, no redirect followed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()} | basic(who)
        with contextlib.closing(
            http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=30)
        ) as line:
            line.request(method, path, body, named)
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    def logged_up_to(self, text: str) -> str:
        """Read the log once it holds `text`: a line is written just after its answer was sent."""
        deadline = time.monotonic() + 10
        while text not in (written := self.log.read_text()):
            assert time.monotonic() < deadline, f"{text} never reached the log"
            time.sleep(0.05)
        return written

    def graphql(self, query: str, who: Who, **headers: str) -> Answer:
        """Ask as Dagster's own page asks."""
        asked = {"Content_Type": "application/json", "Origin": self.origin} | headers
        return self.ask("/graphql", who, "POST", json.dumps({"query": query}), **asked)

    def websocket(self, who: Who, origin: str) -> ClientConnection:
        """Open the connection over which Dagster's page receives live logs."""
        return connect(
            f"wss://localhost:{self.port}/graphql",
            ssl=self.tls,
            origin=Origin(origin),
            subprotocols=[Subprotocol("graphql-ws")],
            additional_headers=basic(who),
        )


def basic(who: Who) -> dict[str, str]:
    if who is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(who).encode()).decode()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(*command: str, port: int, log: Path, **environment: str) -> Iterator[None]:
    """Run a server until the block ends; enter the block once it listens on `port`.

    It runs in the folder of its log: Dagster puts a `.env` of the folder it starts in above the
    environment, and the project's own `.env` may lie where the tests were started.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env=os.environ | environment,
        )
        try:
            _await_listener(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _await_listener(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()[-2000:]}")


class Echo(BaseHTTPRequestHandler):
    """Answers every request with the headers it came with."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.headers)).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the test reads the answer."""
