"""An Azure Blob container as a store."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore

from omics_orchestrator.errors import ConfigurationError, StoreError
from omics_orchestrator.stores._addresses import checked_key, container_and_prefix, given
from omics_orchestrator.stores._azure_signatures import signed_address
from omics_orchestrator.stores._refusals import changed, told
from omics_orchestrator.stores._remote import RETRIES, RemoteStore, client, md5_of

if TYPE_CHECKING:  # obstore has it for type checkers only
    from obstore import HTTP_METHOD
    from obstore.store import AzureConfig

SCHEMES = ("az",)
_CREDENTIALS = ("account_name", "account_key", "endpoint")


def connect(url: str, **credentials: str) -> RemoteStore:
    """Open `az://container/prefix`.

    Args:
        url: the container, and the folder in it.
        credentials: account_name, account_key and endpoint; what is blank is taken from the
            machine's identity or Azure's own settings.
    """
    container, prefix = container_and_prefix(url)
    filled = given(credentials, _CREDENTIALS)
    config = cast("AzureConfig", filled)
    options = client(filled.get("endpoint", ""))
    try:
        store = AzureStore(
            container,
            prefix=prefix or None,
            config=config,
            client_options=options,
            retry_config=RETRIES,
        )
    except BaseError:
        raise ConfigurationError(
            "Azure's account name or key is missing or no key",
            mend="copy the storage account's name and one of its base64 keys.",
        ) from None
    return AzureContainer(store, container, prefix, filled)


class AzureContainer(RemoteStore):
    """A container and a prefix in it."""

    def __init__(
        self, store: AzureStore, container: str, prefix: str, credentials: Mapping[str, str]
    ) -> None:
        super().__init__(store, f"az://{container}/{prefix}")
        self._path = f"{container}/{prefix}/" if prefix else f"{container}/"
        self._credentials = credentials

    def _signed(self, key: str, method: "HTTP_METHOD", seconds: int) -> str:
        account = self._credentials.get("account_name")
        account_key = self._credentials.get("account_key")
        if account and account_key:
            endpoint = self._credentials.get("endpoint")
            return signed_address(
                endpoint or f"https://{account}.blob.core.windows.net",
                account,
                account_key,
                self._path + checked_key(key),
                method=method,
                seconds=seconds,
            )
        if quote(key) != key:
            raise StoreError(
                "a name with spaces or accents cannot be signed without the account's key",
                mend="give account_name and account_key, or rename the object.",
                file=self.url(key),
            )
        return super()._signed(key, method, seconds)

    def _headers(self, key: str) -> Mapping[str, str]:
        # A machine's identity need not have the right to sign; then the headers stay unknown.
        return super()._headers(key) if self._credentials.get("account_key") else {}

    def _is_proved(self, key: str, content: bytes, etag: str | None) -> bool:  # noqa: ARG002 - S3's
        # obstore sends no checksum to Azure, as it does to S3, so a changed object is removed.
        theirs, ours = self._headers(key).get("Content-MD5"), md5_of(content)
        if theirs and theirs != ours:
            with told(file=self.url(key)):
                obstore.delete(self._store, key)
            raise changed("Content-MD5", {"file": self.url(key)})
        return theirs == ours
