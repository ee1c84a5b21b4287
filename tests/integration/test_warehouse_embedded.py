"""The Postgres of a laptop: started, stopped, killed, moved and removed."""

import contextlib
import os
import signal
import socket
import stat
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.warehouse import embedded
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.lodging import Lodging

PASSWORD = 'ZZCANARY it\'s "odd" $ % \\'


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Home and port of a server that its tests leave as it is."""
    home, port = tmp_path_factory.mktemp("closed", numbered=True) / "home", free_port()
    home.parent.chmod(0o700)
    embedded.start(home, port=port, password=PASSWORD)
    yield home, port
    embedded.remove(home)


@pytest.fixture
def home(tmp_path):
    path = tmp_path / "a home with spaces"
    yield path
    embedded.remove(path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connected(port, dbname="omics", password=PASSWORD):
    return connect(
        psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=port, user="omics", password=password, dbname=dbname
        )
    )


def postmaster(home) -> psutil.Process:
    lines = (Lodging.of(home).data / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


def test_a_first_start_gives_two_databases_that_ask_for_the_password(running):
    home, port = running
    assert embedded.is_running(home)
    for name in embedded.DATABASES:
        with connected(port, name) as session:
            assert session.execute("select current_database()").fetchone() == (name,)
            assert session.info.get_parameters()["user"] == "omics"
    with pytest.raises(ConfigurationError):
        connected(port, password="")


def test_starting_twice_changes_nothing(running):
    home, port = running
    first = postmaster(home)
    embedded.start(home, port=port, password=PASSWORD)
    assert postmaster(home) == first


def test_data_outlives_a_stop_and_a_move_to_another_port(home, port):
    embedded.start(home, port=port, password=PASSWORD)
    with connected(port) as session:
        session.execute("create table kept as select 42 as answer")
    embedded.stop(home)
    assert not embedded.is_running(home)
    embedded.stop(home)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ConfigurationError, match=f"port {port}"):
            embedded.start(home, port=port, password=PASSWORD)
        other = free_port()
        embedded.start(home, port=other, password=PASSWORD)
    with connected(other) as session:
        assert session.execute("select answer from kept").fetchone() == (42,)


def test_a_killed_server_starts_again_with_its_data(home, port):
    embedded.start(home, port=port, password=PASSWORD)
    with connected(port) as session:
        session.execute("create table kept as select 42 as answer")
    killed = postmaster(home)
    killed.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while embedded.is_running(home):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    embedded.start(home, port=port, password=PASSWORD)
    with connected(port) as session:
        assert session.execute("select answer from kept").fetchone() == (42,)


def test_another_process_with_the_number_of_a_dead_server_is_not_taken_for_it(home, port):
    embedded.start(home, port=port, password=PASSWORD)
    embedded.stop(home)
    lodging = Lodging.of(home)
    stale = lodging.data / "postmaster.pid"
    # As after a reboot: the number is a living process's, which is not Postgres.
    stale.write_text(f"{os.getpid()}\n{lodging.data}\n1700000000\n{port}\n\n127.0.0.1\n")
    lodging.give(stale)
    assert not embedded.is_running(home)
    embedded.stop(home)
    assert psutil.Process().is_running()
    embedded.start(home, port=port, password=PASSWORD)
    assert embedded.is_running(home)


def test_a_creation_that_was_cut_short_is_begun_anew(home, port):
    lodging = Lodging.of(home)
    lodging.make()
    (lodging.root / "data-unfinished" / "base").mkdir(parents=True)
    embedded.start(home, port=port, password=PASSWORD)
    assert embedded.is_running(home)


def test_another_password_is_refused_without_being_shown(running):
    home, port = running
    with pytest.raises(ConfigurationError, match="another password") as refused:
        embedded.start(home, port=port, password="ZZCANARY-other")
    assert "ZZCANARY" not in str(refused.value)


def test_data_of_another_release_is_not_touched(home, port):
    embedded.start(home, port=port, password=PASSWORD)
    embedded.stop(home)
    (Lodging.of(home).data / "PG_VERSION").write_text("12\n")
    with pytest.raises(ConfigurationError, match="Postgres 12"):
        embedded.start(home, port=port, password=PASSWORD)


def test_the_password_is_left_nowhere(running):
    home, port = running
    with connected(port) as session:
        session.execute("create table canary as select 'ZZCANARY'::text as name")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.execute("select name::int from canary")
    lodging = Lodging.of(home)
    assert "ZZCANARY" not in lodging.log.read_text()
    assert not [path for path in lodging.root.glob("*") if "password" in path.name]
    shown = []
    for process in [postmaster(home), *postmaster(home).children()]:
        # A session's process may end between the two looks.
        with contextlib.suppress(psutil.NoSuchProcess):
            shown.append(" ".join(process.cmdline()))
    assert shown
    assert not [line for line in shown if "ZZCANARY" in line]


def test_it_listens_to_this_machine_only(running):
    home, port = running
    heard = [c for c in postmaster(home).net_connections("inet") if c.status == "LISTEN"]
    assert [(c.laddr.ip, c.laddr.port) for c in heard] == [("127.0.0.1", port)]
    assert not postmaster(home).net_connections("unix")


def test_nobody_else_may_look_into_it(running):
    home, _ = running
    lodging = Lodging.of(home)
    for private in (lodging.data, lodging.log):
        assert not stat.S_IMODE(private.stat().st_mode) & 0o077
    if os.geteuid() == 0:
        assert postmaster(home).username() == lodging.user


def test_a_closed_folder_above_stays_closed(running):
    home, _ = running
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700


def test_removing_it_leaves_nothing(tmp_path, port):
    embedded.start(tmp_path, port=port, password=PASSWORD)
    root = Lodging.of(tmp_path).root
    embedded.remove(tmp_path)
    assert not root.exists()
    embedded.remove(tmp_path)


def test_public_may_do_nothing_in_any_of_its_databases(running):
    _, port = running
    with connected(port) as session:
        session.execute("create role stranger login password 'secret'")
    for name in (*embedded.DATABASES, "postgres", "template1"):
        url = f"postgresql://stranger:secret@127.0.0.1:{port}/{name}"
        with pytest.raises(ConfigurationError):
            connect(url)


def test_homes_are_kept_apart():
    assert Lodging.of(Path("/srv/a")).root != Lodging.of(Path("/srv/b")).root
