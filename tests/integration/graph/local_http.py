"""Real HTTP on a free port of this machine: an application for as long as a test needs it."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omics_orchestrator.demo.redcap.server import app as redcap_app


@contextmanager
def serving(application: ASGIApp) -> Iterator[str]:
    """Serve an application until the block ends; gives its address without a final slash."""
    with closing(create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
        service = uvicorn.Server(config)
        thread = Thread(target=service.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            service.should_exit = True
            thread.join()


class Arrival(NamedTuple):
    """A request as it came: when, in seconds, and the form it brought."""

    moment: float
    form: dict[str, str]


class Redcap:
    """The local REDCap server; it counts what it is asked, and answers with faults on demand.

    Attributes:
        arrivals: every request that came.
        faults: the next answers, in place of the true ones.
    """

    def __init__(self, database: Path) -> None:
        self._application = redcap_app(database)
        self.arrivals: list[Arrival] = []
        self.faults: deque[Response] = deque()

    @property
    def asked(self) -> int:
        """How many requests came."""
        return len(self.arrivals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        moment, body = time.monotonic(), await request.body()
        self.arrivals.append(Arrival(moment, dict(parse_qsl(body.decode("latin-1")))))
        unread = deque[Message]([{"type": "http.request", "body": body}])

        async def again() -> Message:
            return unread.popleft() if unread else await receive()

        await (self.faults.popleft() if self.faults else self._application)(scope, again, send)


class Mailbox:
    """An address that takes any JSON posted to it, as a chat's webhook does."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.application = Starlette(routes=[Route("/", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.received.append(await request.json())
        return Response()
