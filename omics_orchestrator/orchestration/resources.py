"""The doors to the outside, as Dagster resources: warehouse, object stores, REDCap, databases.

A study's own secrets are named here and read when its asset runs. As resource fields they would be
read before a run starts, and one study's forgotten token would stop every other study.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import psycopg
from dagster_aws.s3 import S3Resource
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from omics_orchestrator import settings
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.settings import Settings
from omics_orchestrator.sources import redcap
from omics_orchestrator.stores import Store, open_store
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.pace import reserve
from omics_orchestrator.warehouse.schema import prepare


class Warehouse(dg.ConfigurableResource):
    """The group's Postgres."""

    url: str

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """Open a connection whose schemas and ledger are there."""
        with connect(self.url) as connection:
            prepare(connection)
            yield connection


class Stores(dg.ConfigurableResource):
    """The object store of the platform, and those that studies and collections name."""

    url: str
    s3: S3Resource | None = None

    def main(self) -> Store:
        """Open the platform's own store."""
        return self._open(self.url)

    def named(self, variable: str, **place: str) -> Store:
        """Open the store whose address an environment variable holds."""
        return self._open(settings.variable(variable, **place))

    def _open(self, url: str) -> Store:
        ours = self._s3_credentials() if url.startswith("s3:") else {}
        return open_store(url, **(Settings.from_environment().store_credentials(url) | ours))

    def _s3_credentials(self) -> dict[str, str]:
        if self.s3 is None:
            return {}
        given = {
            "access_key_id": self.s3.aws_access_key_id,
            "secret_access_key": self.s3.aws_secret_access_key,
            "region": self.s3.region_name,
            "endpoint": self.s3.endpoint_url,
        }
        return {name: value for name, value in given.items() if value}


class RedcapProject(dg.ConfigurableResource):
    """A REDCap project; the fields are names of environment variables."""

    study: str
    source: str
    url_variable: str
    token_variable: str

    def open(self, connection: psycopg.Connection) -> redcap.Client:
        """Open the project with its token; its requests wait for turns that the warehouse gives."""
        place = {"study": self.study, "source": self.source}
        url = settings.variable(self.url_variable, **place)
        token = settings.variable(self.token_variable, **place)
        server = urlsplit(url).netloc.rpartition("@")[2]
        return redcap.connect(
            url,
            token,
            **place,
            pace=lambda: time.sleep(reserve(connection, server)),
            first_wait=Settings.from_environment().redcap_wait_seconds,
        )


class Database(dg.ConfigurableResource):
    """A SQL database; `url_variable` is the name of an environment variable."""

    study: str
    source: str
    url_variable: str

    def engine(self) -> Engine:
        """Open the database; connections are made when they are used, and closed after."""
        place = {"study": self.study, "source": self.source}
        try:
            return create_engine(settings.variable(self.url_variable, **place), poolclass=NullPool)
        except ArgumentError:
            raise ConfigurationError(
                f"{self.url_variable} is not a database address",
                mend="write it as SQLAlchemy does: dialect://user:password@host/database.",
                **place,
            ) from None


def resources() -> dict[str, Any]:
    """Every resource of the code location; nothing is opened, no variable is needed."""
    found: dict[str, Any] = {
        "warehouse": Warehouse(url=dg.EnvVar("OMICS_WAREHOUSE_URL")),
        "stores": Stores(url=dg.EnvVar("OMICS_STORE_URL"), s3=_s3()),
    }
    for study in settings.dictionary().studies.values():
        for name, source in study.sources.items():
            key = resource_key(study.study, name)
            if source.kind == "redcap":
                found[key] = RedcapProject(
                    study=study.study,
                    source=name,
                    url_variable=source.url,
                    token_variable=source.token,
                )
            elif source.kind == "sql":
                found[key] = Database(study=study.study, source=name, url_variable=source.url)
    return found


def resource_key(study: str, source: str) -> str:
    """Name the resource of a study's source."""
    return f"{study}_{source}"


def _s3() -> S3Resource | None:
    if not Settings.from_environment().store_url.startswith("s3:"):
        return None
    return S3Resource(
        aws_access_key_id=dg.EnvVar("OMICS_S3_ACCESS_KEY_ID"),
        aws_secret_access_key=dg.EnvVar("OMICS_S3_SECRET_ACCESS_KEY"),
        region_name=dg.EnvVar("OMICS_S3_REGION"),
        endpoint_url=dg.EnvVar("OMICS_S3_ENDPOINT"),
    )
