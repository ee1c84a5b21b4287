"""Where a picture's own notes (EXIF, XMP, IPTC, PNG text) may name a person or a place.

What every camera writes of itself and of the time is left out; a serial number leads to its owner.
"""

import re
from collections.abc import Iterator, Mapping

from PIL import Image, IptcImagePlugin
from PIL.ImageFile import ImageFile

from omics_orchestrator.formats._personal_words import names_a_person, says_nothing

_EXIF, _GPS = 0x8769, 0x8825
_NAMED = {
    0x010E: "ImageDescription", 0x013B: "Artist", 0x013C: "HostComputer", 0x8298: "Copyright",
    0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9F: "XPSubject",
}  # fmt: skip
_NAMED_IN_EXIF = {
    0x9286: "UserComment", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber",
    0xA435: "LensSerialNumber", 0xA420: "ImageUniqueID",
}  # fmt: skip
_PLACES = frozenset({2, 4, 7, 29})  # latitude, longitude, time, date
_XMP = (
    "dc:creator", "dc:rights", "dc:description", "dc:title", "exif:GPSLatitude",
    "exif:UserComment", "photoshop:City", "photoshop:Credit", "mwg-rs:Name",
    "MPReg:PersonDisplayName",
    "Iptc4xmpExt:PersonInImage", "aux:SerialNumber", "aux:OwnerName", "tiff:Artist",
)  # fmt: skip
_IPTC = {(2, 80): "By-line", (2, 116): "Copyright", (2, 120): "Caption", (2, 122): "Writer",
         (2, 90): "City", (2, 5): "Title"}  # fmt: skip
_PNG_TEXTS = {"author", "comment", "description", "title", "copyright", "disclaimer"}
# What cameras and programs write by themselves.
_OF_MACHINES = re.compile(
    r"(?i)\W*(?:olympus|sony|nikon|canon|samsung|kodak|minolta|konica)?\W*(?:dsc|digital camera"
    r"|screenshot|created with .*|lead technologies .*|ffd8.*|lavc[\d.]*|processed by .*)?\W*"
)
_ENCODING = 8


def personal_places(picture: Image.Image) -> list[str]:
    """Name the filled notes of a picture that may say who is meant, or where it was taken."""
    found = [*_of_exif(picture), *_of_xmp(picture.info), *_of_iptc(picture), *_of_texts(picture)]
    return list(dict.fromkeys(found))


def _of_exif(picture: Image.Image) -> Iterator[str]:
    exif = picture.getexif()
    if _PLACES & exif.get_ifd(_GPS).keys():
        yield "EXIF GPS position"
    for tags, names in ((exif, _NAMED), (exif.get_ifd(_EXIF), _NAMED_IN_EXIF)):
        for code, name in names.items():
            if _says_something(tags.get(code)):
                yield f"EXIF {name}"


def _of_xmp(info: Mapping[str | tuple[int, int], object]) -> Iterator[str]:
    xmp = _text(info.get("xmp") or info.get("XML:com.adobe.xmp"))
    for name in _XMP:
        held = re.search(rf'{name}(?:="([^"]*)"|(?:\s[^>]*)?>(.*?)</{name})', xmp, re.DOTALL)
        if held and _says_something(re.sub(r"<[^>]*>", "", held[1] or held[2] or "")):
            yield f"XMP {name}"


def _of_iptc(picture: Image.Image) -> Iterator[str]:
    found = IptcImagePlugin.getiptcinfo(picture) if isinstance(picture, ImageFile) else None
    for code, value in (found or {}).items():
        if code in _IPTC and _says_something(value):
            yield f"IPTC {_IPTC[code]}"


def _of_texts(picture: Image.Image) -> Iterator[str]:
    if picture.format in ("JPEG", "GIF", "MPO") and _says_something(picture.info.get("comment")):
        yield "comment"
    for name, value in getattr(picture, "text", {}).items():
        told = name.lower() in _PNG_TEXTS or names_a_person(name)
        if told and _says_something(value):
            yield f"text {name}"


def _says_something(value: object) -> bool:
    text = _text(value).strip("\0 ")
    return not says_nothing(text) and not _OF_MACHINES.fullmatch(text)


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_text, value))
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    if value[:_ENCODING] in (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0"):
        value = value[_ENCODING:]
    return value.replace(b"\0", b"").decode("latin-1")
