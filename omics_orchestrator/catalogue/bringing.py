"""Bring files of this machine into an inbox: each once and whole, none over another.

A file is there or it is not, so what was broken off goes on with the first that is not there.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from omics_orchestrator.catalogue._hashing import BLOCK_BYTES, HashedStream
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.sources import is_unfinished
from omics_orchestrator.stores import Store

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Outgoing:
    """A file of this machine, and the key that it gets in the inbox."""

    path: Path
    key: str

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.path.stat().st_size


@dataclass
class Brought:
    """What became of the files.

    Attributes:
        new: files that are in the inbox now.
        there: files that were there before, with the same content.
        others: keys under which the inbox holds another content; nothing was written there.
    """

    new: int = 0
    there: int = 0
    others: list[str] = field(default_factory=list)


def outgoing(place: Path, folder: str = "") -> list[Outgoing]:
    """List a file, or all files below a folder, but hidden and unfinished ones and links.

    Args:
        place: the file or folder.
        folder: where they go in the inbox; a folder's own name by default.

    Raises:
        ConfigurationError: there is no such file, or nothing in the folder.
    """
    if not place.exists():
        raise ConfigurationError(f"{place} is not there", mend="correct the path.")
    if place.is_file():
        found = [Outgoing(place, "/".join(filter(None, (folder, place.name))))]
    else:
        top = folder or place.resolve().name
        found = [
            Outgoing(each, f"{top}/{each.relative_to(place).as_posix()}") for each in _below(place)
        ]
    if not found:
        raise ConfigurationError(
            f"{place} holds no file that could be brought",
            mend="name a file, or a folder with files that are neither hidden nor unfinished.",
        )
    return found


def _below(place: Path) -> Iterator[Path]:
    for each in sorted(place.rglob("*")):
        inside = each.relative_to(place).parts
        if each.is_file() and not each.is_symlink() and not any(map(is_unfinished, inside)):
            yield each


def bring(files: list[Outgoing], inbox: Store, progress: Progress = lambda _bytes: None) -> Brought:
    """Put files into an inbox.

    Args:
        files: the files.
        inbox: the store.
        progress: told the bytes that were read since it was last told.

    Raises:
        StoreError: the inbox cannot be written.
        TransientError: it is away; what is there stays, and the same call goes on.
    """
    brought = Brought()
    for each in files:
        with each.path.open("rb") as stream:
            is_new = inbox.put(each.key, io.BufferedReader(_Told(stream, progress), BLOCK_BYTES))
        if is_new:
            brought.new += 1
        elif _is_same(each, inbox):
            brought.there += 1
            progress(each.size)
        else:
            brought.others.append(each.key)
            progress(each.size)
    return brought


def _is_same(file: Outgoing, inbox: Store) -> bool:
    if inbox.stat(file.key).size != file.size:
        return False
    with file.path.open("rb") as here, inbox.open(file.key) as there:
        return HashedStream(here).sha256() == HashedStream(there).sha256()


class _Told(io.RawIOBase):
    """A file that tells how much of it was read; what is read twice is told once."""

    def __init__(self, stream: BinaryIO, progress: Progress) -> None:
        self._stream, self._progress, self._told = stream, progress, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        here = self._stream.tell()
        if here > self._told:
            self._progress(here - self._told)
            self._told = here
        return len(block)
