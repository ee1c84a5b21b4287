"""Thumbnails of slides and TIFF images, from the smallest level of their largest picture.

Beside the tissue a slide holds photographs of its label and of the whole glass, on which people are
named: only levels of the largest picture are drawn, and only those that have its shape.
"""

import re
from typing import Any, BinaryIO

from omics_orchestrator.formats._tiff_file import opened_tiff
from omics_orchestrator.pictures import Drawer
from omics_orchestrator.pictures._answer import Drawn, NotDrawnError, answers
from omics_orchestrator.pictures._one_page import unpacked
from omics_orchestrator.pictures._shrink import refuse_large, thumbnail

_LONGEST, _MOST_PIXELS = 256, 16_000_000
_NAMES_PEOPLE = re.compile("label|macro|overview|barcode", re.IGNORECASE)
# Levels are rounded to whole pixels, or to whole tiles.
_SAME_SHAPE, _PIXELS_MORE = 0.05, 2


@answers
def level_of(stream: BinaryIO) -> Drawn:
    """Draw the smallest level that is large enough."""
    with opened_tiff(stream) as tif:
        image = max(tif.series, key=lambda series: _pixels(series.keyframe))
        told = f"{image.name} {image.keyframe.description[:200]}"
        if _NAMES_PEOPLE.search(told.partition("|")[0]):
            raise NotDrawnError("its largest picture is that of a label or of the whole glass")
        page = _level(image)
        refuse_large(page.imagewidth, page.imagelength, _MOST_PIXELS)
        with unpacked(page) as picture:
            content = thumbnail(picture, _LONGEST)
        width, height = image.keyframe.imagewidth, image.keyframe.imagelength
        return Drawn(content, f"the image, {width:,} by {height:,} pixels, made small")


def _level(image: Any) -> Any:
    base = image.keyframe
    pages = [level.keyframe for level in image.levels]
    fitting = [page for page in pages if _has_shape(page, base)]
    large = [page for page in fitting if max(page.imagewidth, page.imagelength) >= _LONGEST]
    return min(large or [base], key=_pixels)


def _pixels(page: Any) -> int:
    return int(page.imagewidth) * int(page.imagelength)


def _has_shape(page: Any, base: Any) -> bool:
    expected = base.imagelength * page.imagewidth / base.imagewidth
    return bool(abs(page.imagelength - expected) <= _PIXELS_MORE + _SAME_SHAPE * expected)


DRAWER = Drawer(formats=("slide", "tiff"), kind="thumbnail", suffix="jpg", version=1, draw=level_of)
