"""The server's settings stand in its file, and any process may change them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from omics_orchestrator.demo.redcap import server_settings, store
from omics_orchestrator.demo.redcap.server_settings import ServerSettings, configure
from omics_orchestrator.errors import ConfigurationError


def stored(database: Path) -> ServerSettings:
    with store.connect(database) as connection:
        return server_settings.read(connection)


def test_what_nobody_changed_has_its_default(tmp_path: Path) -> None:
    store.prepare(tmp_path / "redcap.db")
    assert stored(tmp_path / "redcap.db") == ServerSettings()


def test_a_change_stays_until_the_next(tmp_path: Path) -> None:
    database = tmp_path / "redcap.db"
    configure(database, csv_delimiter=";")
    configure(database, version="9.1.0")
    assert stored(database) == ServerSettings(version="9.1.0", csv_delimiter=";")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"max_input_vars": "many"}, "max_input_vars"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"version": "new"}, "version"),
    ],
)
def test_no_such_setting_and_no_such_value_is_named_and_nothing_changes(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    database = tmp_path / "redcap.db"
    configure(database, csv_delimiter=";")
    with pytest.raises(ConfigurationError, match=named):
        configure(database, **changes)
    assert stored(database) == ServerSettings(csv_delimiter=";")


def test_versions_are_compared_by_their_numbers() -> None:
    settings = ServerSettings(version="13.4.10")
    assert settings.since(13, 4, 9)
    assert settings.since(13, 4, 10)
    assert settings.since(9, 5)
    assert not settings.since(13, 5)


def test_the_server_shows_the_time_of_its_zone_and_its_own_clock() -> None:
    moment = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
    settings = ServerSettings(time_zone="America/Chicago", clock_offset_seconds=-90)
    assert f"{settings.local(moment):%F %T}" == "2024-07-01 06:58:30"
    assert ServerSettings().local(moment) == moment
