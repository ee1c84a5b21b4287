"""PyCap, unmodified, with what it lacks put around it: pace, patience and clear errors.

Its own errors may hold the token, so they are never passed on. A private certificate authority is
trusted by requests' own variable REQUESTS_CA_BUNDLE.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from redcap.project import Project
from requests.auth import AuthBase
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, SSLError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from omics_orchestrator.errors import ConfigurationError, OmicsError, SourceError, TransientError
from omics_orchestrator.sources._redcap_answers import OUT_OF_MEMORY, TooMuchError, ban, checking

FIRST_WAIT_SECONDS = 2.0
_ATTEMPTS = 6
_LONGEST_WAIT = 16
_TIMEOUT_SECONDS = (10, 300)
_TOKEN = re.compile(r"[0-9A-Fa-f]{32}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_SENTENCE = 300

T = TypeVar("T")
Pace = Callable[[], None]
"""Waits until one more request may be sent to the server."""


class _Paced(AuthBase):
    """Lets each request of PyCap wait for its turn, those that it sends on its own included.

    After a ban none is sent: one answer may bring its page while another is tried again.
    """

    def __init__(self, pace: Pace, place: dict[str, str], banned: Event) -> None:
        self._pace, self._place, self._banned = pace, place, banned

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self._pace()
        if self._banned.is_set():
            raise ban(self._place)
        return request


@dataclass(frozen=True)
class Client:
    """An open REDCap project.

    Attributes:
        project: PyCap's own object.
        place: study and source, as errors name them.
        first_wait: seconds before a transient fault is tried again; each further wait is doubled.
        notes: what was odd about the answers and mended, with how often; never a value.
    """

    project: Project
    place: dict[str, str]
    first_wait: float = FIRST_WAIT_SECONDS
    notes: dict[str, int] = field(default_factory=dict)

    def ask(self, content: str, call: Callable[[Project], T], *, may_be_less: bool = False) -> T:
        """Ask for `content`, and again with growing waits while the fault is a passing one.

        With `may_be_less` an answer that is too much for the server is not asked for again: the
        caller asks for less.
        """
        for attempt in Retrying(
            retry=retry_if_exception(
                lambda error: (
                    isinstance(error, TransientError)
                    and not (may_be_less and isinstance(error, TooMuchError))
                )
            ),
            wait=self._wait,
            stop=stop_after_attempt(_ATTEMPTS),
            reraise=True,
        ):
            with attempt, speaking(self.place, content):
                return call(self.project)
        raise AssertionError("tenacity ends with an answer or an error")

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_for = error.place.get("retry_after_seconds") if isinstance(error, OmicsError) else 0
        longest = self.first_wait * _LONGEST_WAIT
        growing = wait_exponential_jitter(
            multiplier=self.first_wait, max=longest, jitter=self.first_wait / 2
        )
        return max(growing(state), min(float(asked_for or 0), longest))


def connect(
    url: str,
    token: str,
    *,
    study: str,
    source: str,
    pace: Pace = lambda: None,
    first_wait: float = FIRST_WAIT_SECONDS,
) -> Client:
    """Open a REDCap project; no request is sent yet.

    Args:
        url: the address of the API, ending in `/api/`.
        token: 32 hexadecimal digits.
        study: the study's name, for messages.
        source: the source's name, for messages.
        pace: waits for this server's next free place, see `warehouse.pace`.
        first_wait: seconds before a transient fault is tried again.

    Raises:
        ConfigurationError: the URL or the token cannot be one.
    """
    place = {"study": study, "source": source}
    address = urlsplit(url)
    if not url.endswith("/api/") or address.scheme not in ("http", "https"):
        raise ConfigurationError(
            "the REDCap address is not one of an API",
            mend="set it to the server's address ending in /api/.",
            **place,
        )
    if address.scheme == "http" and address.hostname not in _LOOPBACK:
        raise ConfigurationError(
            "the REDCap address is not encrypted", mend="use https://.", **place
        )
    token = token.strip()
    if not _TOKEN.fullmatch(token):
        raise ConfigurationError(
            "the REDCap token is not 32 hexadecimal digits",
            mend="copy the project's API token again (a 64-digit super token is refused).",
            **place,
        )
    notes: dict[str, int] = {}
    banned = Event()
    project = Project(
        url,
        token,
        timeout=_TIMEOUT_SECONDS,
        allow_redirects=False,
        hooks={"response": checking(place, notes, banned)},
        # Without an `auth` of its own requests would look for the server's name in ~/.netrc.
        auth=_Paced(pace, place, banned),
    )
    return Client(project, place, first_wait, notes)


@contextmanager
def speaking(place: dict[str, str], content: str) -> Iterator[None]:
    """Turn what PyCap and requests raise while asking for `content` into errors of ours."""
    try:
        yield
    except SSLError:
        raise ConfigurationError(
            "the REDCap server's certificate is not trusted; nothing was sent",
            mend="renew it, or name its authority's file in REQUESTS_CA_BUNDLE.",
            **place,
        ) from None
    except requests.ReadTimeout:
        raise TooMuchError(
            f"REDCap took too long for {content}",
            mend="look at the load of the REDCap server if it lasts.",
            **place,
        ) from None
    except (requests.ConnectionError, requests.Timeout):
        raise TransientError(
            f"REDCap cannot be reached for {content}",
            mend="check that the server is up and that this machine may reach it.",
            **place,
        ) from None
    except (ChunkedEncodingError, ContentDecodingError, ValueError):
        raise TooMuchError(
            f"REDCap's answer for {content} is cut or is no data",
            mend="run again; if it lasts, look at REDCap's error log.",
            **place,
        ) from None
    except requests.RequestException as error:
        raise _refusal(error, place, content) from None


def rows(answer: object, *keys: str) -> list[dict[str, Any]]:
    """Give an answer back if it is rows that have `keys`; ValueError if it is anything else."""
    if isinstance(answer, list) and all(
        isinstance(row, dict) and all(key in row for key in keys) for row in answer
    ):
        return answer
    raise ValueError("not rows")


def _refusal(error: requests.RequestException, place: dict[str, str], content: str) -> OmicsError:
    """Pass REDCap's own sentence on, which PyCap hands over as it came: `{"error": sentence}`."""
    came = error.args[0] if error.args else ""
    said = str(came.get("error", "") if isinstance(came, dict) else came)
    sentence = _TOKEN.sub("<token>", said)[:_LONGEST_SENTENCE]
    if OUT_OF_MEMORY in sentence:
        return TooMuchError(
            f"REDCap's memory ran out for {content}",
            mend="ask the REDCap administrator for more memory for exports.",
            **place,
        )
    return SourceError(
        f"REDCap refused the export of {content}: {sentence}",
        mend="compare the study file with the project's dictionary, and the token's rights.",
        **place,
    )
