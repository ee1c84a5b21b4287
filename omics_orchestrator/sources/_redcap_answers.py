"""What an HTTP answer of REDCap means, looked at before anything parses it.

PyCap never looks at the HTTP status and takes an error page for data; a response hook of requests
sees every answer first.
"""

from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus

import requests

from omics_orchestrator.errors import ConfigurationError, OmicsError, SourceError, TransientError

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_NO_API = frozenset({404, 405, 410})
_NO_RIGHT = frozenset({401, 403})
OUT_OF_MEMORY = "ran out of server memory"


class TooMuchError(TransientError):
    """An answer that is cut, empty or no data; a smaller request may bring it whole."""


class WalledOffError(SourceError):
    """Something before REDCap refuses the request; it may be for its size."""


def checking(place: dict[str, str]) -> Callable[..., None]:
    """Make the hook that raises for each answer which is not REDCap's own, whole and readable."""

    def check(answer: requests.Response, **_: object) -> None:
        with closing(answer):
            body = answer.content.strip()
        refusal = _by_status(answer, place) or _by_body(body, place)
        if refusal is not None:
            raise refusal
        answer.encoding = "utf-8-sig"

    return check


def _by_status(answer: requests.Response, place: dict[str, str]) -> OmicsError | None:
    status = answer.status_code
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
    if not body or body.startswith(b"<"):
        is_memory = OUT_OF_MEMORY.encode() in body
        found = "that its memory ran out" if is_memory else "a page" if body else "nothing"
        return TooMuchError(
            f"REDCap answered with {found} instead of data",
            mend="run again; if it lasts, look for maintenance, and at REDCap's error log.",
            **place,
        )
    try:
        body.decode()
    except UnicodeDecodeError:
        return SourceError(
            "REDCap's answer is not UTF-8",
            mend="ask the REDCap administrator to repair the text that is stored otherwise.",
            **place,
        )
    return None
