"""The pixels of a DICOM file: whether there are as many as its header says, and can be decoded."""

import io
import struct
from typing import BinaryIO

from PIL import Image

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._dicom_elements import ITEM, PIXELS, UNDEFINED, Element

_SAMPLES, _PHOTOMETRIC, _FRAMES = 0x00280002, 0x00280004, 0x00280008
_ROWS, _COLUMNS, _BITS, _KIND = 0x00280010, 0x00280011, 0x00280100, 0x00080016
_ALL_PIXELS = (0x7FE00008, 0x7FE00009, PIXELS)
# Pixels that a server gives when it is asked (JPIP).
_ELSEWHERE = 0x00287FE0
_TABLES = {_SAMPLES: "samples", _ROWS: "rows", _COLUMNS: "columns", _BITS: "bits"}
_JPEG_END = b"\xff\xd9"
_JPEG_START = (b"\xff\xd8", b"\xff\x4f", b"\0\0\0\x0c")
_JPEG = "1.2.840.10008.1.2.4."
# What Pillow decodes without fail; it refuses some whole JPEG 2000 pictures.
_DECODED = f"{_JPEG}50"
# MPEG-2, H.264 and HEVC: one stream of all frames, in as many fragments as its writer liked.
_VIDEO = tuple(f"{_JPEG}{number}" for number in range(100, 109))
_LARGEST_FRAGMENT = 256 << 20


class Pixels:
    """What is learned of the pixels while the elements go by.

    Attributes:
        frames: how many there are, as the header says.
        kind: the UID of the file's class, blank until it came by.
    """

    def __init__(self) -> None:
        self._said: dict[str, int] = {}
        self._photometric = ""
        self._plain: Element | None = None
        self._fragments: list[Element] | None = None
        self._elsewhere = False
        self.frames = 1
        self.kind = ""

    def learn(self, element: Element, stream: BinaryIO) -> None:
        """Take note of an element that says how many pixels there are, or that holds them."""
        if element.level == 1 and self._fragments is not None and element.tag == ITEM:
            self._fragments.append(element)
        if element.level:
            return
        if element.tag in _TABLES:
            self._said[_TABLES[element.tag]] = _number(element, stream)
        elif element.tag == _FRAMES and element.length:
            self.frames = _counted(_bytes(element, stream))
        elif element.tag == _PHOTOMETRIC:
            self._photometric = _bytes(element, stream).decode("ascii", "replace").strip("\0 ")
        elif element.tag == _KIND:
            self.kind = _bytes(element, stream).decode("ascii", "replace").strip("\0 ")
        else:
            self._find(element)

    def _find(self, element: Element) -> None:
        self._elsewhere |= element.tag == _ELSEWHERE
        if element.tag in _ALL_PIXELS:
            self._fragments = [] if element.length == UNDEFINED else None
            self._plain = element if element.length != UNDEFINED else None

    @property
    def absent(self) -> bool:
        """Tell whether no element with pixels came by, or with the place to ask for them."""
        return self._plain is None and self._fragments is None and not self._elsewhere

    def facts(self) -> dict[str, object]:
        """Give rows, columns and bits of an image, and its frames."""
        if "rows" not in self._said:
            return {}
        return {**self._said, "frames": self.frames}

    def check(self, stream: BinaryIO, syntax: str, *, decode: bool) -> None:
        """Raise DamagedFileError when there are fewer pixels than said, or a frame is broken."""
        if self._plain and self._plain.length < self._expected():
            raise DamagedFileError("it has fewer pixels than it says")
        if self._fragments is None:
            return
        fragments = self._fragments[1:]  # the first is a table of places
        if len(fragments) < (1 if syntax.startswith(_VIDEO) else self.frames):
            raise DamagedFileError("it has fewer frames than it says")
        if len(fragments) == self.frames and syntax.startswith(_JPEG) and syntax < f"{_JPEG}94":
            for fragment in fragments:
                _check_frame(fragment, stream, decoded=decode and syntax == _DECODED)

    def _expected(self) -> int:
        said = self._said
        if len(said) < len(_TABLES):
            return 0
        samples = 2 if self._photometric == "YBR_FULL_422" else said["samples"]
        bits = said["rows"] * said["columns"] * samples * said["bits"] * self.frames
        return (bits + 7) // 8


def _check_frame(fragment: Element, stream: BinaryIO, *, decoded: bool) -> None:
    if fragment.length > _LARGEST_FRAGMENT:
        raise DamagedFileError("a frame is absurdly large")
    content = _bytes(fragment, stream)
    if not content.startswith(_JPEG_START) or _JPEG_END not in content[-64:]:
        raise DamagedFileError("a frame is not a whole picture")
    if decoded:
        decode(content)


def decode(content: bytes) -> None:
    """Decode a JPEG picture; DamagedFileError when that fails."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError):
        raise DamagedFileError("a frame cannot be decoded") from None


def _number(element: Element, stream: BinaryIO) -> int:
    content = _bytes(element, stream)[:2].ljust(2, b"\0")
    return int(struct.unpack(f"{element.order}H", content)[0])


def _bytes(element: Element, stream: BinaryIO) -> bytes:
    stream.seek(element.place)
    return stream.read(element.length)


def _counted(text: bytes) -> int:
    number = text.strip(b"\0 ")
    if number.startswith(b"+"):
        number = number[1:]
    if not number.isdigit():
        raise DamagedFileError("its number of frames is no number")
    return max(1, int(number))
