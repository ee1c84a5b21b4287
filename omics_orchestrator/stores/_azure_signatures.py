"""Shared access signatures of Azure for one blob, made with the account's key.

obstore signs the encoded path where Azure signs the plain one, so that its addresses of names with
spaces or accents are refused, and what it signs for HEAD has no right at all.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

_VERSION = "2023-11-03"
_RIGHTS = {"GET": "r", "HEAD": "r", "PUT": "cw"}
# The clocks of two machines are never the same.
_BEFORE_NOW = timedelta(minutes=5)
_HTTP_ALLOWED = "https,http"


def signed_address(
    endpoint: str, account: str, account_key: str, path: str, *, method: str, seconds: int
) -> str:
    """Give the address of `container/blob` that allows `method` for so many seconds."""
    now = datetime.now(UTC)
    times = [(now - _BEFORE_NOW), now + timedelta(seconds=seconds)]
    start, end = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in times)
    protocol = "https" if endpoint.startswith("https://") else _HTTP_ALLOWED
    said = [_RIGHTS[method], start, end, f"/blob/{account}/{path}", "", "", protocol, _VERSION, "b"]
    # Snapshot, encryption scope, and five headers of the answer that we leave alone.
    to_sign = "\n".join([*said, *[""] * 7])
    digest = hmac.digest(base64.b64decode(account_key), to_sign.encode(), hashlib.sha256)
    query = {
        "sp": _RIGHTS[method],
        "st": start,
        "se": end,
        "spr": protocol,
        "sv": _VERSION,
        "sr": "b",
        "sig": base64.b64encode(digest).decode(),
    }
    return f"{endpoint.rstrip('/')}/{quote(path)}?{urlencode(query)}"
