"""The local REDCap API server: one POST address over one SQLite file of projects.

A clean-room server, written from the behaviour that public clients and stored answers show. What
it does not offer it refuses by name, so that nobody takes less than was asked for the whole.
"""

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from omics_orchestrator.demo.redcap import (
    deletes,
    files,
    log,
    project_xml,
    record_imports,
    record_names,
    records,
    server_settings,
    store,
    users,
)
from omics_orchestrator.demo.redcap.access import Access
from omics_orchestrator.demo.redcap.answers import ANSWERS
from omics_orchestrator.demo.redcap.bodies import CONTENT_TYPES, error
from omics_orchestrator.demo.redcap.call import Answer, Call, Reply
from omics_orchestrator.demo.redcap.faults import with_faults
from omics_orchestrator.demo.redcap.received_form import ReceivedForm, read_form
from omics_orchestrator.demo.redcap.request import Parameters, RefusedError
from omics_orchestrator.demo.redcap.selection import STAMP

Clock = Callable[[], datetime]

_PIECE_BYTES = 1 << 18


def _export_records(call: Call) -> Reply:
    is_odm = call.parameters.text("format") == "odm"
    return project_xml.export(call) if is_odm else records.export_records(call)


_OF_RECORDS: Mapping[tuple[str, str], Answer] = {
    ("version", "export"): lambda call: Reply.text(call.settings.version),
    ("generateNextRecordName", "export"): record_names.next_name,
    ("record", "export"): _export_records,
    ("record", "import"): record_imports.import_records,
    ("record", "delete"): deletes.delete_records,
    ("record", "rename"): record_names.rename,
    ("file", "export"): files.export_file,
    ("file", "import"): files.import_file,
    ("file", "delete"): files.delete_file,
    ("log", "export"): log.export,
}
_ANSWERS = {**ANSWERS, **_OF_RECORDS}
# What the log calls the contents whose name it does not use.
_LOGGED_AS = {
    "dag": "DAGs",
    "instrument": "instruments",
    "log": "Logging",
    "project": "project information",
    "record": "data",
}
_NOT_LOGGED = {"version", "generateNextRecordName"}


def local_time() -> datetime:
    """The time on the server's wall."""
    return datetime.now().astimezone()


def app(database: Path, now: Clock = local_time) -> ASGIApp:
    """Make the server over a SQLite file, made where it is absent; `now` dates what comes in."""
    store.prepare(database)

    async def api(request: Request) -> Response:
        form = read_form(request.headers.get("content-type", ""), await request.body())
        return await run_in_threadpool(_answer, database, form, str(request.base_url), now)

    async def page(_request: Request, _error: Exception) -> Response:
        return await run_in_threadpool(_not_found, database)

    server = Starlette(
        routes=[Route("/api/", api, methods=["POST"])], exception_handlers={404: page, 405: page}
    )
    server.router.redirect_slashes = False
    return with_faults(server, database)


def serve(database: Path, host: str, port: int) -> None:
    """Run the server until it is stopped; neither bodies nor tokens are logged."""
    uvicorn.run(app(database), host=host, port=port, access_log=False, log_level="warning")


def _not_found(database: Path) -> Response:
    with store.connect(database) as connection:
        return HTMLResponse(server_settings.read(connection).not_found_page, status_code=404)


def _answer(database: Path, form: ReceivedForm, base_url: str, now: Clock) -> Response:
    with store.connect(database) as connection:
        settings = server_settings.read(connection)
    parameters = Parameters.of(
        form.variables[: settings.max_input_vars], splits_commas=not settings.since(13, 2)
    )
    try:
        access = _access(database, parameters.text("token"), settings.local(now()).date())
        reply = _reply(
            Call(
                database,
                access.project,
                access.rights,
                parameters,
                settings.local(now()),
                settings=settings,
                base_url=base_url,
                upload=form.upload,
            )
        )
    except RefusedError as refused:
        style = parameters.error_format
        body = error(style, refused.what)
        return Response(body, refused.status, _headers(CONTENT_TYPES[style]))
    return StreamingResponse(reply.pieces, headers=_headers(reply.media_type))


def _access(database: Path, token: str, today: date) -> Access:
    with store.connect(database) as connection:
        access = store.find_access(connection, token)
        is_open = access is not None and not users.has_expired(
            connection, access.project.id, access.rights.user, today
        )
    if access is None or not is_open:
        raise RefusedError("You do not have permissions to use the API", status=403)
    return access


def _reply(call: Call) -> Reply:
    content, parameters = call.parameters.text("content"), call.parameters
    action = parameters.text("action") or ("import" if parameters.text("data") else "export")
    answer = _ANSWERS.get((content, action))
    if answer is None:
        raise RefusedError('The value of the parameter "content" is not valid')
    reply = answer(call)
    # The first piece is drawn here: a refusal becomes an error, not a body that breaks off.
    body = _joined(reply.pieces)
    start = next(body, b"")
    if action == "export" and content not in _NOT_LOGGED:
        _log_export(call, content)
    return Reply(reply.media_type, chain([start], body))


def _log_export(call: Call, content: str) -> None:
    with store.connect(call.database, writing=True) as connection:
        log.write(
            connection,
            call.project.id,
            at=call.now.strftime(STAMP),
            user=call.rights.user,
            action=log.EXPORTED_RECORDS if content in {"record", "report"} else log.MANAGED,
            details=f"Export {_LOGGED_AS.get(content, content)} (API)",
        )


def _joined(pieces: Iterable[str] | Iterable[bytes]) -> Iterator[bytes]:
    """Gather small pieces into bodies that are worth sending."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        # A lone surrogate cannot be sent as UTF-8, and no client sends one on purpose.
        gathered.append(piece.encode(errors="replace") if isinstance(piece, str) else piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


def _headers(media_type: str) -> dict[str, str]:
    return {
        "content-type": media_type,
        "cache-control": "no-store, no-cache, must-revalidate",
        "pragma": "no-cache",
        "expires": "0",
        "access-control-allow-origin": "*",
        "redcap-random-text": secrets.token_urlsafe(1 + secrets.randbelow(60)),
    }


if __name__ == "__main__":
    serve(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]))
