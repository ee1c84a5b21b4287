"""A platform that has run once, made once a session; each test works on a copy of its own."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_platform import FirstLight, Platform, copied, database, first_time
from typed_commands import Desk

_number = itertools.count()


@pytest.fixture(scope="session")
def first_light(
    postgres_url: str, prepared: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FirstLight]:
    """The platform after its first run; nobody changes it."""
    home = tmp_path_factory.mktemp("first_light")
    with (
        database(postgres_url, "first_light", template=prepared) as warehouse_url,
        first_time(home, warehouse_url) as platform,
    ):
        yield FirstLight(platform, platform.run())


@contextmanager
def _copy_of(first_light: FirstLight, postgres_url: str, home: Path) -> Iterator[Platform]:
    name = f"platform_{next(_number)}"
    with (
        database(postgres_url, name, template="first_light") as warehouse_url,
        copied(first_light.platform.home, home, warehouse_url) as platform,
    ):
        yield platform


@contextmanager
def _desk_of(platform: Platform, postgres_url: str, folder: Path) -> Iterator[Desk]:
    with database(postgres_url, f"dagster_{next(_number)}") as dagster_url:
        yield Desk.made(folder, platform.environment, dagster_url)


@pytest.fixture
def platform(first_light: FirstLight, postgres_url: str, tmp_path: Path) -> Iterator[Platform]:
    """A platform of the test's own, which has run once."""
    with _copy_of(first_light, postgres_url, tmp_path / "home") as platform:
        yield platform


@pytest.fixture
def desk(platform: Platform, postgres_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which commands for the test's own platform are typed."""
    with _desk_of(platform, postgres_url, tmp_path / "desk") as desk:
        yield desk


@pytest.fixture(scope="module")
def workplace(
    first_light: FirstLight, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Platform, Desk]]:
    """A platform that has run once, and a desk, for all tests of one module."""
    home = tmp_path_factory.mktemp("workplace")
    with (
        _copy_of(first_light, postgres_url, home / "home") as platform,
        _desk_of(platform, postgres_url, home / "desk") as desk,
    ):
        yield platform, desk
