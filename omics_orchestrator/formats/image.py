"""Photographs and figures as PNG or JPEG, through Pillow.

EXIF may hold a place or a person: whether there is any is told, what it says is not.
"""

import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError

_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_JPEG_END = b"\xff\xd9"
_KINDS = ("PNG", "JPEG")
_TAIL = 64 << 10
_GPS = 0x8825
_BROKEN = (SyntaxError, ValueError, EOFError, struct.error)


def sniff(head: Head) -> bool:
    """PNG's or JPEG's magic."""
    return head.raw.startswith(_MAGICS)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Kind, size in pixels, mode, and whether EXIF and a place are in it."""
    with _opened(stream) as picture:
        exif = picture.getexif()
        return {
            "kind": (picture.format or "").lower(),
            "width": picture.width,
            "height": picture.height,
            "mode": picture.mode,
            "has_exif": bool(exif),
            "has_place": _GPS in exif,
        }


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check every chunk of a PNG, or decode a JPEG, which has no checksum, at its smallest."""
    with _opened(stream) as picture:
        size = {"width": picture.width, "height": picture.height}
        if picture.format == "PNG":
            picture.verify()
        else:
            picture.draft("L", (1, 1))
            picture.load()
            _check_jpeg_end(stream)
    return size


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Image.Image]:
    stream.seek(0)
    try:
        # Pillow warns of an odd EXIF block, which is no damage, and quotes it.
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(stream, formats=_KINDS) as picture,
        ):
            yield picture
    except Image.DecompressionBombError:
        raise DamagedFileError("it claims more pixels than are safe to open") from None
    except _BROKEN:
        raise DamagedFileError("its picture cannot be read") from None
    except OSError as error:
        if error.errno:
            raise  # the disk failed, not the file
        raise DamagedFileError("its picture is cut or broken") from None


def _check_jpeg_end(stream: BinaryIO) -> None:
    stream.seek(max(0, stream.seek(0, 2) - _TAIL))
    if _JPEG_END not in stream.read():
        raise DamagedFileError("the mark at the end of a JPEG is absent")


FORMAT = Format(
    name="image",
    suffixes=(".png", ".jpg", ".jpeg"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
