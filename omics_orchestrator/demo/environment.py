"""The demo's settings: free ports and fresh secrets, made once and kept beside its data."""

import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

Sources = Callable[[str], Mapping[str, str]]

FILE = "demo.env"
_PRIVATE = 0o600
_USUAL_INTERFACE = 3000
_USUAL_PAGES = 3001
_HEADER = "# Made by `make demo`: settings of the demo. Delete this file to go back to none.\n"


def settings_of_demo(home: Path, repository: Path) -> dict[str, str]:
    """Give the demo's settings, made and written below `home` at the first call.

    A demo that was made before it had a study is given that study's settings.
    """
    found = kept(home, repository, partial(_sources, home), interface=_USUAL_INTERFACE)
    whole = _sources(home, found["GIDAMPS_REDCAP_URL"]) | found
    if whole.keys() != found.keys():
        write(home / FILE, whole)
    return whole


def kept(home: Path, repository: Path, sources: Sources, *, interface: int = 0) -> dict[str, str]:
    """Give the settings kept in `home`, made there at the first call.

    Args:
        home: where everything is kept.
        repository: the folder with `dagster.yaml`.
        sources: gives the sources' own settings for the address of the local REDCap server.
        interface: the port that Dagster's UI should have, if it is free; 0: any.
    """
    path = home / FILE
    if not path.is_file():
        home.mkdir(parents=True, exist_ok=True)
        write(path, _new(home, repository, sources, interface))
    return read(path)


def read(path: Path) -> dict[str, str]:
    """Read a file of NAME=value lines."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def write(path: Path, settings: dict[str, str]) -> None:
    """Write settings so that only their owner can read them."""
    path.touch(mode=_PRIVATE)
    path.chmod(_PRIVATE)
    path.write_text(_HEADER + "".join(f"{name}={value}\n" for name, value in settings.items()))


def is_made_by_demo(path: Path) -> bool:
    """Tell whether a settings file is the demo's own, which may be deleted with it."""
    return path.read_text().startswith(_HEADER)


def new_token() -> str:
    """Make a token as REDCap makes them: 32 hexadecimal digits."""
    return secrets.token_hex(16).upper()


def _new(home: Path, repository: Path, sources: Sources, interface: int) -> dict[str, str]:
    postgres, redcap, interface, pages = _free_ports(
        0, 0, interface, _USUAL_PAGES if interface else 0
    )
    server = f"postgresql://omics:{secrets.token_urlsafe(24)}@127.0.0.1:{postgres}"
    return {
        "DAGSTER_HOME": str(repository),
        "OMICS_HOME": str(home),
        "OMICS_EMBEDDED": "postgres,redcap",
        "OMICS_WAREHOUSE_URL": f"{server}/omics",
        "OMICS_DAGSTER_DB_URL": f"{server}/dagster",
        "OMICS_STORE_URL": str(home / "store"),
        "OMICS_KEY": secrets.token_urlsafe(32),
        "OMICS_UI_PORT": str(interface),
        "OMICS_PAGES_PORT": str(pages),
        **sources(f"http://127.0.0.1:{redcap}/api/"),
    }


def _sources(home: Path, redcap: str) -> dict[str, str]:
    return {
        "OMICS_INBOX_URL": str(home / "demo/omics_inbox"),
        "OMICS_SPREADSHEETS_URL": str(home / "demo/spreadsheets"),
        "GIDAMPS_REDCAP_URL": redcap,
        "GIDAMPS_REDCAP_TOKEN": new_token(),
        "GIDAMPS_SAMPLES_URL": f"sqlite:///{home / 'demo/samples.sqlite'}",
        "MUSIC_REDCAP_URL": redcap,
        "MUSIC_REDCAP_TOKEN": new_token(),
    }


def _free_ports(*wanted: int) -> list[int]:
    """Ports that are free now, the wanted ones if they are; held until all are found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in wanted]
        for each, port in zip(sockets, wanted, strict=True):
            try:
                each.bind(("127.0.0.1", port))
            except OSError:
                each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
