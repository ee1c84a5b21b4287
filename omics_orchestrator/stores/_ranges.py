"""A remote object as a seekable file.

Ranged reads grow while they follow each other: a header costs one small request, and a whole file
comes in large ones.
"""

import io
from collections.abc import Callable
from typing import Any

_SMALLEST = 256 << 10
_LARGEST = 16 << 20


class RangedReader(io.RawIOBase):
    """Reads an object of `size` bytes through `fetch(start, end)`, `end` exclusive."""

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._position = 0
        self._window = b""
        self._start = 0
        self._step = _SMALLEST

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to `offset` from the start, the current place or the end; no request is made."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the start of the file")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Say where the next read begins."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what follows; 0 at the end."""
        target = memoryview(buffer).cast("B")
        if self._position >= self._size or not target:
            return 0
        inside = self._position - self._start
        if not 0 <= inside < len(self._window):
            self._move_window(len(target))
            inside = 0
        piece = self._window[inside : inside + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _move_window(self, wanted: int) -> None:
        follows = self._window and self._position == self._start + len(self._window)
        self._step = min(self._step * 2, _LARGEST) if follows else _SMALLEST
        end = min(self._position + max(wanted, self._step), self._size)
        self._window = self._fetch(self._position, end)
        self._start = self._position
