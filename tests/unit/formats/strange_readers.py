"""Readers for test_apart: one that works, and some that end as a broken library does."""

import os
import signal
from collections.abc import Mapping
from typing import BinaryIO

from omics_orchestrator.formats import DamagedFileError


def add_up(stream: BinaryIO) -> Mapping[str, object]:
    stream.seek(-3, os.SEEK_END)
    tail = list(stream.read(10))
    stream.seek(0)
    return {"sum": sum(stream.read()), "tail": tail, "process": os.getpid()}


def crash(_: BinaryIO) -> Mapping[str, object]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def never_end(_: BinaryIO) -> Mapping[str, object]:
    while True:
        pass


def find_damage(_: BinaryIO) -> Mapping[str, object]:
    raise DamagedFileError("it is not whole")


def be_killed(_: BinaryIO) -> Mapping[str, object]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}
