"""Pictures of files: what is shown, what never is, and that no file stops who draws it."""

import io
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from omics_orchestrator.formats import formats
from omics_orchestrator.formats._apart import _READER
from omics_orchestrator.pictures import Picture, draw, drawers

SAMPLES = Path(__file__).parents[2] / "samples"
RANDOM = np.random.default_rng(20261124)
TISSUE, LABEL = (200, 120, 160), (0, 255, 0)
APERIO = "Aperio Image Library v12.0.15\r\n2048x1024 JPEG/RGB Q=70|AppMag = 20|MPP = 0.4990"
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = sorted(
    path
    for name in drawers()
    for path in (SAMPLES / name).iterdir()
    if path.name != "no_reads.fastq.gz" and name != "h5ad"
)


def drawn(name: str, content: bytes) -> Picture:
    return draw(name, io.BytesIO(content))


def texts(picture: Picture) -> list[str | None]:
    root = ET.fromstring(picture.content)  # noqa: S314  # drawn by ourselves
    assert root.tag == f"{SVG}svg"
    return [each.text for each in root.iter(f"{SVG}text")]


def colours(picture: Picture) -> np.ndarray:
    with Image.open(io.BytesIO(picture.content)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def plain(size: tuple[int, int], colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((*size, 3), colour, np.uint8)


def slide(packing: str | None = None, *, label: tuple[int, int] = (300, 300)) -> bytes:
    """An SVS of tissue in one colour, with a label and a macro page in another."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        options = {"photometric": "rgb", "metadata": None, "software": False}

        def page(size: tuple[int, int], colour: tuple[int, int, int], **more: object) -> None:
            writer.write(plain(size, colour), compression=packing, **options, **more)

        tiled = {"tile": (128, 128), "description": APERIO}
        page((1024, 2048), TISSUE, **tiled)
        page((90, 90), LABEL, description=APERIO)
        page((256, 512), TISSUE, **tiled)
        for name, kind in (("label", 1), ("macro", 9)):
            text = f"Aperio Image Library v12.0.15\r\n{name} {label[1]}x{label[0]}"
            page(label, LABEL, description=text, subfiletype=kind)
    return file.getvalue()


def packed(packing: str) -> bytes:
    """A TIFF of one page, written by Pillow."""
    file = io.BytesIO()
    Image.fromarray(plain((300, 500), TISSUE)).save(file, "TIFF", compression=packing)
    return file.getvalue()


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.name)
def test_every_whole_sample_has_a_small_picture_that_says_what_it_shows(path: Path) -> None:
    with path.open("rb") as stream:
        picture = draw(path.parent.name, stream)
    assert picture.reason == ""
    assert picture.shows
    if drawers()[path.parent.name].suffix == "svg":
        assert texts(picture)
    else:
        assert max(colours(picture).shape) <= 256


@pytest.mark.parametrize("packing", [None, "deflate"])
def test_of_a_slide_the_tissue_is_shown_and_never_its_label(packing: str | None) -> None:
    picture = drawn("slide", slide(packing))
    assert np.abs(colours(picture) - TISSUE).max() < 12
    assert colours(picture).shape[:2] == (128, 256)


@pytest.mark.parametrize("packing", ["jpeg", "tiff_lzw", "tiff_deflate", "packbits", "raw"])
def test_pages_are_unpacked_however_they_are_packed(packing: str) -> None:
    assert np.abs(colours(drawn("tiff", packed(packing))) - TISSUE).max() < 12


@pytest.mark.parametrize("code", [33003, 33005])
def test_the_jpeg_2000_of_slides_is_unpacked_tile_by_tile(code: int) -> None:
    file, tile = io.BytesIO(), io.BytesIO()
    tifffile.imwrite(file, plain((256, 512), TISSUE), tile=(128, 128), photometric="rgb")
    image = Image.fromarray(plain((128, 128), TISSUE))
    written = image.convert("YCbCr") if code == 33003 else image
    Image.frombytes("RGB", image.size, written.tobytes()).save(tile, "JPEG2000", no_jp2=True)
    content = bytearray(file.getvalue())
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        page = tif.pages[0]
        struct.pack_into("<H", content, page.tags[259].valueoffset, code)
        for place, length in zip(page.dataoffsets, page.databytecounts, strict=True):
            content[place : place + length] = tile.getvalue().ljust(length, b"\0")
    assert np.abs(colours(drawn("tiff", bytes(content))) - TISSUE).max() < 12


def test_a_label_that_is_larger_than_the_tissue_is_no_picture_either() -> None:
    assert "label" in drawn("slide", slide(label=(3000, 3000))).reason


def test_an_ome_tiff_whose_first_image_is_a_label_shows_the_other() -> None:
    file = io.BytesIO()
    with tifffile.TiffWriter(file, ome=True) as writer:
        writer.write(plain((90, 90), LABEL), photometric="rgb", metadata={"Name": "label image"})
        writer.write(plain((300, 400), TISSUE), photometric="rgb", metadata={"Name": "tissue"})
    assert np.abs(colours(drawn("tiff", file.getvalue())) - TISSUE).max() < 12


def test_a_label_alone_is_no_picture() -> None:
    file = io.BytesIO()
    with tifffile.TiffWriter(file, ome=True) as writer:
        writer.write(plain((90, 90), LABEL), photometric="rgb", metadata={"Name": "label image"})
    assert "label" in drawn("tiff", file.getvalue()).reason


def test_of_a_large_slide_only_its_smallest_level_is_read() -> None:
    class Counted(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            self.read_bytes += len(found)
            return found

    stream = Counted(slide())
    assert draw("slide", stream).content
    assert stream.read_bytes < len(stream.getvalue()) / 4


def test_a_large_image_without_levels_is_refused_by_name() -> None:
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((4100, 4100), np.uint8), compression="zlib")
    assert "megapixels" in drawn("tiff", file.getvalue()).reason


def test_dim_pixels_of_sixteen_bits_are_stretched_to_be_seen() -> None:
    file = io.BytesIO()
    pixels = np.tile(np.linspace(100, 900, 400).astype(np.uint16), (300, 1))
    tifffile.imwrite(file, pixels, byteorder=">")
    grey = colours(drawn("tiff", file.getvalue()))[:, :, 0]
    assert grey[:, :10].max() < 30
    assert grey[:, -10:].min() > 225


def test_nothing_but_pixels_goes_along() -> None:
    canary = "Jane Doe was here"
    image, exif, note = Image.new("RGB", (60, 40), TISSUE), Image.Exif(), PngInfo()
    exif[0x010E] = exif[0x9286] = canary
    note.add_text("Comment", canary)
    for kind, more in (("PNG", {"pnginfo": note}), ("JPEG", {"comment": canary.encode()})):
        file = io.BytesIO()
        image.save(file, kind, exif=exif, icc_profile=canary.encode(), **more)
        assert canary.encode() in file.getvalue()
        assert canary.encode() not in drawn("image", file.getvalue()).content


def test_what_is_written_in_a_photograph_is_too_small_to_be_read() -> None:
    still = Image.new("RGB", (1920, 1080), "black")
    ImageDraw.Draw(still).text((60, 60), "DOE, JANE 1961-02-03", fill="white", font_size=28)
    file = io.BytesIO()
    still.save(file, "PNG")
    assert max(colours(drawn("image", file.getvalue())).shape) == 128


def test_a_plot_of_reads_says_of_how_many_it_is() -> None:
    read = b"@r\nACGTACGT\n+\nIIIIII!!\n"
    few = drawn("fastq", read * 9)
    many = drawn("fastq", read * 10_001)
    assert few.shows.endswith("all 9 reads")
    assert many.shows.endswith("the first 10,000 reads")
    assert "highest 40, lowest 0" in texts(few)


def test_long_reads_are_drawn_in_bounded_memory() -> None:
    length = 300_000
    record = b"@r\n" + b"A" * length + b"\n+\n" + b"5" * length + b"\n"
    assert "reads" in drawn("fastq", record * 30).shows


def cells(write: str, **more: object) -> bytes:
    counts = RANDOM.poisson(0.4, (120, 40)).astype(np.float32)
    symbols = [f"GENE{n}" for n in range(36)] + ["MT-ND1", "MT-CO1", "MT-CYB", "MT-ATP6"]
    written = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}.get(write, np.array)
    data = anndata.AnnData(
        X=written(counts),
        obs=pd.DataFrame(index=[f"cell{n}" for n in range(120)]),
        var=pd.DataFrame(index=symbols),
        **more,
    )
    return saved(data)


def saved(data: anndata.AnnData) -> bytes:
    from tempfile import TemporaryDirectory  # noqa: PLC0415  # anndata writes by path only

    with TemporaryDirectory() as folder:
        data.write_h5ad(Path(folder) / "cells.h5ad")
        return (Path(folder) / "cells.h5ad").read_bytes()


@pytest.mark.parametrize("write", ["csr", "csc", "dense"])
def test_cells_are_plotted_alike_however_they_are_written(write: str) -> None:
    picture = drawn("h5ad", cells(write))
    assert picture.shows == "counts and genes of all 120 cells, from X"
    assert "mitochondrial counts, %" in texts(picture)


def test_of_many_cells_a_sample_is_plotted_and_it_is_said() -> None:
    counts = scipy.sparse.random(9_000, 50, 0.2, "csr", random_state=1)
    counts.data = np.ceil(counts.data * 9)
    assert "2,000 of 9,000 cells" in drawn("h5ad", saved(anndata.AnnData(X=counts))).shows


def test_scaled_values_are_no_counts_and_a_layer_of_counts_is_found() -> None:
    counts = RANDOM.poisson(2, (50, 9)).astype(np.float32)
    scaled = anndata.AnnData(X=np.log1p(counts))
    assert "no counts" in drawn("h5ad", saved(scaled)).reason
    scaled.layers["counts"] = counts
    assert "from layers/counts" in drawn("h5ad", saved(scaled)).shows


_BY_FORMAT = {
    "slide": slide("deflate"),
    "image": (SAMPLES / "image/figure.png").read_bytes(),
    "tiff": (SAMPLES / "tiff/pyramid.tif").read_bytes(),
    "fastq": (SAMPLES / "fastq/IBD-001_S1_L002_R1_001.fastq.gz").read_bytes(),
    "h5ad": (SAMPLES / "h5ad/cells.h5ad").read_bytes(),
}


@pytest.mark.parametrize("name", sorted(_BY_FORMAT))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_is_a_reason_or_a_picture_and_never_an_error(name: str, data: st.DataObject) -> None:
    content = bytearray(_BY_FORMAT[name])
    places = st.integers(0, min(len(content), 8192) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        content[place] = byte
    cut = data.draw(st.integers(0, len(content)))
    picture = drawn(name, bytes(content[: cut or None]))
    assert bool(picture.content) != bool(picture.reason)


def test_what_c_libraries_say_of_a_broken_file_stays_out_of_the_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    content = bytearray(packed("tiff_lzw"))
    content[8:400] = bytes(392)
    _READER.end()  # the next child writes where this test listens
    drawn("tiff", bytes(content))
    assert capfd.readouterr() == ("", "")


def test_every_format_with_pictures_is_one_of_ours() -> None:
    assert set(drawers()) <= set(formats())
