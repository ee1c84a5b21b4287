"""A folder as a store.

Plain file calls instead of obstore, whose local store hides files named like `run#1`, follows links
out of the folder and does not flush to disk.
"""

import errno
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from omics_orchestrator.errors import ConfigurationError, StoreError, TransientError
from omics_orchestrator.stores import StoredObject
from omics_orchestrator.stores._addresses import checked_key, checked_prefix, given

SCHEMES = ("", "file")
_UNFINISHED = ".omics-unfinished"
_ABANDONED_SECONDS = 24 * 3600
_BUFFER = 1 << 20
_PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT}
_log = logging.getLogger(__name__)


def connect(url: str, **credentials: str) -> "LocalStore":
    """Open the folder at `file:///folder` or a path; it takes no credentials."""
    given(credentials, ())
    parts = urlsplit(url)
    if url and "://" not in url:
        return LocalStore(Path(url))
    if parts.netloc not in ("", "localhost") or not parts.path or parts.query or parts.fragment:
        raise ConfigurationError(
            "a folder's URL is not file:///folder",
            mend="write three slashes, and %23 and %3F for # and ?.",
        )
    return LocalStore(Path(unquote(parts.path)))


class LocalStore:
    """The files below one folder; links are never followed, so nothing outside is reachable."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[StoredObject]:
        """Yield every file in the folder `prefix` and below, ordered by key."""
        if not self._root.is_dir():
            raise StoreError(
                "the store's folder is not there",
                mend="create the folder or correct the store's URL.",
                store=self._root.as_uri(),
            )
        prefix = checked_prefix(prefix)
        folder = self._inside(prefix) if prefix else self._root
        if folder.is_dir():
            yield from self._walk(folder, f"{prefix}/" if prefix else "", start_after)

    def stat(self, key: str) -> StoredObject:
        """Describe one file; StoreError when it is not there."""
        return _described(key, self._existing(key).stat())

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; StoreError when it is not there."""
        path = self._existing(key)
        with _told(path):
            return path.open("rb")

    def put(self, key: str, content: bytes | Path | BinaryIO) -> bool:
        """Write a file once; False, and nothing written, when the key exists already."""
        target = self._inside(checked_key(key))
        with _opened(content) as source, _told(target):
            if target.is_file():
                return False
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder has this name")
            target.parent.mkdir(parents=True, exist_ok=True)
            return self._link_whole(source, target)

    def remove(self, key: str, etag: str | None) -> bool:
        """Remove a file of this version; False where it is another or gone."""
        path = self._inside(checked_key(key))
        with _told(path):
            if not path.is_file() or _described(key, path.stat()).etag != etag:
                return False
            path.unlink()
        return True

    def url(self, key: str) -> str:
        """The file's `file:///` address."""
        return self._root.joinpath(checked_key(key)).as_uri()

    def presigned(self, key: str, seconds: int, *, write: bool = False) -> str:  # noqa: ARG002 - the promise's
        """Refuse: no server answers for a folder."""
        raise ConfigurationError(
            "a folder has no address that others can read",
            mend="keep the files in S3 or Azure Blob, or hand them over through the pages.",
            file=self.url(key),
        )

    def abort_unfinished(self, older_than: timedelta) -> int:
        """Remove the parts of writers that were killed that long ago."""
        folder = self._root / _UNFINISHED
        if not folder.is_dir():
            return 0
        with _told(folder):
            return _removed(folder, time.time() - older_than.total_seconds())

    def _link_whole(self, source: BinaryIO, target: Path) -> bool:
        # A link appears at once or not at all, and never replaces, as a rename would.
        part = self._unfinished() / uuid.uuid4().hex
        try:
            with part.open("xb") as file:
                shutil.copyfileobj(source, file, _BUFFER)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, target)
        except FileExistsError:
            return False
        finally:
            part.unlink(missing_ok=True)
        _flush(target.parent)
        return True

    def _unfinished(self) -> Path:
        folder = self._root / _UNFINISHED
        folder.mkdir(exist_ok=True)
        _removed(folder, time.time() - _ABANDONED_SECONDS)
        return folder

    def _walk(self, folder: Path, prefix: str, after: str = "") -> Iterator[StoredObject]:
        # A folder sorts as `name/`, so that keys come in the order of their text.
        with _told(folder), os.scandir(folder) as scanned:
            entries = {
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name: entry
                for entry in scanned
                if entry.name != _UNFINISHED
            }
        for name, entry in sorted(entries.items()):
            key = prefix + name
            if key <= after and not after.startswith(key):
                continue
            if name.endswith("/"):
                yield from self._walk(Path(entry.path), key, after)
            elif key == after:
                continue
            elif entry.is_file(follow_symlinks=False):
                yield _described(checked_key(key), entry.stat())
            else:
                _log.warning("%s is a link or no plain file and is left out", self.url(key))

    def _existing(self, key: str) -> Path:
        path = self._inside(checked_key(key))
        with _told(path):
            if path.is_file():
                return path
        raise StoreError(
            "the object is not there",
            mend="compare the key with a listing of the store.",
            file=path.as_uri(),
        )

    def _inside(self, key: str) -> Path:
        path = self._root / key
        if os.path.realpath(path) != str(path) or _UNFINISHED in path.parts:
            raise StoreError(
                "a key passes a symbolic link or the store's own folder",
                mend="put the file itself into the store.",
                file=path.as_uri(),
            )
        return path


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = TransientError if error.errno in _PASSING else StoreError
        raise kind(
            f"the file system refused: {error.strerror}",
            mend="look at the folder's permissions, space and names.",
            file=path.as_uri(),
        ) from error


def _opened(content: bytes | Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    if isinstance(content, Path):
        return content.open("rb")
    return nullcontext(BytesIO(content) if isinstance(content, bytes) else content)


def _described(key: str, status: os.stat_result) -> StoredObject:
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    etag = f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"
    return StoredObject(key, status.st_size, modified, etag)


def _removed(folder: Path, before: float) -> int:
    removed = 0
    for part in folder.iterdir():
        with suppress(FileNotFoundError):  # another writer has just finished it
            if part.stat().st_mtime < before:
                part.unlink()
                removed += 1
    return removed


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
