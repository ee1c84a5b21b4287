"""Small pictures of invented histology slides: a PNG thumbnail and an OME-TIFF."""

from pathlib import Path
from uuid import UUID

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from omics_orchestrator.demo.gidamps.chance import Chance

_THUMBNAIL = 256
_SLIDE = 512
_MICROMETRES_A_PIXEL = 0.5
_PINK = np.array([226, 150, 190])
_PURPLE = np.array([96, 54, 130])


def write_thumbnail(path: Path, chance: Chance) -> None:
    """Write a PNG of 256 by 256 pixels."""
    Image.fromarray(_tissue(_THUMBNAIL, chance)).save(path)


def write_ome_tiff(path: Path, chance: Chance) -> None:
    """Write an RGB OME-TIFF of 512 by 512 pixels at 0.5 µm each."""
    tifffile.imwrite(
        path,
        _tissue(_SLIDE, chance),
        photometric="rgb",
        compression="deflate",
        ome=True,
        metadata={
            "axes": "YXS",
            "PhysicalSizeX": _MICROMETRES_A_PIXEL,
            "PhysicalSizeY": _MICROMETRES_A_PIXEL,
            # tifffile would make up another one at each writing.
            "UUID": str(UUID(int=chance.getrandbits(128))),
        },
    )


def _tissue(size: int, chance: Chance) -> NDArray[np.uint8]:
    """Paint round nuclei on a pink ground: height, width, RGB."""
    y, x = np.mgrid[:size, :size]
    nuclei = np.zeros((size, size))
    for _ in range(40):
        across, down = chance.randrange(size), chance.randrange(size)
        radius = chance.uniform(4, 14)
        nucleus = np.exp(-((y - down) ** 2 + (x - across) ** 2) / radius**2)
        nuclei = np.maximum(nuclei, nucleus)
    mixed: NDArray[np.float64] = nuclei[..., None] * _PURPLE + (1 - nuclei[..., None]) * _PINK
    return mixed.astype(np.uint8)
