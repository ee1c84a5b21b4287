"""Open what looking into quarantine needs, by the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from omics_orchestrator.cli.doors import main_store
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.quarantine.desk import Desk
from omics_orchestrator.settings import Settings
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.schema import prepare


def prepare_warehouse() -> None:
    """Bring the warehouse to the shape this release needs."""
    with connect(Settings.from_environment().need("warehouse_url")) as connection:
        prepare(connection)


@contextmanager
def opened() -> Iterator[Desk]:
    """Open a prepared warehouse and the store; the data dictionary is read as it is now."""
    given = Settings.from_environment()
    key, stewards = given.need("key").encode(), frozenset(given.stewards.split())
    store = main_store()
    with connect(given.need("warehouse_url")) as connection:
        yield Desk(connection, store, load(given.dictionary), key, stewards)


@contextmanager
def prepared() -> Iterator[Desk]:
    """Open both after the warehouse was brought to the shape this release needs."""
    prepare_warehouse()
    with opened() as desk:
        yield desk


def account() -> str:
    """Name the account of this machine that runs the command."""
    return psutil.Process().username()
