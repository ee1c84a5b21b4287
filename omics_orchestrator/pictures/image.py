"""Thumbnails of photographs and figures, so small that writing in them cannot be read."""

from typing import BinaryIO

from PIL import Image

from omics_orchestrator.pictures import Drawer
from omics_orchestrator.pictures._answer import Drawn, answers
from omics_orchestrator.pictures._shrink import refuse_large, thumbnail

# A still of an endoscope has the patient's name burnt into it.
_LONGEST, _MOST_PIXELS = 128, 40_000_000
_KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@answers
def thumbnail_of(stream: BinaryIO) -> Drawn:
    """Draw a picture small; a JPEG is unpacked at an eighth of its size."""
    stream.seek(0)
    with Image.open(stream, formats=_KINDS) as picture:
        width, height = picture.size
        picture.draft("RGB", (_LONGEST, _LONGEST))
        refuse_large(*picture.size, _MOST_PIXELS)
        content = thumbnail(picture, _LONGEST)
    return Drawn(content, f"the picture, {width:,} by {height:,} pixels, made small")


DRAWER = Drawer(formats=("image",), kind="thumbnail", suffix="jpg", version=1, draw=thumbnail_of)
