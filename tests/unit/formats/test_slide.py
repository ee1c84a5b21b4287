"""Whole slides: told by their scanner, measured, and what they say of a patient named."""

import io
import struct

import numpy as np
import pytest
import tifffile

from omics_orchestrator.formats import formats, identify

RANDOM = np.random.default_rng(20261123)
APERIO = "Aperio Image Library v12.0.15\r\n64x64 JPEG/RGB Q=70|AppMag = 20|MPP = 0.4990"
NAMED = "|Filename = DOE_JANE_1|User = jdoe|Date = 11/23/26|Time = 09:00:00|Title = "
LEICA = (
    '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection>'
    "<barcode>H26-1234</barcode><image><scanSettings><objectiveSettings><objective>40</objective>"
    "</objectiveSettings></scanSettings></image></collection></scn>"
)
QPI = (
    "<?xml version='1.0'?><PerkinElmer-QPI-ImageDescription><OperatorName>someone</OperatorName>"
    "<Objective>20x</Objective></PerkinElmer-QPI-ImageDescription>"
)


def svs(description: str, *, label: bool = False) -> io.BytesIO:
    file = io.BytesIO()
    base = RANDOM.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    with tifffile.TiffWriter(file) as writer:
        options = {"photometric": "rgb", "metadata": None, "software": False}
        writer.write(base, tile=(16, 16), description=description, **options)
        writer.write(base[::4, ::4], description=description, **options)
        writer.write(base[::2, ::2], tile=(16, 16), description=description, **options)
        if label:
            for name, kind in (("label", 1), ("macro", 9)):
                text = f"Aperio Image Library v12\r\n{name} 20x20"
                small = base[:20, :20]
                writer.write(small, description=text, subfiletype=kind, **options)
    return file


def written(description: str, software: str = "") -> io.BytesIO:
    file = io.BytesIO()
    page = RANDOM.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    tifffile.imwrite(
        file,
        page,
        photometric="rgb",
        description=description,
        software=software,
        metadata=None,
        resolution=(40_000, 40_000),
        resolutionunit="CENTIMETER",
    )
    return file


def test_a_slide_says_how_it_was_scanned() -> None:
    told = formats()["slide"].describe(svs(APERIO, label=True))
    assert told["vendor"] == "aperio"
    assert told["magnification"] == 20
    assert told["microns_per_pixel"] == 0.499
    assert (told["width"], told["height"], told["levels"]) == (64, 64, 2)
    assert told["associated_images"] == ["label", "macro", "thumbnail"]


def test_what_names_a_patient_on_a_slide_is_named_by_its_place() -> None:
    stream = svs(APERIO + NAMED, label=True)
    slide = formats()["slide"]
    assert slide.personal_fields(stream) == [
        "ImageDescription Filename",
        "ImageDescription User",
        "ImageDescription Date",
        "ImageDescription Time",
        "label image",
        "macro image",
    ]
    assert "DOE" not in repr(slide.describe(stream))
    assert slide.personal_fields(svs(APERIO + "|Filename = |User = removed")) == []


@pytest.mark.parametrize(
    ("content", "vendor", "magnification", "personal"),
    [
        (written(LEICA), "leica", 40, "ImageDescription barcode"),
        (written(QPI, "PerkinElmer-QPI"), "akoya", 20, "ImageDescription OperatorName"),
    ],
    ids=["leica", "akoya"],
)
def test_other_scanners_are_told_too(
    content: io.BytesIO, vendor: str, magnification: float, personal: str
) -> None:
    found = identify("slide.tif", content)
    assert found is formats()["slide"]
    told = found.describe(content)
    assert (told["vendor"], told["magnification"]) == (vendor, magnification)
    assert told["microns_per_pixel"] == 0.25
    assert personal in found.personal_fields(content)


def ndpi(*, magnification: float = 40.0) -> bytes:
    """A page as Hamamatsu writes it: places of 64 bits, their upper halves behind the page."""
    make, pixels = b"Hamamatsu\0", bytes([255, 216, 255, 217])
    tags = [
        (256, 4, 1, struct.pack("<I", 1)),
        (257, 4, 1, struct.pack("<I", 1)),
        (259, 3, 1, struct.pack("<I", 7)),
        (271, 2, len(make), struct.pack("<I", 16)),
        (273, 4, 1, struct.pack("<I", 32)),
        (279, 4, 1, struct.pack("<I", len(pixels))),
        (65420, 4, 1, struct.pack("<I", 1)),
        (65421, 11, 1, struct.pack("<f", magnification)),
    ]
    body = (b"II*\0" + struct.pack("<Q", 48)).ljust(16, b"\0") + make
    body = body.ljust(32, b"\0") + pixels
    page = struct.pack("<H", len(tags))
    page += b"".join(struct.pack("<HHI4s", *tag) for tag in tags)
    return body.ljust(48, b"\0") + page + bytes(8) + bytes(4 * len(tags))


def test_a_slide_of_hamamatsu_is_read_though_its_places_have_64_bits() -> None:
    content = ndpi()
    found = identify("slide.ndpi", io.BytesIO(content))
    assert found is formats()["slide"]
    finding = found.validate(io.BytesIO(content))
    assert finding.fault is None
    assert finding.facts["pages"] == 1
    for length in range(13, len(content) - 1, 7):
        assert found.validate(io.BytesIO(content[:length])).fault


def test_a_slide_cut_anywhere_is_found() -> None:
    content = svs(APERIO, label=True).getvalue()
    slide = formats()["slide"]
    for length in range(0, len(content), 997):
        assert slide.validate(io.BytesIO(content[:length])).fault
