"""A person at a desk: a folder with `.env` and `dagster.yaml`, and commands typed there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from omics_orchestrator.warehouse.connect import connect

REPOSITORY = Path(__file__).parents[3]
_FILES = ("dagster.yaml", "workspace.yaml", "pyproject.toml")


@dataclass(frozen=True)
class Desk:
    """Where commands are typed; only `.env` tells them of the platform.

    Attributes:
        home: what services keep on this machine, logs of runs among it.
    """

    folder: Path
    home: Path

    @classmethod
    def made(cls, folder: Path, settings: Mapping[str, str], dagster_url: str) -> "Desk":
        desk = cls(folder, folder / "home")
        desk.home.mkdir(parents=True)
        for name in _FILES:
            shutil.copy(REPOSITORY / name, folder / name)
        desk.settle(
            DAGSTER_HOME=str(folder),
            OMICS_HOME=str(desk.home),
            OMICS_DAGSTER_DB_URL=dagster_url,
            **settings,
        )
        return desk

    @property
    def settings(self) -> dict[str, str]:
        """What `.env` says."""
        return {name: value or "" for name, value in dotenv_values(self.folder / ".env").items()}

    def settle(self, **changed: str) -> None:
        """Change settings in `.env`."""
        lines = [f"{name}={value}\n" for name, value in {**self.settings, **changed}.items()]
        (self.folder / ".env").write_text("".join(lines))

    def asks(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask Dagster's own database."""
        with connect(self.settings["OMICS_DAGSTER_DB_URL"]) as connection:
            return connection.execute(statement.encode()).fetchall()

    def types(self, program: str, *words: str, **exported: str) -> subprocess.CompletedProcess[str]:
        """Run a program that was installed beside this Python, and keep what it says."""
        return subprocess.run(
            [Path(sys.executable).with_name(program), *words],
            cwd=self.folder,
            env={"PATH": os.defpath, "HOME": str(self.home), **exported},
            capture_output=True,
            text=True,
            check=False,
        )
