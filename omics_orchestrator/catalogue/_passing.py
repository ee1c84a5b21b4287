"""Bytes that go on to a store while they are examined, and arrive only when the verdict allows.

A second reading would take as long as the first one; a copy that is taken back would be seen by
others. So the store is kept waiting for the end of the file until somebody has said that it may be
kept.
"""

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Condition
from types import TracebackType
from typing import BinaryIO, Self, cast

from omics_orchestrator.errors import OmicsError, TransientError
from omics_orchestrator.stores import Store

_AHEAD_BYTES = 64 << 20


class Passing:
    """A file on its way into a store; leaving the block without `arrive` leaves nothing there.

    Args:
        store: where it goes.
        key: its key there.
        size: how many bytes will be given.
    """

    def __init__(self, store: Store, key: str, size: int) -> None:
        self._stream = _Stream(size)
        self._pool = ThreadPoolExecutor(1)
        self._done: Future[bool] = self._pool.submit(store.put, key, cast("BinaryIO", self._stream))
        self._done.add_done_callback(lambda _: self._stream.leave())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.turn_back()
        self._pool.shutdown()

    def take(self, block: bytes) -> None:
        """Pass a block on; waits where the store is slower than the reader."""
        self._stream.give(block)

    def arrive(self) -> bool:
        """Let the file be there; False where its key was taken already, and nothing was written.

        Raises:
            StoreError: the store refuses it.
            TransientError: the store is away, or what arrived is not what was sent.
        """
        self._stream.end()
        return self._done.result()

    def turn_back(self) -> None:
        """Leave nothing in the store, unless it has arrived."""
        self._stream.break_off()
        with suppress(OmicsError):
            self._done.result()


class _Stream(io.RawIOBase):
    """What one thread reads while another gives it; of its places only the size can be asked."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._blocks: deque[bytes | memoryview] = deque()
        self._waiting = self._read = 0
        self._ended = self._broken_off = self._left = False
        self._changed = Condition()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self._read:
            raise io.UnsupportedOperation("what has passed is not kept")
        return self._size if whence == io.SEEK_END else offset

    def tell(self) -> int:
        return self._read

    def read(self, size: int = -1) -> bytes:
        """Give a block as it came, uncopied, or as much of it as is asked for."""
        if size < 0:
            return self.readall()
        with self._changed:
            self._changed.wait_for(lambda: self._blocks or self._ended or self._broken_off)
            if self._broken_off:
                raise TransientError("the file is not to be kept", mend="run again.")
            block = self._blocks.popleft() if self._blocks else b""
            if len(block) > size:
                self._blocks.appendleft(memoryview(block)[size:])
                block = memoryview(block)[:size]
            self._waiting -= len(block)
            self._read += len(block)
            self._changed.notify_all()
        return bytes(block)

    def give(self, block: bytes) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting < _AHEAD_BYTES or self._left or self._broken_off
            )
            if block and not self._left and not self._broken_off:
                self._blocks.append(block)
                self._waiting += len(block)
                self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def break_off(self) -> None:
        with self._changed:
            self._broken_off = True
            self._changed.notify_all()

    def leave(self) -> None:
        """The reader reads no more."""
        with self._changed:
            self._left = True
            self._blocks.clear()
            self._changed.notify_all()
