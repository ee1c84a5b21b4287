"""Read a stranger's file in a process of its own, to which the bytes come through a pipe.

On a few damaged files in a thousand the HDF5 library crashes or runs for ever; here that is the
file's fault and not the end of the run. One child (`_apart_child`) serves file after file, since it
takes half a second to start; a damaged file, which may have spoilt its memory, is its last.
"""

import atexit
import io
import json
import os
import signal
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from subprocess import PIPE, Popen
from threading import Lock
from typing import IO, BinaryIO, cast

from omics_orchestrator.formats._damage import DamagedFileError

# Processor time the child may use for one file: 20 seconds, and one for each 10 MB.
PATIENCE_SECONDS = 20
_BYTES_PER_SECOND = 10_000_000
_REQUEST = struct.Struct("<qq")  # place and length; an answer has -1 as its place
_ANSWER = -1
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGXCPU)

Read = Callable[[BinaryIO], Mapping[str, object]]


def read_apart(read: Read, stream: BinaryIO) -> Mapping[str, object]:
    """Give what `read(stream)` gives; `read` is a module's own function, run in another process.

    Raises:
        DamagedFileError: it raised one, crashed or took too long.
    """
    return _READER.read(read, stream)


def places_apart(read: Read, stream: BinaryIO) -> Sequence[str]:
    """Give the `places` that `read(stream)` finds in another process."""
    return cast("list[str]", read_apart(read, stream)["places"])


class _Reader:
    """The child process, started when it is first needed and again after a damaged file."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: Popen[bytes] | None = None
        self._owner = 0

    def read(self, read: Read, stream: BinaryIO) -> Mapping[str, object]:
        size = stream.seek(0, io.SEEK_END)
        order = {
            "module": read.__module__,
            "function": read.__name__,
            "size": size,
            "patience": PATIENCE_SECONDS + size // _BYTES_PER_SECOND,
        }
        with self._lock:
            child = self._started()
            try:
                return _answer(child, order, stream)
            except BaseException:
                self.end()
                raise

    def end(self) -> None:
        """Stop the child, if it is ours: after a fork it is our parent's."""
        if self._child and self._owner == os.getpid():
            with self._child as child:
                child.kill()
        self._child = None

    def _started(self) -> Popen[bytes]:
        if self._child is None or self._owner != os.getpid():
            command = [sys.executable, "-m", "omics_orchestrator.formats._apart_child"]
            self._child = Popen(command, stdin=PIPE, stdout=PIPE)
            self._owner = os.getpid()
        return self._child


def _answer(
    child: Popen[bytes], order: Mapping[str, object], stream: BinaryIO
) -> Mapping[str, object]:
    requests, replies = cast("IO[bytes]", child.stdout), cast("IO[bytes]", child.stdin)
    replies.write(json.dumps(order).encode() + b"\n")
    replies.flush()
    while len(request := requests.read(_REQUEST.size)) == _REQUEST.size:
        place, length = _REQUEST.unpack(request)
        if place == _ANSWER:
            return _facts(json.loads(requests.read(length)))
        stream.seek(place)
        replies.write(stream.read(length).ljust(length, b"\0"))
        replies.flush()
    if -child.wait() in _CRASHES:
        raise DamagedFileError("it is so broken that reading it crashes or never ends")
    raise RuntimeError(f"the process that reads apart ended with {child.returncode}")


def _facts(answer: Mapping[str, object]) -> Mapping[str, object]:
    if "fault" in answer:
        raise DamagedFileError(str(answer["fault"]))
    return answer


_READER = _Reader()
atexit.register(_READER.end)
