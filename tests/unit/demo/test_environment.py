"""The demo's settings: made once, private, and its own."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from omics_orchestrator.demo import environment
from omics_orchestrator.settings import REPOSITORY

SECRETS = {"OMICS_KEY", "OMICS_WAREHOUSE_URL", "OMICS_DAGSTER_DB_URL", "GIDAMPS_REDCAP_TOKEN"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def _no_sources(redcap: str) -> dict[str, str]:
    return {"REDCAP": redcap}


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _ports(settings: dict[str, str]) -> list[int | None]:
    urls = ("OMICS_WAREHOUSE_URL", "GIDAMPS_REDCAP_URL")
    pages = [int(settings[name]) for name in ("OMICS_UI_PORT", "OMICS_PAGES_PORT")]
    return [*(urlsplit(settings[url]).port for url in urls), *pages]


def test_settings_are_made_once_and_stay_as_they_are(tmp_path: Path) -> None:
    made = environment.settings_of_demo(tmp_path / "home", REPOSITORY)
    written = (tmp_path / "home" / environment.FILE).read_bytes()
    assert environment.settings_of_demo(tmp_path / "home", REPOSITORY) == made
    assert (tmp_path / "home" / environment.FILE).read_bytes() == written


def test_what_a_person_changed_in_the_file_is_what_counts(tmp_path: Path) -> None:
    made = environment.settings_of_demo(tmp_path, REPOSITORY)
    environment.write(tmp_path / environment.FILE, made | {"OMICS_UI_PORT": "4321"})
    assert environment.settings_of_demo(tmp_path, REPOSITORY) == made | {"OMICS_UI_PORT": "4321"}


def test_only_their_owner_reads_the_settings(tmp_path: Path) -> None:
    environment.settings_of_demo(tmp_path, REPOSITORY)
    assert _mode(tmp_path / environment.FILE) == 0o600


def test_settings_written_over_a_file_that_all_may_read_become_private(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.touch(mode=0o644)
    environment.write(path, {"NAME": "value"})
    assert _mode(path) == 0o600


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    one, other = (environment.settings_of_demo(tmp_path / name, REPOSITORY) for name in "ab")
    assert one.keys() == other.keys() >= SECRETS
    assert all(one[name] != other[name] for name in SECRETS)
    passwords = {urlsplit(each["OMICS_WAREHOUSE_URL"]).password for each in (one, other)}
    assert len(passwords - {None, ""}) == 2


def test_values_with_equals_signs_come_back_whole(tmp_path: Path) -> None:
    settings = {"URL": "postgresql://u:a=b@127.0.0.1/x?options=-c%20a=b", "BLANK": ""}
    environment.write(tmp_path / "a.env", settings)
    assert environment.read(tmp_path / "a.env") == settings


def test_the_wanted_port_is_taken_when_it_is_free(tmp_path: Path, taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    first = environment.kept(tmp_path / "a", REPOSITORY, _no_sources, interface=free)
    second = environment.kept(tmp_path / "b", REPOSITORY, _no_sources, interface=taken)
    assert int(first["OMICS_UI_PORT"]) == free
    assert int(second["OMICS_UI_PORT"]) not in {taken, 0}


def test_no_two_services_share_a_port(tmp_path: Path) -> None:
    ports = _ports(environment.settings_of_demo(tmp_path, REPOSITORY))
    assert len(set(ports)) == len(ports)
    assert 0 not in ports


def test_only_a_file_of_the_demos_own_may_be_deleted_with_it(tmp_path: Path) -> None:
    environment.write(tmp_path / "ours", {"NAME": "value"})
    (tmp_path / "theirs").write_text("NAME=value\n")
    assert environment.is_made_by_demo(tmp_path / "ours")
    assert not environment.is_made_by_demo(tmp_path / "theirs")
