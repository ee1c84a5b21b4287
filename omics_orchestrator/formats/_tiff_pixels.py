"""The pixels of a TIFF, as far as their packing can be proved: deflate and JPEG.

Plain and LZW pixels carry no checksum; of JPEG 2000, Zstandard and WebP, which need libraries that
we do without, each strip's or tile's beginning is looked at.
"""

import io
import struct
import zlib
from typing import BinaryIO

from PIL import Image

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._tiff_pages import COMPRESSION, JPEG_TABLES, Tags, segments

_DEFLATE, _JPEG, _PLAIN = (8, 32946), 7, 1
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_LARGEST = 64 << 20
_JPEG_2000, _ZSTD, _WEBP = (b"\xff\x4f\xff\x51", b"\0\0\0\x0c"), (b"\x28\xb5\x2f\xfd",), (b"RIFF",)
_STARTS = {
    33003: _JPEG_2000,
    33005: _JPEG_2000,
    34712: _JPEG_2000,
    34926: _ZSTD,
    50000: _ZSTD,
    50001: _WEBP,
}


class PixelCheck:
    """Reads the strips and tiles of each page it is shown.

    Attributes:
        unpacked: how many were unpacked.
    """

    def __init__(self, stream: BinaryIO, *, decode_jpeg: bool) -> None:
        self._stream = stream
        self._decode_jpeg = decode_jpeg
        self.unpacked = 0

    def __call__(self, page: Tags) -> None:
        """Check one page; DamagedFileError when a strip or tile cannot be unpacked."""
        packing, *_ = page.get(COMPRESSION) or (_PLAIN,)
        tables = bytes(page.get(JPEG_TABLES, ()))
        for place, length in segments(page):
            if length and packing in _STARTS:
                self._look_at_start(place, packing)
            elif length and packing in (*_DEFLATE, _JPEG):
                self._check(place, length, packing, tables)

    def _check(self, place: int, length: int, packing: int, tables: bytes) -> None:
        self._stream.seek(place)
        if packing in _DEFLATE:
            self._inflate(length)
        elif length <= _LARGEST:
            self._look_at_jpeg(self._stream.read(length), tables)
        self.unpacked += 1

    def _look_at_start(self, place: int, packing: int) -> None:
        self._stream.seek(place)
        if not self._stream.read(4).startswith(_STARTS[packing]):
            raise DamagedFileError("a strip or tile does not begin as its packing does")

    def _inflate(self, length: int) -> None:
        inflate = zlib.decompressobj()
        try:
            while length > 0 and not inflate.eof:
                piece = self._stream.read(min(length, 1 << 20))
                length -= len(piece)
                while piece and not inflate.eof:
                    inflate.decompress(piece, _LARGEST)
                    piece = inflate.unconsumed_tail
        except zlib.error:
            raise DamagedFileError("its deflated pixels or their checksum are broken") from None
        if not inflate.eof:
            raise DamagedFileError("a strip or tile ends before its pixels do")

    def _look_at_jpeg(self, content: bytes, tables: bytes) -> None:
        if not content.startswith(_JPEG_START) or _JPEG_END not in content[-64:]:
            raise DamagedFileError("a strip or tile is no whole JPEG")
        if not self._decode_jpeg:
            return
        whole = tables[:-2] + content[2:] if len(tables) > len(_JPEG_END) else content
        try:
            with Image.open(io.BytesIO(whole), formats=("JPEG",)) as picture:
                picture.draft("L", (1, 1))
                picture.load()
        except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
            raise DamagedFileError("a strip or tile is a JPEG that cannot be decoded") from None
