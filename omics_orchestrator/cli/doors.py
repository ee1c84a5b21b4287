"""The warehouse and the object store, as the settings name them."""

from omics_orchestrator.settings import Settings
from omics_orchestrator.stores import Store, open_store


def main_store() -> Store:
    """Open the platform's own object store."""
    return store_at(Settings.from_environment().need("store_url"))


def store_at(url: str) -> Store:
    """Open the store at an address, with the platform's credentials where it is in a cloud."""
    return open_store(url, **Settings.from_environment().store_credentials(url))
