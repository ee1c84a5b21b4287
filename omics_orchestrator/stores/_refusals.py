"""What a remote store's refusal means: try again, or what a person mends.

obstore's exceptions say little (a denied listing is a GenericError), so the HTTP status and the
service's own code are read from their text; nothing else of it is passed on.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    PreconditionError,
)

from omics_orchestrator.errors import OmicsError, StoreError, TransientError

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_DENIED = {401, 403}
_ABSENT = {404}
_ARCHIVED = ("InvalidObjectState", "BlobArchived", "BlobBeingRehydrated")
_CHANGED = ("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "Md5Mismatch")
_PASSING = {408, 409, 425, 429, *range(500, 600)}
# S3 gives this one, a slow sender, the status of a wrong request.
_PASSING_CODE = "RequestTimeout"


@contextmanager
def told(**place: str) -> Iterator[None]:
    """Turn what obstore raises into our errors with their place; AlreadyExistsError passes."""
    try:
        yield
    except AlreadyExistsError as error:
        # Azure answers so to a reader of an archived object too.
        if any(name in str(error) for name in _ARCHIVED):
            raise _refusal(error, place) from None
        raise
    except FileNotFoundError:
        raise _absent("", place) from None
    except BaseError as error:
        raise _refusal(error, place) from None


def _refusal(error: BaseError, place: dict[str, str]) -> OmicsError:
    if isinstance(error, PreconditionError):
        return TransientError(
            "the object was replaced while it was read", mend="run again.", **place
        )
    if isinstance(error, InvalidPathError):
        return StoreError(
            "a key has an empty or relative part or a control character",
            mend="rename the object in the store.",
            **place,
        )
    if "without LOCATION" in str(error):
        return StoreError(
            "the store sends us to another region", mend="set the bucket's region.", **place
        )
    if "non-partial response" in str(error):
        return StoreError(
            "the store does not answer ranged reads",
            mend="use a store that serves byte ranges.",
            **place,
        )
    return _by_status(str(error), place)


def _by_status(text: str, place: dict[str, str]) -> OmicsError:
    found = _STATUS.search(text)
    status = int(found.group(1)) if found else None
    code = _CODE.search(text)
    said = " ".join(filter(None, [str(status or ""), code.group(1) if code else ""]))
    if any(name in said for name in _ARCHIVED):
        return StoreError(
            f"the object is archived ({said})",
            mend="restore it in the store (S3: restore-object; Azure: set its tier to Hot), wait "
            "until that is done, and run again.",
            **place,
        )
    if any(name in said for name in _CHANGED):
        return changed(said, place)
    if status in _DENIED:
        return StoreError(
            f"the store denies access ({said})",
            mend="check the key's rights on this container, and this machine's clock.",
            **place,
        )
    if status in _ABSENT:
        return _absent(said, place)
    if status is None or status in _PASSING or _PASSING_CODE in said:
        return TransientError(
            f"the store did not answer ({said or 'no connection'})",
            mend="run again later; if it lasts, check the endpoint and that credentials are set.",
            **place,
        )
    return StoreError(
        f"the store refused ({said})", mend="check the endpoint, region and container.", **place
    )


def changed(said: str, place: dict[str, str]) -> TransientError:
    """Say that what arrived at the store is not what was sent."""
    return TransientError(
        f"the content arrived changed ({said})",
        mend="run again; if it lasts, look for a proxy between here and the store.",
        **place,
    )


def _absent(said: str, place: dict[str, str]) -> StoreError:
    return StoreError(
        f"the object or its container is not there{said and f' ({said})'}",
        mend="check the container's name and compare the key with a listing of the store.",
        **place,
    )
