"""A TIFF opened by tifffile on our stream: what it swallows is raised."""

import io
import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import tifffile

from omics_orchestrator.errors import OmicsError
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._tiff_pages import follow_pages, is_ndpi

# What tifffile raises for structures that make no sense.
_BROKEN = (
    tifffile.TiffFileError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
_CENTIMETRE, _INCH = 3, 2
_MICRONS = {_CENTIMETRE: 10_000.0, _INCH: 25_400.0}
# 72, 96, 300 … pixels an inch are what software writes that does not know.
_FINEST_UNKNOWN = 1000
# Its log lines quote tags.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


@contextmanager
def opened_tiff(stream: BinaryIO) -> Iterator[Any]:
    """Open a TIFF; DamagedFileError when its structure cannot be read."""
    # On pages that overlap or run in a circle tifffile takes minutes; what follows stops there.
    follow_pages(stream)
    ndpi = is_ndpi(stream) or None
    watched = _Watched(stream)
    try:
        # An OME-TIFF may name other files; a stranger's must not make us open any.
        file = io.BufferedReader(watched)
        with tifffile.TiffFile(file, _multifile=False, is_ndpi=ndpi) as tif:
            if not tif.series:
                raise DamagedFileError("it has no image")
            yield tif
    except _BROKEN:
        raise DamagedFileError("its TIFF structure cannot be read") from None
    finally:
        watched.raise_what_was_swallowed()


def packing_of_page(page: Any) -> str:
    """Name what the pixels of a page are packed with."""
    known = set(tifffile.COMPRESSION)
    compression = page.compression
    return tifffile.COMPRESSION(compression).name.lower() if compression in known else "unknown"


def resolution_in_microns(page: Any) -> float | None:
    """Give the size of a pixel from the resolution tags; None when they say nothing of use."""
    tag, unit = page.tags.get(282), page.tags.get(296)
    if tag is None or unit is None or int(unit.value) not in _MICRONS:
        return None
    pixels, per = tag.value
    known = per and pixels / per > _FINEST_UNKNOWN
    return round(_MICRONS[int(unit.value)] * per / pixels, 6) if known else None


class _Watched(io.RawIOBase):
    """Passes reads on and keeps the error of the store that tifffile logs and forgets."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._error: OmicsError | None = None
        stream.seek(0)

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._stream.read(len(buffer))
        except OmicsError as error:
            self._error = error
            raise
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def raise_what_was_swallowed(self) -> None:
        if self._error:
            raise self._error
