"""The warehouse and the object store, as the settings name them."""

from omics_orchestrator.settings import Settings
from omics_orchestrator.stores import Store, open_store


def main_store() -> Store:
    """Open the platform's own object store."""
    given = Settings.from_environment()
    url = given.need("store_url")
    if not url.startswith("s3:"):
        return open_store(url)
    credentials = {
        "access_key_id": given.s3_access_key_id.get_secret_value(),
        "secret_access_key": given.s3_secret_access_key.get_secret_value(),
        "region": given.s3_region,
        "endpoint": given.s3_endpoint,
    }
    return open_store(url, **{name: value for name, value in credentials.items() if value})
