"""TIFF and OME-TIFF images: microscopy, scans, whole slides.

What they say in ImageDescription and on label pages may name a patient, so only sizes are told.
"""

import io
import logging
import re
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import tifffile

from omics_orchestrator.errors import OmicsError
from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._tiff_pages import count_pages

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DICOM = b"DICM"
_DICOM_PLACE = 128
_MICRONS = re.compile(r'PhysicalSizeX="([\d.eE+-]+)"')
_OTHER_UNIT = re.compile(r'PhysicalSizeXUnit="(?!µm)')
# What tifffile raises for structures that make no sense.
_BROKEN = (
    tifffile.TiffFileError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
# Its log lines quote tags.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def sniff(head: Head) -> bool:
    """TIFF's magic, unless DICOM follows: its preamble may hold a TIFF header."""
    dicom = head.raw.startswith(_DICOM, _DICOM_PLACE)
    return head.raw.startswith(_MAGICS) and not dicom


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Pages, kinds (ome, svs …), and the first image's axes, shape, type and pixel size."""
    watched = _Watched(stream)
    try:
        # An OME-TIFF may name other files; a stranger's must not make us open any.
        with tifffile.TiffFile(io.BufferedReader(watched), _multifile=False) as tif:
            image = tif.series[0]
            return {
                "pages": len(tif.pages),
                "kinds": sorted(tif.flags),
                "axes": image.axes,
                "shape": [int(length) for length in image.shape],
                "dtype": str(image.dtype),
                "compression": _name(image.keyframe.compression),
                "microns_per_pixel": _microns(tif.ome_metadata or ""),
            }
    except _BROKEN:
        raise DamagedFileError("its TIFF structure cannot be read") from None
    finally:
        watched.raise_what_was_swallowed()


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


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Follow every page to its last byte; pixels have no checksum and are not unpacked."""
    return {"pages": count_pages(stream)}


def _name(compression: int) -> str:
    known = set(tifffile.COMPRESSION)
    return tifffile.COMPRESSION(compression).name.lower() if compression in known else "unknown"


def _microns(ome: str) -> float | None:
    found = _MICRONS.search(ome)
    return float(found[1]) if found and not _OTHER_UNIT.search(ome) else None


FORMAT = Format(
    name="tiff",
    suffixes=(".tif", ".tiff", ".btf"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
