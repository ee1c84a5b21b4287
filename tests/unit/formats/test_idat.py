"""Every way an array's scan can be wrong."""

import gzip
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import DamagedFileError, formats, identify

IDAT = formats()["idat"]
SAMPLE = next((Path(__file__).resolve().parents[2] / "samples" / "idat").glob("*.idat"))
WHOLE = SAMPLE.read_bytes()


def fault_of(content: bytes) -> str:
    return IDAT.validate(io.BytesIO(content)).fault or ""


def replaced(old: bytes, new: bytes) -> bytes:
    assert WHOLE.count(old) >= 1
    return WHOLE.replace(old, new)


def test_a_scan_is_described() -> None:
    facts = IDAT.describe(io.BytesIO(gzip.compress(WHOLE)))
    assert (facts["barcode"], facts["position"], facts["probes"]) == ("204792200130", "R01C01", 50)
    assert facts["scanned"] == "11/24/2026 9:11:12 AM"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (WHOLE[:10], "the file ends inside its header"),
        (WHOLE[:100], "its directory does not fit into it"),
        (WHOLE[:-1], "the file ends inside a section"),
        (WHOLE[:300], "a section lies outside the file"),
        (replaced(struct.pack("<Hq", 104, 500), struct.pack("<Hq", 104, 499)), "its section 103"),
        (replaced(struct.pack("<Hq", 104, 500), struct.pack("<Hq", 104, -1)), "a section lies"),
        (WHOLE[:12] + struct.pack("<i", -1) + WHOLE[16:], "its directory does not fit"),
    ],
)
def test_each_fault_is_named(content: bytes, fault: str) -> None:
    assert fault_of(WHOLE) == ""
    assert fault_of(content).startswith(fault)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_cut_scan_is_never_whole(length: int) -> None:
    assert fault_of(WHOLE[:length])


@given(st.data())
def test_a_scan_with_other_bytes_is_read_or_called_damaged(data: st.DataObject) -> None:
    spoilt = bytearray(WHOLE)
    for _ in range(4):
        spoilt[data.draw(st.integers(4, len(WHOLE) - 1))] = data.draw(st.integers(0, 255))
    for read in (IDAT.describe, IDAT.personal_fields, IDAT.read_through):
        try:
            read(io.BytesIO(bytes(spoilt)))
        except DamagedFileError:
            continue


def test_an_encrypted_scan_of_version_1_is_told_and_no_more() -> None:
    old = b"IDAT" + struct.pack("<q", 1) + bytes(100)
    assert identify("x", io.BytesIO(old)) is IDAT
    assert IDAT.describe(io.BytesIO(old)) == {"version": 1}
    assert fault_of(old) == ""


def test_a_person_in_a_scan_is_told_by_place() -> None:
    spoilt = replaced(b"\x10sherlockID=N0123", b"\x10user is Jane Doe")
    assert list(IDAT.personal_fields(io.BytesIO(spoilt))) == ["run information"]
