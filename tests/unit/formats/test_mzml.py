"""Spectra as mzML: what damage is, and what only another program's doing."""

import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_orchestrator.formats import Depth, Finding, formats, identify

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "mzml" / "run.mzML"
WHOLE = SAMPLE.read_bytes()
CHECKSUM = WHOLE.index(b"<fileChecksum>")
WITHOUT_INDEX = re.sub(rb"<indexList .*", b"", WHOLE, flags=re.DOTALL)
WITHOUT_INDEX = re.sub(rb"</?indexedmzML[^>]*>", b"", WITHOUT_INDEX)


def validated(content: bytes, depth: Depth = Depth.FULL) -> Finding:
    return formats()["mzml"].validate(io.BytesIO(content), depth)


def test_a_file_of_another_library_has_the_index_and_the_checksum_that_we_find() -> None:
    assert validated(WHOLE).facts == {
        "container": "plain",
        "spectra": 3,
        "chromatograms": 0,
        "index": "right",
        "checksum": "right",
    }


@given(st.integers(0, CHECKSUM - 1), st.integers(0, 7))
def test_a_flipped_bit_is_found_by_the_checksum_or_before(place: int, bit: int) -> None:
    content = bytearray(WHOLE)
    content[place] ^= 1 << bit
    assert validated(bytes(content)).fault


@given(st.integers(1, len(WHOLE.rstrip()) - 1))
def test_a_cut_file_is_found_at_both_depths(length: int) -> None:
    assert validated(WHOLE[:length]).fault
    assert validated(WHOLE[:length], Depth.STRUCTURE).fault


def longer_header(content: bytes) -> bytes:
    return content.replace(b"<fileDescription>", b"<fileDescription >", 1)


def without_a_spectrum(content: bytes) -> bytes:
    return re.sub(rb"<spectrum .*?</spectrum>", b"", content, count=1, flags=re.DOTALL)


def without_the_last(content: bytes) -> bytes:
    start, end = content.rindex(b"<spectrum "), content.rindex(b"</spectrum>")
    return content[:start] + content[end + len(b"</spectrum>") :]


def shorter_array(content: bytes) -> bytes:
    return re.sub(rb"<binary>.{4}", b"<binary>", content, count=1)


def other_letters(content: bytes) -> bytes:
    return re.sub(rb"<binary>.{4}", b"<binary>!!!!", content, count=1)


def other_compressed(content: bytes) -> bytes:
    parts = content.rpartition(b"</binary>")
    return parts[0][:-16] + b"AAAA" + parts[0][-12:] + parts[1] + parts[2]


def zeros(content: bytes) -> bytes:
    return content[:4000] + bytes(512) + content[4512:]


def garbage(content: bytes) -> bytes:
    return content + b"something else"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (without_a_spectrum, "it holds 2 spectra where it says 3"),
        (without_the_last, "its index points to some spectra that are not there"),
        (shorter_array, "in spectrum 1 an array is"),
        (other_letters, "in spectrum 1 an array cannot be unpacked"),
        (other_compressed, "in spectrum 3 an array cannot be unpacked"),
        (zeros, "its XML is broken"),
        (garbage, "its XML is broken"),
    ],
)
def test_each_fault_is_named(change: Callable[[bytes], bytes], fault: str) -> None:
    assert (validated(change(WHOLE)).fault or "").startswith(fault)


@pytest.mark.parametrize("change", [shorter_array, other_letters, other_compressed, zeros, garbage])
def test_a_file_without_an_index_is_checked_by_its_arrays(
    change: Callable[[bytes], bytes],
) -> None:
    assert validated(WITHOUT_INDEX).facts["index"] == "absent"
    assert validated(change(WITHOUT_INDEX)).fault


def test_a_missing_spectrum_is_found_without_an_index() -> None:
    fault = validated(without_a_spectrum(WITHOUT_INDEX)).fault
    assert fault == "it holds 2 spectra where it says 3"


def test_what_a_program_changed_after_it_was_written_is_whole() -> None:
    finding = validated(longer_header(WHOLE).replace(b"\n", b"\r\n"))
    assert finding.fault is None
    assert (finding.facts["index"], finding.facts["checksum"]) == ("stale", "wrong")


def test_a_checksum_of_0_says_nothing() -> None:
    content = re.sub(rb"<fileChecksum>\w+", b"<fileChecksum>0", WHOLE)
    assert validated(content).facts["checksum"] == "absent"


def test_entities_are_refused_before_they_are_read() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE mzML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    content = bomb + b'<mzML version="&b;"></mzML>'
    assert identify("x.mzML", io.BytesIO(content)) is formats()["mzml"]
    assert validated(content).fault == "it declares a document type, which mzML has none of"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (b'<contact><cvParam accession="MS:1000586" name="contact name" value="Anna"/></contact>',
         ["contact contact name"]),
        (b'<contact><cvParam accession="MS:1000586" name="contact name" value=""/></contact>', []),
        (b'<contact><userParam name="contact name" value="Anonymous"/></contact>', []),
        (b'<sourceFileList><sourceFile id="a" name="a" location="file:///D:/Example_Anna/x"/></sourceFileList>',
         ["sourceFile location"]),
        (b'<sourceFileList><sourceFile id="a" name="a" location="file:///C:/Users/aexample"/></sourceFileList>', []),
        (b'<fileContent><userParam name="patient name" value="Anna"/></fileContent>',
         ["fileContent patient name"]),
        (b'<fileContent><userParam name="sample name" value="IBD-001"/></fileContent>', []),
    ],
)  # fmt: skip
def test_what_names_a_person_in_the_header_is_named(inside: bytes, expected: list[str]) -> None:
    content = WHOLE.replace(b"<fileDescription>", b"<fileDescription>" + inside, 1)
    assert list(formats()["mzml"].personal_fields(io.BytesIO(content))) == expected


def test_a_packed_file_is_read_as_a_plain_one() -> None:
    plain, packed = validated(WHOLE).facts, validated(gzip.compress(WHOLE)).facts
    assert {**plain, "container": "gzip", "members": 1} == packed


@pytest.mark.parametrize("encoding", ["utf-8", "ISO-8859-1", "utf-16"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = WITHOUT_INDEX.decode()
    text = re.sub(r"<\?xml.*?\?>", f'<?xml version="1.0" encoding="{encoding}"?>', text)
    assert validated(text.encode(encoding)).facts["spectra"] == 3
