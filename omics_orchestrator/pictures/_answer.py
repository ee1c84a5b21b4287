"""What the process that draws a stranger's file answers: a picture, or why there is none."""

import base64
import os
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import BinaryIO, NamedTuple

from omics_orchestrator.formats import DamagedFileError
from omics_orchestrator.pictures import Answer

_ERRORS = 2
# What Pillow, tifffile and h5py raise for contents that make no sense.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


class Drawn(NamedTuple):
    """The bytes of a picture, and what it shows."""

    content: bytes
    shows: str


class NotDrawnError(Exception):
    """A file of which there is no picture; its text says why."""


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep out of the log what libraries in C write past Python about a stranger's bytes."""
    kept = os.dup(_ERRORS)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), _ERRORS)
        yield
    finally:
        os.dup2(kept, _ERRORS)
        os.close(kept)


def answers(draw: Callable[[BinaryIO], Drawn]) -> Callable[[BinaryIO], Answer]:
    """Make what draws answer in plain values, whatever the file is like."""

    @wraps(draw)
    def answer(stream: BinaryIO) -> Answer:
        try:
            with warnings.catch_warnings(action="ignore"), _silenced():
                drawn = draw(stream)
        except NotDrawnError as error:
            return {"reason": str(error)}
        except DamagedFileError as damage:
            return {"reason": damage.what}
        except _BROKEN:
            return {"reason": "what there is to draw is broken"}
        return {"content": base64.b64encode(drawn.content).decode(), "shows": drawn.shows}

    return answer
