"""An S3 bucket, or a server that speaks S3, as a store."""

from typing import TYPE_CHECKING, cast

from obstore.store import S3Store

from omics_orchestrator.stores._addresses import container_and_prefix, given
from omics_orchestrator.stores._remote import RETRIES, RemoteStore, client

if TYPE_CHECKING:  # obstore has it for type checkers only
    from obstore.store import S3Config

SCHEMES = ("s3",)
_CREDENTIALS = ("access_key_id", "secret_access_key", "region", "endpoint")


def connect(url: str, **credentials: str) -> RemoteStore:
    """Open `s3://bucket/prefix`.

    Args:
        url: the bucket, and the folder in it.
        credentials: access_key_id, secret_access_key, region and endpoint; what is blank is taken
            from the machine's role or AWS's own settings.
    """
    bucket, prefix = container_and_prefix(url)
    filled = given(credentials, _CREDENTIALS)
    config = cast("S3Config", filled)
    store = S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options=client(filled.get("endpoint", "")),
        retry_config=RETRIES,
    )
    return RemoteStore(store, f"s3://{bucket}/{prefix}")
