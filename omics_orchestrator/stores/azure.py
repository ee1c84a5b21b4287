"""An Azure Blob container as a store."""

from typing import TYPE_CHECKING, cast

from obstore.exceptions import BaseError
from obstore.store import AzureStore

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.stores._addresses import container_and_prefix, given
from omics_orchestrator.stores._remote import RETRIES, RemoteStore, client

if TYPE_CHECKING:  # obstore has it for type checkers only
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
    return RemoteStore(store, f"az://{container}/{prefix}")
