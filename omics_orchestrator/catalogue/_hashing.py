"""One hash for what is examined and what is copied, taken while the bytes pass by."""

import hashlib
import io
from collections.abc import Callable
from typing import Any, BinaryIO

from omics_orchestrator.errors import TransientError

BLOCK_BYTES = 1 << 20


class FileChangedError(TransientError):
    """A file's bytes are not those that were read before."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "the file changed while it was read",
            mend="let its upload end, or upload under another name and rename it; then run again.",
            file=file,
        )


class HashedStream(io.RawIOBase):
    """A stream whose bytes are hashed in passing, each once, however a reader moves about in it.

    Args:
        stream: the stream.
        beside: is given the same bytes, each once and in order.
        md5: hash by MD5 too, which is what senders list; nothing rests on its strength.
    """

    def __init__(
        self, stream: BinaryIO, beside: Callable[[bytes], None] | None = None, *, md5: bool = False
    ) -> None:
        stream.seek(0)
        self._stream = stream
        self._beside = beside
        self._digest = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._hashed = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        start = self._stream.tell()
        block = self._stream.read(len(buffer))
        if start <= self._hashed < start + len(block):
            self._take(block[self._hashed - start :])
        buffer[: len(block)] = block
        return len(block)

    def sha256(self) -> str:
        """Read what no reader has read yet, and give the hash of the whole."""
        self._stream.seek(self._hashed)
        while block := self._stream.read(BLOCK_BYTES):
            self._take(block)
        return self._digest.hexdigest()

    @property
    def size(self) -> int:
        """How many bytes were hashed so far."""
        return self._hashed

    def md5(self) -> str | None:
        """The MD5 of what `sha256` covers; None where it was not asked for."""
        return self._md5.hexdigest() if self._md5 else None

    def _take(self, block: bytes) -> None:
        self._digest.update(block)
        if self._md5:
            self._md5.update(block)
        if self._beside:
            self._beside(block)
        self._hashed += len(block)
