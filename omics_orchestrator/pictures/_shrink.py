"""Make a thumbnail: pixels alone, without whatever else a picture carries."""

import io

import numpy as np
from PIL import Image, ImageOps

from omics_orchestrator.pictures._answer import NotDrawnError

_QUALITY = 80
_DEEP = ("I;16", "I;16B", "I;16L", "I", "F")
_DARKEST, _BRIGHTEST = 0.5, 99.8
_MILLION = 1_000_000


def refuse_large(width: int, height: int, most: int) -> None:
    """Refuse to unpack more pixels than fit into little memory."""
    if width * height > most:
        raise NotDrawnError(
            f"it has {width * height // _MILLION} megapixels and no smaller level; "
            f"no more than {most // _MILLION} are unpacked"
        )


def thumbnail(picture: Image.Image, longest: int) -> bytes:
    """A JPEG of a picture that is at most `longest` pixels wide and high."""
    if picture.mode in _DEEP:
        picture = _stretched(picture, longest)
    picture.thumbnail((longest, longest))
    turned = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", turned.size, "white")
    plain = Image.alpha_composite(ground, turned).convert("RGB")
    # A picture of Pillow's keeps comments and profiles, and writes them again.
    bare = Image.frombytes("RGB", plain.size, plain.tobytes())
    file = io.BytesIO()
    bare.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _stretched(picture: Image.Image, longest: int) -> Image.Image:
    """Deep pixels as 256 greys between the darkest and the brightest, a few odd ones left out."""
    step = max(1, max(picture.size) // (2 * longest))
    values = np.asarray(picture)[::step, ::step].astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise NotDrawnError("its pixels are no numbers")
    low, high = np.percentile(finite, (_DARKEST, _BRIGHTEST))
    grey = np.nan_to_num((values - low) / max(high - low, 1e-12))
    return Image.fromarray((grey.clip(0, 1) * 255).astype(np.uint8))
