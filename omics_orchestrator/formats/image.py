"""Photographs and figures as PNG, JPEG, WebP, GIF or BMP, through Pillow.

EXIF may hold a place or a person: whether there is any is told, what it says is not.
"""

import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._picture_people import personal_places

_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_RIFF, _WEBP, _BITMAP = b"RIFF", b"WEBP", b"BM"
_BITMAP_START = 18
_BITMAP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_JPEG_END = b"\xff\xd9"
_PNG_END = b"IEND\xae\x42\x60\x82"
_KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_PADDING = b"\0\r\n"  # the pictures of R's own help have a line's end behind theirs
_TAIL = 64 << 10
_GPS = 0x8825
# What Pillow raises for contents that make no sense.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


def sniff(head: Head) -> bool:
    """The magic of one of these; of a bitmap, whose two letters are few, its header's size too."""
    raw = head.raw
    if raw.startswith(_RIFF):
        return raw.startswith(_WEBP, 8)
    if raw.startswith(_BITMAP) and len(raw) > _BITMAP_START:
        return not any(raw[6:10]) and struct.unpack_from("<I", raw, 14)[0] in _BITMAP_HEADERS
    return raw.startswith(_MAGICS)


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
    """Check every chunk of a PNG, or decode the others, which have no checksum: JPEG smallest."""
    with _opened(stream) as picture:
        size = {"width": picture.width, "height": picture.height}
        if picture.format == "PNG":
            picture.verify()
            _check_png_end(stream)
        elif picture.format == "JPEG":
            picture.draft("L", (1, 1))
            picture.load()
            size |= _bytes_behind_jpeg(stream)
        else:
            _decode_frames(picture, stream)
    return size


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name the filled notes for a place, a maker, an owner, a serial number or a comment."""
    with _opened(stream) as picture:
        return personal_places(picture)


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


def _decode_frames(picture: Image.Image, stream: BinaryIO) -> None:
    kind = picture.format
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
    size = stream.seek(0, 2)
    stream.seek(0)
    header = stream.read(8)
    (said,) = struct.unpack_from("<I", header, 2 if kind == "BMP" else 4)
    # RIFF's own size leaves its first eight bytes out; older bitmaps leave theirs blank.
    if kind in ("WEBP", "BMP") and said and size < said + (8 if kind == "WEBP" else 0):
        raise DamagedFileError("the file ends before its picture does")
    stream.seek(said + 8)
    if kind == "WEBP" and stream.read(_TAIL).strip(b"\0"):
        raise DamagedFileError("something else follows the end of a WebP")
    stream.seek(max(0, size - 1))
    if kind == "GIF" and stream.read(1) not in (b";", b"\0"):
        raise DamagedFileError("the mark at the end of a GIF is absent")


def _check_png_end(stream: BinaryIO) -> None:
    stream.seek(max(0, stream.seek(0, 2) - _TAIL))
    _, end, rest = stream.read().rpartition(_PNG_END)
    if not end or rest.strip(_PADDING):
        raise DamagedFileError("something else follows the end of a PNG, or there is no end")


def _bytes_behind_jpeg(stream: BinaryIO) -> dict[str, int]:
    """Count what follows a JPEG: cameras append previews and films, so that it is no damage."""
    stream.seek(max(0, stream.seek(0, 2) - _TAIL))
    _, end, behind = stream.read().rpartition(_JPEG_END)
    if not end:
        raise DamagedFileError("the mark at the end of a JPEG is absent")
    return {"bytes_behind": len(behind)} if behind else {}


FORMAT = Format(
    name="image",
    suffixes=(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    personal_fields=personal_fields,
)
