"""Real HTTP on a free port of this machine: an application for as long as a test needs it."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

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


class Redcap:
    """The local REDCap server; it counts what it is asked, and answers with faults on demand.

    Attributes:
        asked: how many requests came.
        faults: the next answers, in place of the true ones.
    """

    def __init__(self, database: Path) -> None:
        self._application = redcap_app(database)
        self.asked = 0
        self.faults: deque[Response] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.faults:
            await self.faults.popleft()(scope, receive, send)
        else:
            await self._application(scope, receive, send)


class Mailbox:
    """An address that takes any JSON posted to it, as a chat's webhook does."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.application = Starlette(routes=[Route("/", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.received.append(await request.json())
        return Response()
