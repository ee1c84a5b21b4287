"""PyCap, unmodified, with what it lacks put under it.

Its own errors may hold the token, so they are never passed on. A private certificate authority is
trusted by requests' own variable REQUESTS_CA_BUNDLE.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from redcap.project import Project
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, SSLError

from omics_orchestrator.errors import ConfigurationError, OmicsError, SourceError, TransientError
from omics_orchestrator.sources._redcap_answers import OUT_OF_MEMORY, TooMuchError, checking

_TIMEOUT_SECONDS = (10, 300)
_TOKEN = re.compile(r"[0-9A-Fa-f]{32}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_SENTENCE = 300


def connect(url: str, token: str, *, study: str, source: str) -> Project:
    """Open a REDCap project; no request is sent yet.

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
    return Project(
        url,
        token,
        timeout=_TIMEOUT_SECONDS,
        allow_redirects=False,
        hooks={"response": checking(place)},
    )


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
