"""What an HTTP answer of REDCap means, looked at before anything parses it.

PyCap never looks at the HTTP status and takes an error page for data; a response hook of requests
sees every answer first.
"""

import codecs
import io
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from threading import Event, Lock

import requests

from omics_orchestrator.errors import ConfigurationError, OmicsError, SourceError, TransientError

_TRANSIENT = frozenset({429, 500, 502, 503})
_TOO_SLOW = frozenset({408, 504})
_NO_API = frozenset({404, 405, 410})
_NO_RIGHT = frozenset({401, 403})
OUT_OF_MEMORY = "ran out of server memory"
_NO_DATABASE = b"The hostname ("
_HEAD = 20_000
_COUNTING = Lock()


class TooMuchError(TransientError):
    """An answer that is cut, empty or no data; a smaller request may bring it whole."""


class WalledOffError(SourceError):
    """Something before REDCap refuses the request; it may be for its size."""


class BannedError(SourceError):
    """The server answers this machine with nothing but its ban."""


def checking(
    place: dict[str, str], notes: dict[str, int], banned: Event
) -> Callable[..., requests.Response | None]:
    """Make the hook that raises for each answer which is not REDCap's own, whole and readable.

    Bytes that are not UTF-8 are read as Windows wrote them, and counted in `notes`. The page of a
    ban sets `banned`.
    """

    def check(answer: requests.Response, **_: object) -> requests.Response | None:
        with closing(answer):
            content = answer.content
        if _is_ban(content):
            banned.set()
            raise ban(place)
        refusal = _by_status(answer, place)
        if refusal is None and not _is_file(answer):
            refusal = _by_body(content.strip(), place)
        if refusal is not None:
            raise refusal
        answer.encoding = "utf-8-sig"
        return None if _is_file(answer) else _readable(answer, notes)

    return check


def _is_file(answer: requests.Response) -> bool:
    """Tell whether an answer is a document, which may hold any bytes: its type names it."""
    return "name=" in answer.headers.get("content-type", "")


def _readable(answer: requests.Response, notes: dict[str, int]) -> requests.Response | None:
    try:
        answer.content.decode()
    except UnicodeDecodeError:
        with _COUNTING:
            notes["answers_not_utf8"] = notes.get("answers_not_utf8", 0) + 1
    else:
        return None
    readable = requests.Response()
    readable.status_code, readable.headers = answer.status_code, answer.headers
    readable.url, readable.request, readable.encoding = answer.url, answer.request, "utf-8-sig"
    readable.raw = io.BytesIO(answer.content.decode(errors=_AS_WINDOWS).encode())
    return readable


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    try:
        return stray.decode("cp1252"), error.end
    except UnicodeDecodeError:  # one of the five bytes that Windows leaves free
        return stray.decode("latin-1"), error.end


_AS_WINDOWS = "omics_as_windows"
codecs.register_error(_AS_WINDOWS, _as_windows)


def _is_ban(body: bytes) -> bool:
    return body.lstrip().startswith(b"<") and b"banned" in body[:_HEAD].lower()


def ban(place: dict[str, str]) -> BannedError:
    """Say that the server has banned this machine."""
    return BannedError(
        "REDCap has banned this machine's address; no further request was sent",
        mend="ask the REDCap administrator to lift the ban, and look who else asks from here.",
        **place,
    )


def _by_status(answer: requests.Response, place: dict[str, str]) -> OmicsError | None:
    status = answer.status_code
    if status in _TOO_SLOW:
        return TooMuchError(
            f"REDCap took too long (HTTP {status})",
            mend="look at the load of the REDCap server if it lasts.",
            **place,
        )
    if status in _TRANSIENT:
        wait = answer.headers.get("retry-after", "")
        return TransientError(
            f"REDCap answered HTTP {status}",
            mend="wait, and look at the REDCap server if it lasts.",
            **place,
            **({"retry_after_seconds": int(wait)} if wait.isdecimal() else {}),
        )
    if answer.is_redirect:
        return ConfigurationError(
            f"REDCap has moved (HTTP {status}); the token was not sent on",
            mend="set the address to the server's new one.",
            **place,
        )
    if status in _NO_API:
        return ConfigurationError(
            f"there is no REDCap API at this address (HTTP {status})",
            mend="set it to the server's own address, ending in /api/.",
            **place,
        )
    return _refused(answer, place) if status >= HTTPStatus.BAD_REQUEST else None


def _refused(answer: requests.Response, place: dict[str, str]) -> OmicsError | None:
    status = answer.status_code
    if not answer.content.lstrip().startswith(b"{"):
        return WalledOffError(
            f"something before REDCap refuses the request (HTTP {status})",
            mend="ask the REDCap administrator whether a firewall blocks this machine.",
            **place,
        )
    if status in _NO_RIGHT:
        return SourceError(
            f"REDCap refused the token (HTTP {status})",
            mend="check the token and its API export right in the project's user rights.",
            **place,
        )
    return None  # REDCap's own sentence, which PyCap raises


def _by_body(body: bytes, place: dict[str, str]) -> OmicsError | None:
    is_page = body.startswith((b"<", _NO_DATABASE))
    if body and not is_page:
        return None
    is_memory = OUT_OF_MEMORY.encode() in body
    found = "that its memory ran out" if is_memory else "a page" if body else "nothing"
    # A page is the same for a smaller request; memory and a cut answer may not be.
    kind = TransientError if is_page and not is_memory else TooMuchError
    return kind(
        f"REDCap answered with {found} instead of data",
        mend="run again; if it lasts, look for maintenance, and at REDCap's error log.",
        **place,
    )
