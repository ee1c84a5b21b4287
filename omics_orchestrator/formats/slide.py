"""Whole slides of pathology in the TIFF dialects of scanners: SVS, NDPI, SCN, BIF, QPTIFF, Philips.

Read by tifffile, which needs no path; OpenSlide gives no more of these and does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._slide_vendors import (
    magnification_in,
    microns_in,
    personal_places,
    scanner_of,
)
from omics_orchestrator.formats._tiff_file import (
    opened_tiff,
    packing_of_page,
    resolution_in_microns,
)
from omics_orchestrator.formats._tiff_pages import follow_pages, is_ndpi
from omics_orchestrator.formats._tiff_pixels import PixelCheck

_XMP, _NDPI_MAGNIFICATION, _NDPI_REFERENCE, _DATE = 700, 65421, 65427, 306
_HEAD = 64 << 10


def sniff(head: Head) -> bool:
    """TIFF in which a slide scanner's maker names itself."""
    return bool(head.scanner)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Scanner, magnification, size of a pixel, levels, and which other pictures are with it."""
    with opened_tiff(stream) as tif:
        page, text = tif.pages[0], _text(tif)
        told = page.tags.valueof(_NDPI_MAGNIFICATION)
        slide = _slide(tif)
        return {
            "vendor": _vendor(stream),
            "magnification": float(told) if told else magnification_in(text),
            "microns_per_pixel": microns_in(text) or resolution_in_microns(slide.keyframe),
            "width": int(slide.keyframe.imagewidth),
            "height": int(slide.keyframe.imagelength),
            "levels": len(slide.levels),
            "pages": len(tif.pages),
            "associated_images": _pictures(tif),
            "compression": packing_of_page(slide.keyframe),
        }


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Follow every page to the last byte of its pixels."""
    return follow_pages(stream)


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Follow every page, and unpack the tiles that are JPEG or deflated."""
    # A page of NDPI is one JPEG, larger than JPEG allows; its marks are looked at.
    check = PixelCheck(stream, decode_jpeg=not is_ndpi(stream))
    return {**follow_pages(stream, check), "tiles_unpacked": check.unpacked}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Name the filled fields of the description, and a label or macro picture.

    The label is a photograph of what is written on the glass; the macro picture often shows it.
    """
    with opened_tiff(stream) as tif:
        tags = tif.pages[0].tags
        of_ndpi = [
            f"{tags[code].name} tag"
            for code in (_NDPI_REFERENCE, _DATE)
            if tif.is_ndpi and str(tags.valueof(code) or "").strip()
        ]
        return [*of_ndpi, *personal_places(_text(tif), _pictures(tif))]


def _vendor(stream: BinaryIO) -> str:
    stream.seek(0)
    return scanner_of(stream.read(_HEAD), stream)


def _text(tif: Any) -> str:
    xmp = tif.pages[0].tags.valueof(_XMP) or b""
    return str(tif.pages[0].description) + (xmp.decode("utf-8", "replace") if xmp else "")


def _slide(tif: Any) -> Any:
    """Give the series with the most pixels: some scanners put the label first."""
    return max(
        tif.series, key=lambda series: series.keyframe.imagewidth * series.keyframe.imagelength
    )


def _pictures(tif: Any) -> list[str]:
    slide = _slide(tif)
    return sorted(
        series.name.lower() for series in tif.series if series is not slide and series.name
    )


FORMAT = Format(
    name="slide",
    suffixes=(".svs", ".ndpi", ".scn", ".bif", ".qptiff"),
    modality="imaging",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
    shared_suffixes=(".tif", ".tiff"),
)
