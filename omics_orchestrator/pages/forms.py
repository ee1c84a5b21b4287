"""Forms that a browser sends."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

Form = Mapping[str, str]


def with_form(
    answer: Callable[[Request, Form], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Read the form a browser sent, and answer in a thread, as the other pages are."""

    async def answered(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        return await run_in_threadpool(answer, request, form)

    return answered
