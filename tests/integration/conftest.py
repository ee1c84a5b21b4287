"""A real Postgres for every integration test: one server a session, one database a test."""

import itertools
import os
import secrets
import shutil
import socket
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql
from psycopg.conninfo import make_conninfo

from omics_orchestrator.warehouse import embedded
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.schema import prepare

_number = itertools.count()
_QUIET_BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    return _free_port()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an embedded server; each worker of pytest-xdist has its own."""
    home = tmp_path_factory.mktemp("postgres")
    password, port = secrets.token_urlsafe(24), _free_port()
    try:
        embedded.start(home, port=port, password=password)
        yield f"postgresql://{embedded.SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
    finally:
        embedded.remove(home)


@pytest.fixture(scope="session")
def prepared(postgres_url: str) -> str:
    """The name of a database that is a prepared warehouse, from which others are copied."""
    name = "prepared"
    with connect(postgres_url) as session:
        session.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    with connect(make_conninfo(postgres_url, dbname=name)) as session:
        prepare(session)
    return name


@pytest.fixture
def warehouse(postgres_url: str, prepared: str) -> Iterator[str]:
    """The URL of a warehouse of the test's own: prepared, and empty."""
    name = f"test_{next(_number)}"
    create = sql.SQL("create database {} template {}")
    with connect(postgres_url) as session:
        session.execute(create.format(sql.Identifier(name), sql.Identifier(prepared)))
        yield postgres_url.removesuffix("postgres") + name
        session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def connection(warehouse: str) -> Iterator[psycopg.Connection]:
    """A session on the test's own warehouse."""
    with connect(warehouse) as session:
        yield session


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser without a window."""
    program = shutil.which("chromium")
    if program is None:
        reason = "no chromium here: apt-get install chromium"
        if os.environ.get("OMICS_REQUIRE_FIXTURES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=_QUIET_BROWSER)
        yield started
        started.close()
