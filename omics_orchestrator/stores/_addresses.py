"""What may stand in a key, a store's URL and its credentials: the one gate for all stores."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from omics_orchestrator.errors import ConfigurationError, StoreError

# Windows opens these as devices whatever their suffix; a key must be the same file everywhere.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def checked_key(key: str) -> str:
    """Give `key` back if it stays inside the store and means one object everywhere.

    Raises:
        StoreError: it is empty or absolute, has an empty or relative part, a device's name, or a
            character that is no text (control characters, halves of surrogate pairs).
    """
    fault = next((_fault(part) for part in key.split("/") if _fault(part)), None)
    if fault:
        raise StoreError(
            f"a key {fault}",
            mend="name the object by a relative path of plain names.",
            file=printable(key),
        )
    return key


def printable(key: str) -> str:
    """Write a key so that any log can hold it."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", key)


def _fault(part: str) -> str | None:
    if not part:
        return "is empty, absolute or has an empty part"
    if part in (".", ".."):
        return "has a relative part"
    if _UNPRINTABLE.search(part):
        return "has a character that cannot be printed"
    if _DEVICE.fullmatch(part):
        return "has the name of a device"
    return None


def checked_prefix(prefix: str) -> str:
    """Give the folder `prefix` back without its last slash; StoreError when it is no key."""
    return checked_key(prefix.removesuffix("/")) if prefix else ""


def container_and_prefix(url: str) -> tuple[str, str]:
    """Split `scheme://container/prefix`; ConfigurationError when it holds anything else."""
    try:
        parts = urlsplit(url)
        prefix = checked_prefix(parts.path.strip("/"))
    except (ValueError, StoreError):
        raise _no_address(url) from None
    if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
        raise _no_address(url)
    return parts.netloc, prefix


def _no_address(url: str) -> ConfigurationError:
    return ConfigurationError(
        f"a store's URL is not {url.partition('://')[0]}://container/prefix",
        mend="write the container and the folder only; credentials have settings of their own.",
    )


def given(credentials: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """Keep the credentials that are not blank; ConfigurationError when one is not `known`."""
    filled = {name: value for name, value in credentials.items() if value}
    unknown = sorted(filled.keys() - set(known))
    if unknown:
        raise ConfigurationError(
            f"a store was given {', '.join(unknown)}, which it does not know",
            mend=f"leave it out; this store knows {', '.join(known) or 'no credentials'}.",
        )
    return filled
