"""TIFF, PNG and JPEG: what is cut, what is hostile, and what must not be told."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from omics_orchestrator.formats import Finding, formats

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def validated(name: str, content: bytes) -> Finding:
    return formats()[name].validate(io.BytesIO(content))


def pages(count: int) -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for number in range(count):
            writer.write(np.full((30, 30), number, np.uint8), contiguous=False)
    return file.getvalue()


def test_a_tiff_cut_behind_its_first_page_is_found() -> None:
    content = pages(4)
    assert validated("tiff", content) == Finding(None, {"pages": 4})
    for length in range(1000, len(content) - 1, 101):
        assert validated("tiff", content[:length]).fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"II*\0\0\0\0\0", "it has no page"),
        (b"II*\0\x08\0\0\0", "the file ends before a page does"),
        (b"II*\0\x08\0\0\0\0\0\0\0\0\0", "a page has no tags or absurdly many"),
        (
            b"MM\0*\0\0\0\x08\0\1\x01\0\0\4\0\0\0\1\0\0\0\5\0\0\0\0",
            "a page does not say where its pixels are",
        ),
        (b"II*", "the file ends before a page does"),
    ],
)
def test_a_broken_tiff_is_named(content: bytes, fault: str) -> None:
    assert validated("tiff", content).fault == fault


def test_pages_that_run_in_a_circle_are_found() -> None:
    content = bytearray(pages(1))
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        end = tif.pages.next_page_offset or 0
    content[end : end + 4] = struct.pack("<I", 8)
    assert validated("tiff", bytes(content)).fault == "its pages run in a circle"


def test_a_cut_lower_level_of_a_pyramid_is_found() -> None:
    content = (SAMPLES / "tiff" / "pyramid.tif").read_bytes()
    assert validated("tiff", content[:-1]).fault == "the file ends before a page does"


def test_an_ome_tiff_does_not_make_us_open_another_file(tmp_path: Path) -> None:
    other = tmp_path / "other.ome.tif"
    tifffile.imwrite(other, np.zeros((2, 9, 9), np.uint8), ome=True, metadata={"axes": "CYX"})
    ours = tmp_path / "ours.ome.tif"
    with tifffile.TiffFile(other) as tif:
        ome = (tif.ome_metadata or "").replace(
            '<TiffData IFD="0" PlaneCount="2"/>',
            '<TiffData IFD="0" PlaneCount="1"/><TiffData FirstC="1" IFD="0" PlaneCount="1">'
            '<UUID FileName="other.ome.tif">urn:uuid:00000000-0000-0000-0000-000000000000</UUID>'
            "</TiffData>",
        )
    assert "FileName" in ome
    tifffile.imwrite(ours, np.zeros((9, 9), np.uint8), description=ome, metadata=None)
    other.write_bytes(b"")
    with ours.open("rb") as stream:
        assert formats()["tiff"].describe(stream)["pages"] == 1


def test_what_an_image_says_of_a_person_is_not_told() -> None:
    for name in ("image/endoscopy.jpg", "tiff/channels.ome.tiff"):
        with (SAMPLES / name).open("rb") as stream:
            told = formats()[name.partition("/")[0]].describe(stream)
        assert "someone" not in repr(told)
    jpeg = (SAMPLES / "image" / "endoscopy.jpg").read_bytes()
    assert b"someone" in jpeg
    assert formats()["image"].describe(io.BytesIO(jpeg))["has_place"] is True


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(width + 1)))
        + chunk(b"IEND", b"")
    )


def test_a_picture_that_claims_too_many_pixels_is_refused_at_once() -> None:
    bomb = png(60_000, 60_000)
    assert validated("image", bomb).fault == "it claims more pixels than are safe to open"
    assert validated("image", png(10, 1)).fault is None


def test_a_flipped_bit_in_a_png_is_found() -> None:
    content = bytearray((SAMPLES / "image" / "figure.png").read_bytes())
    content[len(content) // 2] ^= 1
    assert validated("image", bytes(content)).fault == "its picture cannot be read"


def test_a_jpeg_without_its_end_is_found() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "JPEG")
    content = file.getvalue()
    assert validated("image", content).fault is None
    assert validated("image", content + b"appended by a camera").fault is None
    assert validated("image", content[:-2]).fault
