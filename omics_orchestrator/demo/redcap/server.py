"""The local REDCap API server: one POST address over one SQLite file of projects.

A clean-room server, written from the behaviour that public clients and stored answers show. What
it does not offer it refuses by name, so that nobody takes less than was asked for the whole.
"""

import secrets
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from omics_orchestrator.demo.redcap import records as redcap_records
from omics_orchestrator.demo.redcap import store as redcap_store
from omics_orchestrator.demo.redcap.answers import ANSWERS
from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, encode, error
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError

Clock = Callable[[], datetime]

VERSION = "14.9.1"
_ROWS_PER_PIECE = 200
_PAGE = "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body></body></html>"


def local_time() -> datetime:
    """The time on the server's wall."""
    return datetime.now().astimezone()


def app(database: Path, now: Clock = local_time) -> Starlette:
    """Make the server over a SQLite file, made where it is absent; `now` dates what comes in."""
    redcap_store.prepare(database)

    async def api(request: Request) -> Response:
        parameters = Parameters.parse(await request.body())
        return await run_in_threadpool(_answer, database, parameters, now)

    async def page(_request: Request, _error: Exception) -> Response:
        return HTMLResponse(_PAGE, status_code=404)

    server = Starlette(
        routes=[Route("/api/", api, methods=["POST"])], exception_handlers={404: page, 405: page}
    )
    server.router.redirect_slashes = False
    return server


def serve(database: Path, host: str, port: int) -> None:
    """Run the server until it is stopped; neither bodies nor tokens are logged."""
    uvicorn.run(app(database), host=host, port=port, access_log=False, log_level="warning")


def _answer(database: Path, parameters: Parameters, now: Clock) -> Response:
    try:
        style, pieces = _call(database, parameters, now)
        # The first piece is drawn here: a refusal becomes an error, not a body that breaks off.
        body = _joined(pieces)
        start = next(body, "")
    except RefusedError as refused:
        style = parameters.error_format
        return Response(error(style, refused.what), refused.status, _headers(style))
    return StreamingResponse(chain([start], body), headers=_headers(style))


def _call(database: Path, parameters: Parameters, now: Clock) -> tuple[str, Iterator[str]]:
    """Find what is asked for: the style of the answer, and its pieces."""
    project = _project(database, parameters.text("token"))
    content = parameters.text("content")
    default = "import" if parameters.text("data") else "export"
    action = parameters.choice("action", default, "export", "import", "delete")
    style, style_of_receipt = parameters.format, parameters.error_format
    match content, action:
        case "version", "export":
            return "text", iter([VERSION])
        case "generateNextRecordName", "export":
            return "text", redcap_records.next_record_name(database, project)
        case "record", "export":
            return style, redcap_records.export_records(database, project, parameters)
        case "record", "import":
            return style_of_receipt, redcap_records.import_records(
                database, project, parameters, now()
            )
        case "record", "delete":
            return style_of_receipt, redcap_records.delete_records(database, project, parameters)
        case _, "export" if content in ANSWERS:
            return style, encode(content, style, ANSWERS[content](project, parameters))
    raise RefusedError('The value of the parameter "content" is not valid')


def _project(database: Path, token: str) -> redcap_store.StoredProject:
    with redcap_store.connect(database) as connection:
        project = redcap_store.find_project(connection, token)
    if project is None:
        raise RefusedError("You do not have permissions to use the API", status=403)
    return project


def _joined(rows: Iterator[str]) -> Iterator[str]:
    while piece := "".join(islice(rows, _ROWS_PER_PIECE)):
        yield piece


def _headers(style: str) -> dict[str, str]:
    return {
        "content-type": CONTENT_TYPES[style],
        "cache-control": "no-store, no-cache, must-revalidate",
        "pragma": "no-cache",
        "expires": "0",
        "access-control-allow-origin": "*",
        "redcap-random-text": secrets.token_urlsafe(1 + secrets.randbelow(60)),
    }


if __name__ == "__main__":
    serve(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]))
