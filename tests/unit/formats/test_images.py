"""TIFF, PNG and JPEG: what is cut, what is hostile, and what must not be told."""

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from omics_orchestrator.formats import DamagedFileError, Depth, Finding, formats
from omics_orchestrator.formats._ome import described_ome

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
RANDOM = np.random.default_rng(20261123)


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


def test_what_follows_a_tiff_is_counted_and_no_damage() -> None:
    finding = validated("tiff", pages(2) + b"behind")
    assert finding.facts == {"pages": 2, "bytes_behind": 6}


def test_pages_that_run_in_a_circle_are_found() -> None:
    content = bytearray(pages(1))
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        end = tif.pages.next_page_offset or 0
    content[end : end + 4] = struct.pack("<I", 8)
    assert validated("tiff", bytes(content)).fault == "its pages run in a circle"


def test_a_pyramid_whose_levels_are_chained_over_all_pages_is_whole() -> None:
    file = io.BytesIO()
    plane = np.zeros((2, 64, 64), np.uint8)  # tifffile lets a page's level lead to the next page's
    with tifffile.TiffWriter(file, ome=True) as out:
        out.write(plane, subifds=2, metadata={"axes": "CYX"})
        out.write(plane[:, ::2, ::2], subfiletype=1)
        out.write(plane[:, ::4, ::4], subfiletype=1)
    content = file.getvalue()
    assert validated("tiff", content).fault is None
    assert formats()["tiff"].describe(io.BytesIO(content))["levels"] == 3


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


def noted_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x013B] = "someone"
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0someone else"
    exif.get_ifd(0x8769)[0xA431] = "SN-1234"
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 22.0, 0.0)})
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_what_a_picture_says_of_a_person_is_named_by_its_place_and_not_told() -> None:
    stream = io.BytesIO(noted_jpeg())
    image = formats()["image"]
    told = image.describe(stream)
    assert told["has_place"] is True
    places = image.personal_fields(stream)
    assert set(places) == {
        "EXIF GPS position",
        "EXIF Artist",
        "EXIF UserComment",
        "EXIF BodySerialNumber",
    }
    assert "someone" not in repr((told, places))


@pytest.mark.parametrize(
    ("said", "alarm"), [("Jane Doe", True), ("anonymous", False), (" ", False)]
)
def test_a_png_text_is_an_alarm_when_it_says_something(said: str, alarm: bool) -> None:
    texts, file = PngInfo(), io.BytesIO()
    texts.add_text("Author", said)
    texts.add_text("Software", "a program")
    Image.new("L", (2, 2)).save(file, "PNG", pnginfo=texts)
    assert formats()["image"].personal_fields(file) == (["text Author"] if alarm else [])


def test_what_follows_the_end_of_a_png_is_found() -> None:
    assert validated("image", png(1, 1) + b"appended").fault
    assert validated("image", png(1, 1) + bytes(9)).fault is None
    assert validated("image", png(1, 1) + b"\n").fault is None


@pytest.mark.parametrize("suffix", ["webp", "gif", "bmp"])
def test_a_cut_picture_is_found(suffix: str) -> None:
    content = (SAMPLES / "image" / f"figure.{suffix}").read_bytes()
    assert validated("image", content).fault is None
    for length in range(0, len(content) - 1, 37):
        assert validated("image", content[:length]).fault


def ome(**said: str) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((2, 9, 9), np.uint8), ome=True, metadata={"axes": "CYX"})
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as tif:
        text = tif.ome_metadata or ""
    person = "".join(f' {name}="{value}"' for name, value in said.items())
    text = text.replace("<Image ", f'<Experimenter ID="Experimenter:0"{person}/><Image ', 1)
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((9, 9), np.uint8), description=text, metadata=None)
    return file.getvalue()


def test_ome_says_its_channels_and_names_its_experimenter_by_place_only() -> None:
    stream = io.BytesIO(ome(LastName="Doe", Email=""))
    tiff = formats()["tiff"]
    assert tiff.personal_fields(stream) == ["OME Experimenter LastName"]
    assert "Doe" not in repr(tiff.describe(stream))
    with (SAMPLES / "tiff" / "channels.ome.tiff").open("rb") as sample:
        told = tiff.describe(sample)
    assert told["channels"] == ["DAPI", "CD3", "EPCAM"]
    assert told["sizes"] == {"X": 20, "Y": 16, "Z": 1, "C": 3, "T": 1}
    assert told["microns_per_pixel"] == 0.25


def test_entities_in_ome_are_not_expanded() -> None:
    bomb = '<!DOCTYPE o [<!ENTITY a "aaaa">]><OME><Pixels SizeX="9"/>&a;</OME>'
    assert described_ome(bomb) == {}


def test_a_tile_that_does_not_begin_as_its_packing_does_is_found(shared: Path) -> None:
    path = shared / "fixtures" / "omics" / "image" / "rgb.tiled.zstd.u1.tif"
    content = bytearray(path.read_bytes())
    assert validated("tiff", bytes(content)).fault is None
    with tifffile.TiffFile(path) as tif:
        place = tif.pages[0].dataoffsets[1]
    content[place : place + 100] = bytes(100)
    assert "packing" in (validated("tiff", bytes(content)).fault or "")


@pytest.mark.parametrize("compression", ["zlib", "jpeg"])
def test_zeros_in_packed_pixels_are_found(compression: str) -> None:
    file, page = io.BytesIO(), RANDOM.integers(0, 255, (64, 64), np.uint8)
    if compression == "jpeg":
        Image.fromarray(page).save(file, "TIFF", compression="jpeg")
    else:
        tifffile.imwrite(file, page, tile=(16, 16), compression="zlib")
    content = bytearray(file.getvalue())
    assert validated("tiff", bytes(content)).fault is None
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        places = tif.pages[0].dataoffsets
        lengths = tif.pages[0].databytecounts
    content[places[-1] : places[-1] + lengths[-1]] = bytes(lengths[-1])
    assert validated("tiff", bytes(content)).fault


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


def test_what_follows_a_webp_is_found_and_zeros_are_padding() -> None:
    file = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(file, "WEBP", lossless=True)
    assert validated("image", file.getvalue() + bytes(100)).fault is None
    fault = validated("image", file.getvalue() + b"more").fault
    assert fault == "something else follows the end of a WebP"


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


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 1500), value=st.binary(min_size=1, max_size=8), data=st.data())
def test_changed_bytes_never_break_the_reader(
    place: int, value: bytes, data: st.DataObject
) -> None:
    name = data.draw(
        st.sampled_from(["tiff/channels.ome.tiff", "slide/biopsy.svs", "image/figure.gif"])
    )
    content = bytearray((SAMPLES / name).read_bytes())
    place = min(place, len(content) - len(value))
    content[place : place + len(value)] = value
    format_, stream = formats()[name.partition("/")[0]], io.BytesIO(bytes(content))
    for depth in Depth:
        format_.validate(stream, depth)
    with suppress(DamagedFileError):
        format_.personal_fields(stream)
