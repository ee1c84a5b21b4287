"""TIFF and OME-TIFF images: microscopy, scans, figures.

What they say in ImageDescription may name a person, so only sizes, channels and times are told.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._ome import described_ome, personal_ome
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing
from omics_orchestrator.formats._tiff_file import (
    opened_tiff,
    packing_of_page,
    resolution_in_microns,
)
from omics_orchestrator.formats._tiff_pages import follow_pages
from omics_orchestrator.formats._tiff_pixels import PixelCheck

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DICOM = b"DICM"
_DICOM_PLACE = 128
_PERSONAL_TAGS = {315: "Artist tag", 33432: "Copyright tag", 34853: "GPS position"}
_FIELD = re.compile(r"(?:^|[\r\n|;,{])\s*\"?([A-Za-z][\w ]{0,40}?)\"?\s*[=:]\s*\"?([^\r\n|;,\"]*)")


def sniff(head: Head) -> bool:
    """TIFF's magic, unless a slide scanner or DICOM claims it."""
    dicom = head.raw.startswith(_DICOM, _DICOM_PLACE)
    return head.raw.startswith(_MAGICS) and not dicom and not head.scanner


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Pages, kinds (ome, imagej …), the first image's axes, shape and type, and OME's channels."""
    with opened_tiff(stream) as tif:
        image = tif.series[0]
        page = image.keyframe
        ome = described_ome(tif.ome_metadata) if tif.ome_metadata else {}
        return {
            "pages": len(tif.pages),
            "images": len(tif.series),
            "kinds": sorted(tif.flags),
            "axes": image.axes,
            "shape": [int(length) for length in image.shape],
            "levels": len(image.levels),
            "dtype": str(image.dtype),
            "compression": packing_of_page(page),
            "bigtiff": bool(tif.is_bigtiff),
            "microns_per_pixel": ome.pop("microns_per_pixel", None) or resolution_in_microns(page),
            **ome,
        }


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Follow every page to the last byte of its pixels."""
    return follow_pages(stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Follow every page, and unpack the pixels that are deflated or JPEG."""
    check = PixelCheck(stream, decode_jpeg=True)
    pages = follow_pages(stream, check)
    return {**pages, **({"tiles_unpacked": check.unpacked} if check.unpacked else {})}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name the tags for a maker or a place, OME's people, and described fields of a person."""
    with opened_tiff(stream) as tif:
        page = tif.pages[0]
        found = [
            name
            for code, name in _PERSONAL_TAGS.items()
            if not says_nothing(str(page.tags.valueof(code) or ""))
        ]
        if tif.ome_metadata:
            return [*found, *personal_ome(tif.ome_metadata)]
        return [*found, *_described_people(page)]


def _described_people(page: Any) -> list[str]:
    text = page.description[: 64 << 10]
    fields = [
        name
        for name, value in _FIELD.findall(text)
        if names_a_person(name) and not says_nothing(value)
    ]
    return [f"ImageDescription {name}" for name in dict.fromkeys(fields)]


FORMAT = Format(
    name="tiff",
    suffixes=(".tif", ".tiff", ".btf", ".tf8", ".lsm"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
