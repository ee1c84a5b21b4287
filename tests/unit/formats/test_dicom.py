"""DICOM: every syntax walked, what is cut found, and who is meant named by place only."""

import io
import warnings
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from omics_orchestrator.formats import DamagedFileError, formats, identify

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "dicom"
DICOM = formats()["dicom"]
# Cut or broken on purpose, and two that are a header's first elements only.
BROKEN = {
    "MR_truncated.dcm",
    "badVR.dcm",
    "rtplan_truncated.dcm",
    "no_meta.dcm",
    "no_meta_group_length.dcm",
}


def image(syntax: UID = ExplicitVRLittleEndian, **said: object) -> bytes:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3"
    dataset.Modality, dataset.SamplesPerPixel = "MR", 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = 8
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    pixels = np.arange(64, dtype=np.uint16)
    dataset.PixelData = (pixels.byteswap() if syntax == ExplicitVRBigEndian else pixels).tobytes()
    dataset["PixelData"].VR = "OW"
    for name, value in said.items():
        setattr(dataset, name, value)
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name)
def test_each_way_of_writing_is_described_alike_and_checked(syntax: UID) -> None:
    content = image(syntax, BodyPartExamined="ABDOMEN")
    stream = io.BytesIO(content)
    assert identify("1.dcm", stream) is DICOM
    told = DICOM.describe(stream)
    assert (told["modality"], told["body_part"]) == ("MR", "ABDOMEN")
    assert (told["rows"], told["columns"], told["bits"], told["frames"]) == (8, 8, 16, 1)
    assert told["transfer_syntax"] == syntax.name
    assert DICOM.validate(stream).fault is None
    for length in range(0, len(content) - 2, 7):
        assert DICOM.validate(io.BytesIO(content[:length])).fault


def test_a_claim_to_name_nobody_is_no_evidence() -> None:
    stream = io.BytesIO(
        image(PatientName="Doe^Jane", PatientID="1234", PatientIdentityRemoved="YES")
    )
    assert DICOM.personal_fields(stream) == ["PatientName", "PatientID"]
    assert "Doe" not in repr(DICOM.describe(stream))


@pytest.mark.parametrize("said", ["", "Anonymous", "ANONYMOUS^", "removed", "^^", "N/A", "Unknown"])
def test_a_blank_or_a_placeholder_is_no_alarm(said: str) -> None:
    content = image(PatientName=said, PatientBirthDate="", StudyDate="19000101", StudyTime="000000")
    assert DICOM.personal_fields(io.BytesIO(content)) == []


def test_what_lies_in_sequences_private_elements_and_pixels_is_named() -> None:
    dataset = dcmread(io.BytesIO(image(BurnedInAnnotation="YES", PatientAge="093Y")))
    item = Dataset()
    item.PersonName = "Doe^Jane"
    dataset.ReferencedStudySequence = [item]
    dataset.private_block(0x0009, "ACME", create=True).add_new(1, "LO", "Jane")
    file = io.BytesIO()
    dataset.save_as(file)
    assert set(DICOM.personal_fields(file)) == {
        "BurnedInAnnotation",
        "PatientAge",
        "PersonName",
        "private elements",
    }


def test_ultrasound_may_have_text_in_its_pixels_unless_it_says_not() -> None:
    silent = image(Modality="US", BurnedInAnnotation="NO")
    assert DICOM.personal_fields(io.BytesIO(silent)) == []
    [place] = DICOM.personal_fields(io.BytesIO(image(Modality="US")))
    assert place.startswith("pixels")


def test_a_slide_of_tiles_tells_its_whole_size_and_its_label() -> None:
    content = image(
        ImageType=["ORIGINAL", "PRIMARY", "LABEL", "NONE"],
        TotalPixelMatrixColumns=90_000,
        TotalPixelMatrixRows=70_000,
    )
    told = DICOM.describe(io.BytesIO(content))
    assert (told["slide_columns"], told["slide_rows"]) == (90_000, 70_000)
    assert DICOM.personal_fields(io.BytesIO(content)) == ["label image"]


def test_a_tiff_in_the_preamble_is_still_dicom() -> None:
    content = bytearray(image())
    content[:8] = b"II*\0\x08\0\0\0"
    found = identify("slide.dcm", io.BytesIO(bytes(content)))
    assert found is DICOM


@pytest.mark.parametrize("behind", [b"garbage!" * 4, image()], ids=["garbage", "another file"])
def test_what_follows_the_pixels_is_found(behind: bytes) -> None:
    assert DICOM.validate(io.BytesIO(image() + behind)).fault
    padded = DICOM.validate(io.BytesIO(image() + bytes(100)))
    assert padded.facts["padding_bytes"] == 100


def test_what_follows_deflated_elements_is_found_and_zeros_are_padding() -> None:
    packed = image(DeflatedExplicitVRLittleEndian)
    assert DICOM.validate(io.BytesIO(packed + bytes(9))).fault is None
    fault = DICOM.validate(io.BytesIO(packed + b"garbage")).fault
    assert fault == "something else follows its deflated data"


def test_fewer_pixels_or_frames_than_said_are_found() -> None:
    assert DICOM.validate(io.BytesIO(image(NumberOfFrames="2"))).fault
    loop = dcmread(SAMPLES / "loop.dcm")
    loop.NumberOfFrames = "4"
    file = io.BytesIO()
    loop.save_as(file)
    assert DICOM.validate(file).fault == "it has fewer frames than it says"


def test_a_film_is_one_stream_however_many_frames_it_has() -> None:
    film = encapsulate([b"\0\0\1\xb3" * 20], has_bot=False)
    content = image(MPEG2MPML, NumberOfFrames=50, PixelData=film)
    assert DICOM.validate(io.BytesIO(content)).fault is None
    none = image(MPEG2MPML, NumberOfFrames=50, PixelData=encapsulate([], has_bot=False))
    assert DICOM.validate(io.BytesIO(none)).fault == "it has fewer frames than it says"


def test_pixels_that_a_server_keeps_are_not_missed() -> None:
    dataset = dcmread(io.BytesIO(image()))
    del dataset.PixelData
    assert validated(dataset) == "it is an image without pixels"
    dataset.PixelDataProviderURL = "https://pacs.example/1"
    assert validated(dataset) is None


def validated(dataset: Dataset) -> str | None:
    file = io.BytesIO()
    dataset.save_as(file)
    return DICOM.validate(file).fault


def test_a_frame_that_is_no_picture_is_found() -> None:
    content = (SAMPLES / "loop.dcm").read_bytes()
    place = content.rfind(b"\xff\xd8\xff")
    broken = content[:place] + bytes(300) + content[place + 300 :]
    assert DICOM.validate(io.BytesIO(broken)).fault == "a frame is not a whole picture"


def test_a_broken_checksum_of_a_packed_file_is_found() -> None:
    content = bytearray((SAMPLES / "packed.dcm.gz").read_bytes())
    content[-6] ^= 1
    assert DICOM.validate(io.BytesIO(bytes(content))).fault


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(image()) - 1), value=st.integers(0, 255))
def test_a_changed_byte_never_breaks_the_reader(place: int, value: int) -> None:
    content = bytearray(image())
    content[place] = value
    stream = io.BytesIO(bytes(content))
    DICOM.validate(stream)
    for read in (DICOM.describe, DICOM.personal_fields):
        try:
            read(stream)
        except DamagedFileError:
            continue


def test_no_whole_file_of_pydicom_is_called_damaged() -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    whole = [path for path in sorted(folder.glob("*.dcm")) if path.name not in BROKEN]
    assert len(whole) > 50
    for path in whole:
        with path.open("rb") as stream, warnings.catch_warnings(action="ignore"):
            assert identify(path.name, stream) is DICOM, path.name
            assert DICOM.validate(stream).fault is None, path.name
            told = DICOM.describe(stream)
            theirs = dcmread(path, stop_before_pixels=True, force=True)
            assert told.get("modality") == (theirs.get("Modality") or None)
            assert told.get("rows") == theirs.get("Rows")


def test_a_deflated_bomb_is_read_in_bounded_memory() -> None:
    content = image(DeflatedExplicitVRLittleEndian)
    place = content.index(b"1.2.840.10008.1.2.1.99") + 22
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = content[:place] + packer.compress(bytes(50 << 20)) + packer.flush()
    assert DICOM.validate(io.BytesIO(bomb)).fault
