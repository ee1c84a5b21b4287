"""The platform on one machine: the embedded services, Dagster's UI and its daemon, up and down."""

import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import requests

from omics_orchestrator.demo import processes
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.warehouse import embedded

_SERVER = "omics_orchestrator.demo.redcap.server"
_LOOPBACK = "127.0.0.1"
# To list an inbox of a million files takes longer than the minute that Dagster gives a sensor.
_PATIENCE = {"DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "600"}
_STARTED = ("pages", "daemon", "webserver", "redcap")


class Laptop:
    """What runs here, described by the settings of its environment.

    Args:
        environment: the whole environment for the processes, `OMICS_HOME` among it.
        repository: the folder with `workspace.yaml`.
        redcap_url: the variable that holds the address of the local REDCap server.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        repository: Path,
        *,
        redcap_url: str = "GIDAMPS_REDCAP_URL",
    ) -> None:
        self.environment = environment
        self.repository = repository
        self.redcap_url = redcap_url
        self.home = Path(environment["OMICS_HOME"])
        self.notes = self.home / "processes"
        self.services = set(environment.get("OMICS_EMBEDDED", "").split(",")) - {""}

    def is_prepared(self, study: str) -> bool:
        """Whether a study's sources were made here; what a person changed in them stays."""
        return (self.home / f"prepared_{study}").exists()

    def mark_prepared(self, study: str) -> None:
        """Remember that a study's sources are all there."""
        (self.home / f"prepared_{study}").touch()

    @property
    def redcap_database(self) -> Path:
        """The file of the local REDCap server."""
        return self.home / "redcap.sqlite"

    @property
    def interface(self) -> str:
        """The address of Dagster's UI."""
        return f"http://{_LOOPBACK}:{self.environment.get('OMICS_UI_PORT', '3000')}"

    def start_sources(self) -> None:
        """Start the embedded Postgres and the local REDCap server, those that are wanted."""
        if "postgres" in self.services:
            url = self._address("OMICS_WAREHOUSE_URL")
            embedded.start(self.home, port=url.port or 5432, password=unquote(url.password or ""))
        if "redcap" in self.services:
            url = self._address(self.redcap_url)
            server = [sys.executable, "-m", _SERVER, str(self.redcap_database), str(url.port)]
            self._start("redcap", server)
            processes.wait_until(self.notes, "redcap", partial(_answers, f"http://{url.netloc}/"))

    @property
    def pages(self) -> str:
        """The address of the pages beside it."""
        port = self.environment.get("OMICS_PAGES_PORT") or "3001"
        return f"http://{_LOOPBACK}:{port}/quarantine"

    def start_pages(self) -> None:
        """Start the pages, for the person whose machine it is."""
        port = str(urlsplit(self.pages).port)
        self._start("pages", [_script("omics"), "pages", "--own-machine", "--port", port])
        up = urljoin(self.pages, "/healthz")
        processes.wait_until(self.notes, "pages", partial(_answers, up))

    def start_dagster(self) -> None:
        """Start Dagster's UI and the daemon that runs schedules and sensors."""
        port = str(urlsplit(self.interface).port)
        workspace = ["-w", str(self.repository / "workspace.yaml")]
        self._start("daemon", [_script("dagster-daemon"), "run", *workspace])
        self._start(
            "webserver", [_script("dagster-webserver"), "-h", _LOOPBACK, "-p", port, *workspace]
        )
        for name in ("webserver", "daemon"):
            processes.wait_until(self.notes, name, self._interface_answers, patience=120)

    def stop(self) -> list[str]:
        """Stop everything that was started here, and name it."""
        stopped = [name for name in _STARTED if processes.stop(self.notes, name)]
        if embedded.is_running(self.home):
            embedded.stop(self.home)
            stopped.append("postgres")
        return stopped

    def remove(self) -> None:
        """Stop everything, and delete the embedded Postgres and whatever else was kept here."""
        self.stop()
        embedded.remove(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    def _address(self, variable: str) -> SplitResult:
        url = urlsplit(self.environment.get(variable, ""))
        if not url.hostname:
            raise ConfigurationError(
                f"the environment variable {variable} holds no address",
                mend="set it in `.env` (see `.env.example`), or take its service out of "
                "OMICS_EMBEDDED.",
            )
        return url

    def _start(self, name: str, command: list[str]) -> None:
        # Not in the repository: Dagster puts a `.env` where it starts above the environment it got.
        given = {**_PATIENCE, **self.environment}
        processes.start(self.notes, name, command, given, cwd=self.home)

    def _interface_answers(self) -> bool:
        return _answers(f"{self.interface}/server_info")


def _script(name: str) -> str:
    """A command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True
