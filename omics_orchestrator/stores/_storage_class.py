"""Where a store keeps an object: its storage class, and whether it must be restored to be read.

obstore tells neither, so the headers are asked for through an address that it signs.
"""

from collections.abc import Mapping

import requests

from omics_orchestrator.errors import TransientError

HEAD_SECONDS = 60
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE", "Archive")


def headers_of(address: str, **place: str) -> Mapping[str, str]:
    """Ask a signed address for an object's headers; none where the store answers with a refusal.

    Raises:
        TransientError: the store did not answer.
    """
    try:
        answer = requests.head(address, timeout=HEAD_SECONDS)
    except requests.RequestException:
        raise TransientError(
            "the store did not answer (no connection)", mend="run again later.", **place
        ) from None
    return answer.headers if answer.ok else {}


def storage_class(headers: Mapping[str, str]) -> tuple[str | None, bool]:
    """Read the class of an object, and whether it is archived.

    A copy that was restored for a time can be read, though its class is the archive's.
    """
    named = headers.get("x-amz-storage-class") or headers.get("x-ms-access-tier")
    restored = 'ongoing-request="false"' in headers.get("x-amz-restore", "")
    return named, named in _ARCHIVES and not restored
