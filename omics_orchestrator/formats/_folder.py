"""A folder of objects that is one thing, on a disk, in a store or in a ZIP archive."""

import io
import json
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO, cast

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._zip_end import refuse_garbage_behind

_LENGTH = 8


@dataclass(frozen=True)
class Folder:
    """The objects below one name.

    Attributes:
        names: their names below the folder, parted by `/`.
        sizes: the bytes of each.
        open: gives one object's content as a stream.
    """

    names: Collection[str]
    sizes: Mapping[str, int]
    open: Callable[[str], BinaryIO]

    def content(self, name: str) -> bytes:
        """Read one object whole."""
        with self.open(name) as stream:
            return stream.read()


@contextmanager
def zipped_folder(stream: BinaryIO) -> Iterator[Folder]:
    """See a ZIP archive as a folder; an archive that cannot be read is a DamagedFileError."""
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            refuse_garbage_behind(archive, stream)
            sizes = {each.filename: each.file_size for each in archive.infolist()}
            names = [name for name in sizes if not name.endswith("/")]
            open_member = cast("Callable[[str], BinaryIO]", archive.open)
            yield Folder(frozenset(names), sizes, open_member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise DamagedFileError("its ZIP archive or a checksum in it is broken") from None


class JoinedFolder(io.RawIOBase):
    """A folder as one seekable stream: the table of its objects, then one after another.

    So the process that reads apart, which knows only one stream, can read a folder.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._names = sorted(folder.names)
        sizes = {name: folder.sizes[name] for name in self._names}
        table = json.dumps(sizes).encode()
        self._table = len(table).to_bytes(_LENGTH, "little") + table
        self._starts = [*accumulate(sizes.values(), initial=len(self._table))]
        self._place = 0

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._starts[-1]}[whence]
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Read what is left of the object that the place is in."""
        found = self._piece(len(buffer))
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)

    def _piece(self, length: int) -> bytes:
        if self._place < len(self._table):
            return self._table[self._place : self._place + length]
        if self._place >= self._starts[-1]:
            return b""
        number = bisect_right(self._starts, self._place) - 1
        length = min(length, self._starts[number + 1] - self._place)
        with self._folder.open(self._names[number]) as stream:
            stream.seek(self._place - self._starts[number])
            found = stream.read(length)
        if len(found) != length:
            raise DamagedFileError("an object of it is shorter than it was listed")
        return found


def split_folder(stream: BinaryIO) -> Folder:
    """Give the folder that `JoinedFolder` made one stream of."""
    stream.seek(0)
    table = stream.read(int.from_bytes(stream.read(_LENGTH), "little"))
    sizes: dict[str, int] = json.loads(table)
    starts = accumulate(sizes.values(), initial=_LENGTH + len(table))
    places = dict(zip(sizes, starts, strict=False))

    def opened(name: str) -> BinaryIO:
        stream.seek(places[name])
        return io.BytesIO(stream.read(sizes[name]))

    return Folder(frozenset(sizes), sizes, opened)
