"""An S3 bucket, or a server that speaks S3, as a store."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from obstore.store import S3Store

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.stores._addresses import container_and_prefix, given
from omics_orchestrator.stores._remote import RETRIES, RemoteStore, client
from omics_orchestrator.stores._s3_uploads import abort_uploads

if TYPE_CHECKING:  # obstore has it for type checkers only
    from obstore.store import S3Config

SCHEMES = ("s3",)
_CREDENTIALS = ("access_key_id", "secret_access_key", "region", "endpoint", "checksum")
# What the server is to check of each request. Beside CRC64NVME a body is not hashed for the
# signature either, which takes most of an upload's processor time: TLS guards it.
_CHECKSUMS: Mapping[str, Mapping[str, str]] = {
    "sha256": {"checksum_algorithm": "sha256"},
    "crc64nvme": {"checksum_algorithm": "crc64nvme", "unsigned_payload": "true"},
}
_QUICKER_THAN_A_REQUEST = 8 << 20


def connect(url: str, **credentials: str) -> RemoteStore:
    """Open `s3://bucket/prefix`.

    Args:
        url: the bucket, and the folder in it.
        credentials: access_key_id, secret_access_key, region and endpoint; what is blank is taken
            from the machine's role or AWS's own settings. And checksum, sha256 or crc64nvme: blank
            is crc64nvme at AWS, and sha256 elsewhere, as not every server checks the other.
    """
    bucket, prefix = container_and_prefix(url)
    filled = given(credentials, _CREDENTIALS)
    checksum = filled.pop("checksum", "sha256" if "endpoint" in filled else "crc64nvme")
    if checksum not in _CHECKSUMS:
        raise ConfigurationError(
            "an S3 store's checksum is none that we send",
            mend=f"write {' or '.join(_CHECKSUMS)}, or leave it blank.",
        )
    config = cast("S3Config", {**filled, **_CHECKSUMS[checksum]})
    store = S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options=client(filled.get("endpoint", "")),
        retry_config=RETRIES,
    )
    return S3Bucket(store, bucket, prefix, filled)


class S3Bucket(RemoteStore):
    """A bucket and a prefix in it."""

    def __init__(
        self, store: S3Store, bucket: str, prefix: str, credentials: Mapping[str, str]
    ) -> None:
        super().__init__(store, f"s3://{bucket}/{prefix}")
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._credentials = credentials

    def _is_proved(self, key: str, content: bytes, etag: str | None) -> bool:  # noqa: ARG002 - Azure's
        # With a key of KMS, and behind some look-alikes, the etag is something else.
        is_quick = len(content) <= _QUICKER_THAN_A_REQUEST
        return (
            is_quick
            and (etag or "").strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest()
        )

    def abort_unfinished(self, older_than: timedelta) -> int:
        """Abort the multipart uploads below the prefix that were begun that long ago.

        obstore aborts an upload that fails, but a killed process leaves its parts, which nobody
        sees and everybody pays for.
        """
        return abort_uploads(self._bucket, self._prefix, older_than, self._credentials)
