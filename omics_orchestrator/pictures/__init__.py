"""Small pictures of files: a thumbnail of an image, a plot of what reads or cells are like.

Each module defines `DRAWER`. A picture is drawn anew from pixels and numbers: nothing that a file
says of itself goes along, and of a slide only its tissue is shown, never its label. Strangers'
files are read in a process of their own.
"""

import base64
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

from omics_orchestrator.formats import DamagedFileError
from omics_orchestrator.formats._apart import read_apart
from omics_orchestrator.registry import offers

Answer = Mapping[str, object]


@dataclass(frozen=True)
class Drawer:
    """How pictures of some formats are drawn.

    Attributes:
        formats: the names of the formats.
        kind: `thumbnail` or `plot`.
        suffix: of the picture's file: `jpg` or `svg`.
        version: raise it when pictures would look different, and all are drawn again.
        draw: a module's own function, run in another process; see `_answer.answers`.
    """

    formats: tuple[str, ...]
    kind: str
    suffix: str
    version: int
    draw: Callable[[BinaryIO], Answer]

    @property
    def made_by(self) -> str:
        """What a picture is known to be made by."""
        return f"{self.draw.__module__.rpartition('.')[2]} {self.version}"


@dataclass(frozen=True)
class Picture:
    """A picture, or the reason why there is none.

    Attributes:
        content: the bytes of a JPEG or SVG; empty where there is a reason.
        shows: what there is to be seen, in words.
        reason: why nothing is; blank for a picture.
    """

    content: bytes = b""
    shows: str = ""
    reason: str = ""


@cache
def drawers() -> Mapping[str, Drawer]:
    """Name of a format → how its pictures are drawn, for every format that has any."""
    found = offers(sys.modules[__name__], "DRAWER").values()
    return {name: drawer for drawer in found for name in drawer.formats}


def draw(format_name: str, stream: BinaryIO) -> Picture:
    """Draw a file of a format that has pictures; its damage is a reason, never an error.

    Raises:
        TransientError: the store is away.
        StoreError: the file cannot be read.
    """
    try:
        told = read_apart(drawers()[format_name].draw, stream)
    except DamagedFileError as damage:
        return Picture(reason=damage.what)
    if "reason" in told:
        return Picture(reason=str(told["reason"]))
    return Picture(base64.b64decode(str(told["content"])), str(told["shows"]))
