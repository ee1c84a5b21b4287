"""The web application: the pages, what guards a browser, and errors said as a person reads them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from omics_orchestrator import look
from omics_orchestrator.errors import OmicsError, TransientError
from omics_orchestrator.pages.files import FilePages
from omics_orchestrator.pages.quarantine import QuarantinePages
from omics_orchestrator.pages.rendering import Pages
from omics_orchestrator.quarantine.desk import Desk

# Nothing is fetched from elsewhere, and nothing runs but the search in the dictionary.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_DICTIONARY = "/dictionary"
_NO_PAGE = (
    "go back; the dictionary is at /dictionary once it was built, by the nightly runs or with "
    "`omics dictionary site`."
)
_GUARDS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def application(
    open_desk: Callable[[], AbstractContextManager[Desk]],
    *,
    site: Path,
    own: str = "",
    dagster: str = "/",
) -> Starlette:
    """Make the application.

    Args:
        open_desk: opens the warehouse, the store and the dictionary for one request.
        site: the folder in which the dictionary's site is built; it may come later.
        own: who looks where no door says it: the person whose machine it is. Only requests that
            name this machine are then answered.
        dagster: the address of Dagster's pages.
    """
    pages = Pages(own, dagster)
    middleware = [Middleware(BaseHTTPMiddleware, dispatch=_guarded)]
    if own:
        # A page elsewhere could name this machine as its own, and ask with the person's rights.
        middleware.append(
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        )

    def failed(request: Request, error: Exception) -> Response:
        status = 503 if isinstance(error, TransientError) else 400
        told = {"what": getattr(error, "what", ""), "mend": getattr(error, "mend", "")}
        return pages.render(request, "message.html", status=status, **told)

    def absent(request: Request, _: Exception) -> Response:
        told = {"what": "there is no page at this address", "mend": _NO_PAGE}
        return pages.render(request, "message.html", status=404, **told)

    return Starlette(
        routes=[
            Route("/healthz", _is_up),
            Route("/quarantine/style.css", _style),
            *QuarantinePages(pages, open_desk).routes(),
            *FilePages(pages, open_desk).routes(),
            Route(_DICTIONARY, _dictionary),
            Mount(_DICTIONARY, _built(site)),
        ],
        middleware=middleware,
        exception_handlers={OmicsError: failed, 404: absent},
    )


async def _guarded(request: Request, answer: RequestResponseEndpoint) -> Response:
    if request.method == "POST" and not _is_from_here(request):
        return PlainTextResponse("A form of another page is not taken.", 403)
    response = await answer(request)
    response.headers.update(_GUARDS)
    if request.url.path.startswith(f"{_DICTIONARY}/"):
        response.headers["Content-Security-Policy"] = f"{_POLICY}; script-src 'self'"
    return response


def _is_from_here(request: Request) -> bool:
    """Tell whether a form was sent by one of these pages: a browser always says whose it is."""
    origin = request.headers.get("origin", "")
    return origin.partition("://")[2] == request.headers.get("host") != ""


def _is_up(_: Request) -> Response:
    return PlainTextResponse("up")


def _style(_: Request) -> Response:
    own = (files(__package__) / "static/style.css").read_text(encoding="utf-8")
    return Response(look.stylesheet(own), media_type="text/css")


def _dictionary(_: Request) -> Response:
    return RedirectResponse(f"{_DICTIONARY}/")


def _built(site: Path) -> StaticFiles:
    found = StaticFiles(directory=site, html=True, check_dir=False)
    # The folder may be built after these pages were started: until then there is no page.
    found.config_checked = True
    return found
