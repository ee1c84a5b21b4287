"""The process that reads strangers' files for `_apart`: it asks for bytes, and answers in JSON."""

import importlib
import io
import json
import resource
import struct
import sys
from collections.abc import Mapping
from typing import IO, Any

from omics_orchestrator.formats._damage import DamagedFileError

_REQUEST = struct.Struct("<qq")
_ANSWER = -1


class _Asked(io.RawIOBase):
    """A file of `size` bytes, each read of which is asked of the parent."""

    def __init__(self, size: int, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._size = size
        self._place = 0
        self._requests = requests
        self._replies = replies

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), max(0, self._size - self._place))
        if length:
            self._requests.write(_REQUEST.pack(self._place, length))
            self._requests.flush()
            buffer[:length] = self._replies.read(length)
            self._place += length
        return length


def serve(orders: IO[bytes], answers: IO[bytes]) -> None:
    """Follow one order a line until there are no more."""
    for line in orders:
        order = json.loads(line)
        _limit_processor_time(order["patience"])
        read = getattr(importlib.import_module(order["module"]), order["function"])
        answer: Mapping[str, object]
        try:
            answer = read(io.BufferedReader(_Asked(order["size"], answers, orders)))
        except DamagedFileError as damage:
            answer = {"fault": damage.what}
        text = json.dumps(dict(answer)).encode()
        answers.write(_REQUEST.pack(_ANSWER, len(text)) + text)
        answers.flush()


def _limit_processor_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    # Only the soft limit: the hard one kills by a signal like a machine's that is out of memory.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
