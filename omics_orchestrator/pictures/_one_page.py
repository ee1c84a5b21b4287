"""One page of a large TIFF as a small TIFF of its own, so that Pillow unpacks it and no other.

tifffile finds pages but unpacks few packings by itself; Pillow unpacks nearly all, but would read
the whole file.
"""

import io
import struct
from collections.abc import Sequence
from typing import Any

from PIL import Image

from omics_orchestrator.pictures._answer import NotDrawnError

_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
# Size, depth, packing, colours, planes, predictor, tiles, tables and sampling of JPEG.
_KEPT = (256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 320, 322, 323, 338, 339, 347, 530)
_SHORT, _LONG, _UNDEFINED, _MOST_SHORT = 3, 4, 7, 0xFFFF
_HEADER_BYTES, _ENTRY_BYTES, _INLINE = 8, 12, 4
_MOST_BYTES = 128 << 20
_JPEG_2000_YCBCR, _JPEG_2000_RGB = 33003, 33005


def unpacked(page: Any) -> Image.Image:
    """Unpack a page of tifffile's; the caller has seen that it is small."""
    pieces = _pieces(page)
    if page.compression in (_JPEG_2000_YCBCR, _JPEG_2000_RGB):
        return _tiles_of_jpeg_2000(page, pieces)
    return Image.open(io.BytesIO(_alone(page, pieces)), formats=("TIFF",))


def _pieces(page: Any) -> list[bytes]:
    """The strips or tiles of a page, packed as they are."""
    places = _numbers(page, _TILES) or _numbers(page, _STRIPS)
    lengths = _numbers(page, _TILE_BYTES) or _numbers(page, _STRIP_BYTES)
    if not places or len(places) != len(lengths) or sum(lengths) > _MOST_BYTES:
        raise NotDrawnError("its smallest level holds absurdly many bytes, or none")
    file = page.parent.filehandle
    pieces = []
    for place, length in zip(places, lengths, strict=True):
        file.seek(place)
        pieces.append(file.read(length))
    return pieces


def _numbers(page: Any, code: int) -> list[int]:
    value = page.tags.valueof(code)
    if value is None:
        return []
    return [int(each) for each in value] if isinstance(value, Sequence) else [int(value)]


def _alone(page: Any, pieces: list[bytes]) -> bytes:
    """A TIFF of this page: header, its pixels, its tags."""
    order, places, at = page.parent.byteorder, [], _HEADER_BYTES
    for piece in pieces:
        places.append(at)
        at += len(piece)
    is_tiled = bool(_numbers(page, _TILES))
    tags: dict[int, bytes | list[int]] = {
        code: bytes(value) if isinstance(value, bytes) else _numbers(page, code)
        for code in _KEPT
        if (value := page.tags.valueof(code)) is not None
    }
    tags[_TILES if is_tiled else _STRIPS] = places
    tags[_TILE_BYTES if is_tiled else _STRIP_BYTES] = [len(piece) for piece in pieces]
    magic = b"II" if order == "<" else b"MM"
    header = magic + struct.pack(f"{order}HL", 42, at)
    return b"".join([header, *pieces, _directory(order, tags, at)])


def _directory(order: str, tags: dict[int, bytes | list[int]], at: int) -> bytes:
    entries, behind = b"", b""
    start = at + 2 + _ENTRY_BYTES * len(tags) + 4
    for code, value in sorted(tags.items()):
        kind, count, held = _written(order, value)
        if len(held) > _INLINE:
            place = struct.pack(f"{order}L", start + len(behind))
            behind += held + b"\0" * (len(held) % 2)
            held = place
        entries += struct.pack(f"{order}HHL", code, kind, count) + held.ljust(_INLINE, b"\0")
    return struct.pack(f"{order}H", len(tags)) + entries + b"\0\0\0\0" + behind


def _written(order: str, value: bytes | list[int]) -> tuple[int, int, bytes]:
    """The type, the number and the bytes of a tag's values."""
    if isinstance(value, bytes):
        return _UNDEFINED, len(value), value
    kind, letter = (_SHORT, "H") if max(value) <= _MOST_SHORT else (_LONG, "L")
    return kind, len(value), struct.pack(f"{order}{len(value)}{letter}", *value)


def _tiles_of_jpeg_2000(page: Any, pieces: list[bytes]) -> Image.Image:
    """Aperio's JPEG 2000, whose colours may be written as luminance without saying so."""
    whole = Image.new("RGB", (page.imagewidth, page.imagelength))
    across = -(-page.imagewidth // page.tilewidth)
    for number, piece in enumerate(pieces):
        with Image.open(io.BytesIO(piece), formats=("JPEG2000",)) as tile:
            if tile.size != (page.tilewidth, page.tilelength):
                raise NotDrawnError("a tile has another size than its page says")
            pixels = tile.convert("RGB")
        if page.compression == _JPEG_2000_YCBCR:
            pixels = Image.frombytes("YCbCr", pixels.size, pixels.tobytes()).convert("RGB")
        row, column = divmod(number, across)
        whole.paste(pixels, (column * page.tilewidth, row * page.tilelength))
    return whole
