"""Make the tiny whole images of tests/samples: `python tests/samples/make_imaging_samples.py`.

Written by the field's own libraries (tifffile, pydicom, PyAV, Pillow). All content is invented, and
none of it names a person: what does is made by the tests.
"""

import gzip
from pathlib import Path

import av
import numpy as np
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20261123)
APERIO = (
    "Aperio Image Library v12.0.15 \r\n64x64 [0,0 64x64] (16x16) JPEG/RGB Q=70"
    "|AppMag = 20|MPP = 0.4990|Filename = |User = removed"
)


def folder(format_name: str) -> Path:
    path = HERE / format_name
    path.mkdir(exist_ok=True)
    return path


def tiff() -> None:
    stack = RANDOM.integers(0, 255, (3, 16, 20), dtype=np.uint8)
    tifffile.imwrite(
        folder("tiff") / "channels.ome.tiff",
        stack,
        ome=True,
        metadata={
            "axes": "CYX",
            "PhysicalSizeX": 0.25,
            "PhysicalSizeXUnit": "µm",
            "Channel": {"Name": ["DAPI", "CD3", "EPCAM"]},
        },
    )
    tifffile.imwrite(folder("tiff") / "big.tif", stack[0], bigtiff=True, compression="zlib")
    with tifffile.TiffWriter(folder("tiff") / "pyramid.tif") as writer:
        base = RANDOM.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        writer.write(base, tile=(16, 16), subifds=1, photometric="rgb")
        writer.write(base[::2, ::2], tile=(16, 16), subfiletype=1, photometric="rgb")


def slide() -> None:
    base = RANDOM.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    with tifffile.TiffWriter(folder("slide") / "biopsy.svs") as writer:
        options = {"photometric": "rgb", "metadata": None, "software": False}
        writer.write(base, tile=(16, 16), description=APERIO, compression="zlib", **options)
        writer.write(base[::4, ::4], description=APERIO, compression="zlib", **options)
        writer.write(base[::2, ::2], tile=(16, 16), description=APERIO, **options)


def image() -> None:
    picture = Image.fromarray(RANDOM.integers(0, 255, (20, 30, 3), dtype=np.uint8))
    picture.save(folder("image") / "figure.png")
    exif = Image.Exif()
    exif[0x0110] = "EndoCam"
    exif[0x013B] = "anonymous"
    picture.save(folder("image") / "endoscopy.jpg", exif=exif, quality=60)
    for suffix in ("webp", "gif", "bmp"):
        picture.save(folder("image") / f"figure.{suffix}")


def dataset(syntax: UID) -> Dataset:
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = syntax
    found.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    found.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    found.PatientName = "Anonymous"
    found.PatientID = ""
    found.Modality = "MR"
    found.BodyPartExamined = "ABDOMEN"
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.Rows, found.Columns = 8, 10
    found.BitsAllocated = found.BitsStored = 16
    found.HighBit, found.PixelRepresentation = 15, 0
    found.PixelData = RANDOM.integers(0, 4096, (8, 10), dtype=np.uint16).tobytes()
    region = Dataset()
    region.CodeValue = "T-D4000"
    found.AnatomicRegionSequence = [region]
    return found


def jpeg_frame() -> bytes:
    path = HERE / "frame.jpg"
    Image.fromarray(RANDOM.integers(0, 255, (16, 16), dtype=np.uint8)).save(path)
    content = path.read_bytes()
    path.unlink()
    return content


def dicom() -> None:
    plain = dataset(ExplicitVRLittleEndian)
    plain.save_as(folder("dicom") / "abdomen.dcm", enforce_file_format=True)
    content = (HERE / "dicom" / "abdomen.dcm").read_bytes()
    (HERE / "dicom" / "packed.dcm.gz").write_bytes(gzip.compress(content, mtime=0))
    bare = dataset(ImplicitVRLittleEndian)
    del bare.file_meta
    bare.save_as(HERE / "dicom" / "bare.dcm", implicit_vr=True, little_endian=True)
    loop = dataset(JPEGBaseline8Bit)
    loop.Rows = loop.Columns = 16
    loop.BitsAllocated = loop.BitsStored = 8
    loop.HighBit, loop.NumberOfFrames = 7, 3
    loop.PixelData = encapsulate([jpeg_frame() for _ in range(3)])
    loop["PixelData"].is_undefined_length = True
    loop.save_as(HERE / "dicom" / "loop.dcm", enforce_file_format=True)


def video() -> None:
    for name, codec in (("colonoscopy.mp4", "mpeg4"), ("scan.mkv", "ffv1"), ("probe.avi", "mjpeg")):
        with av.open(str(folder("video") / name), "w", options={"fflags": "bitexact"}) as file:
            track = file.add_stream(codec, rate=25)
            track.width, track.height = 64, 48
            track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(12):
                pixels = np.full((48, 64, 3), 20 * number, np.uint8)
                pixels[number : number + 20, 5:30] = RANDOM.integers(0, 255, (20, 25, 3))
                file.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            file.mux(track.encode())


if __name__ == "__main__":
    for make in (tiff, slide, image, dicom, video):
        make()
