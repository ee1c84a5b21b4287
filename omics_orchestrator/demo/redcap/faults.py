"""The server's faults, played between it and its clients.

A server without a scripted fault pays one look at an empty table a call. With one, the answer is
held back whole before it goes out, so faults are for small projects.
"""

import asyncio
import socket
import struct
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omics_orchestrator.demo.redcap.fault_answers import WireAnswer, changed, in_place_of_answer
from omics_orchestrator.demo.redcap.fault_form import WireForm
from omics_orchestrator.demo.redcap.fault_script import (
    Fault,
    Kind,
    is_scripted,
    lift,
    meet,
    prepare,
    script,
)

__all__ = ["Fault", "Kind", "lift", "script", "with_faults"]

_SLOW_PIECES = 10
_LINGER_FOR_NO_TIME = struct.pack("ii", 1, 0)


def with_faults(app: ASGIApp, database: Path) -> ASGIApp:
    """Put the scripted faults of a database around the server that runs on it."""
    prepare(database)

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not await run_in_threadpool(is_scripted, database):
            await app(scope, receive, send)
            return
        form = WireForm(await _body(receive))
        client, _port = scope["client"] or ("", 0)
        met = await run_in_threadpool(
            meet,
            database,
            client=client,
            content=form.text("content"),
            token=form.text("token"),
            page=scope["method"] != "POST",
        )
        if not met:
            await app(scope, _again(form, receive), send)
            return
        form = form.read_with(met)
        answer = in_place_of_answer(met, form, scope["path"]) or changed(
            met, form, await _answer(app, scope, form)
        )
        await _deliver({fault.kind: fault.argument for fault in met}, answer, receive, send)

    return faulty


async def _body(receive: Receive) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def _again(form: WireForm, receive: Receive) -> Receive:
    """Let a body that was read be read once more, before what else the client sends."""
    waiting: list[Message] = [{"type": "http.request", "body": form.body}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _answer(app: ASGIApp, scope: Scope, form: WireForm) -> WireAnswer:
    """Let the server answer in full, as far as a client would see."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    length = (b"content-length", str(len(form.body)).encode())
    headers = [header for header in scope["headers"] if header[0] != length[0]]
    await app({**scope, "headers": [*headers, length]}, _again(form, _silence), keep)
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return WireAnswer(start["status"], dict(start["headers"]), body)


async def _silence() -> Message:
    """A client that stays connected and sends nothing more."""
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


async def _deliver(
    kinds: dict[Kind, str], answer: WireAnswer, receive: Receive, send: Send
) -> None:
    if Kind.RESET in kinds:
        await _reset(receive, send)
        return
    whole = len(answer.body)
    sent = answer.body[: whole // 2] if kinds.keys() & {Kind.CUT, Kind.TRUNCATED} else answer.body
    announced = whole if Kind.CUT in kinds else len(sent)
    headers = {**answer.headers, b"content-length": str(announced).encode()}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": list(headers.items()),
        }
    )
    pieces = _SLOW_PIECES if Kind.SLOW in kinds else 1
    pause = float(kinds.get(Kind.SLOW) or 0) / pieces
    for number in range(pieces):
        await asyncio.sleep(pause)
        piece = sent[number * len(sent) // pieces : (number + 1) * len(sent) // pieces]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if Kind.CUT not in kinds:
        await send({"type": "http.response.body"})


async def _reset(receive: Receive, send: Send) -> None:
    # ASGI has no word for a reset: the connection is found where uvicorn keeps it.
    transport = send.__self__.transport  # type: ignore[attr-defined]
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NO_TIME)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
