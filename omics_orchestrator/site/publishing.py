"""Put the pages into a folder: all of them or none, so that the last good site stays.

The folder is a link to one beside it that is named by what the pages are made of. A new one is
written, looked through, and the link turned to it in one step.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from omics_orchestrator.errors import ConfigurationError

_UNFINISHED = ".unfinished"
# By it a site is known for one of ours, wherever it was copied to.
_STAMP = "stamp.txt"
_FOR_ALL = 0o755
_LINKS = re.compile(r"""(?:href|src)="([^"#?]+)""")
_NAMED = "name a folder that is not there yet, in a folder that may be written."


@dataclass(frozen=True)
class Site:
    """A site in its folder."""

    folder: Path

    def is_of(self, stamp: str) -> bool:
        """Tell whether the site there is made of just this."""
        mark = self.folder / _STAMP
        return mark.is_file() and mark.read_text(encoding="utf-8") == stamp

    @property
    def pages(self) -> int:
        """How many pages it has."""
        with _alone_in(self.folder.parent):
            return len(list(self.folder.rglob("*.html")))

    def lost_links(self) -> list[str]:
        """Links that lead to no file of the site; those to elsewhere are among them."""
        with _alone_in(self.folder.parent):
            return lost_links(self.folder)

    def publish(self, files: Iterable[tuple[str, str]], stamp: str) -> None:
        """Write a site and show it in place of the one before.

        Args:
            files: path and text of each file.
            stamp: a hash of what they are made of.

        Raises:
            ConfigurationError: the folder cannot be written, or holds something else.
        """
        self._refuse_other_things()
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            begun = Path(tempfile.mkdtemp(_UNFINISHED, f".{self.folder.name}-", self.folder.parent))
        except OSError:
            raise self._refused("the folder cannot be written") from None
        try:
            _write(begun, [*files, (_STAMP, stamp)])
            if lost := lost_links(begun):
                raise self._refused(f"{len(lost)} links of the pages lead nowhere")
            self._turn_to(begun, self.folder.with_name(f".{self.folder.name}-{stamp}"))
        except OSError:
            raise self._refused("the folder cannot be written") from None
        finally:
            shutil.rmtree(begun, ignore_errors=True)

    def _turn_to(self, begun: Path, version: Path) -> None:
        with _alone_in(self.folder.parent):
            if self.is_of(version.name.removeprefix(f".{self.folder.name}-")):
                return  # Another run published the same meanwhile.
            self._replace(begun, version)

    def _replace(self, begun: Path, version: Path) -> None:
        shutil.rmtree(version, ignore_errors=True)
        begun.rename(version)
        link = begun.with_suffix(".link")
        link.symlink_to(version.name, target_is_directory=True)
        if self.folder.is_dir() and not self.folder.is_symlink():
            # A copy of a site, or an empty folder: a link cannot take its place in one step.
            shutil.rmtree(self.folder)
        link.replace(self.folder)
        self._forget_others(version)

    def _forget_others(self, version: Path) -> None:
        prefix = f".{self.folder.name}-"
        for other in self.folder.parent.glob(f"{prefix}*"):
            # A site called `dictionary-old` beside `dictionary` is none of ours.
            is_ours = "-" not in other.name.removeprefix(prefix)
            if is_ours and other != version and other.suffix != _UNFINISHED:
                shutil.rmtree(other, ignore_errors=True)

    def _refuse_other_things(self) -> None:
        if not self.folder.exists() or (self.folder / _STAMP).is_file():
            return
        if not self.folder.is_dir() or any(self.folder.iterdir()):
            raise self._refused("it is there already, and holds something else")

    def _refused(self, what: str) -> ConfigurationError:
        return ConfigurationError(what, mend=_NAMED, folder=self.folder.name)


def lost_links(folder: Path) -> list[str]:
    """Links that lead to no file of a folder; those to elsewhere are among them."""
    return sorted(
        {
            f"{page.relative_to(folder)}: {link}"
            for page in folder.rglob("*.html")
            for link in _LINKS.findall(page.read_text(encoding="utf-8"))
            if not (page.parent / link).exists()
        }
    )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let no other run turn a link in this folder, or clear away what it turned from."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    folder.chmod(_FOR_ALL)
    for path, text in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
