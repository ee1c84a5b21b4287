"""Whole slides: which scanner wrote a TIFF, its magnification, and where it may name people."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing
from omics_orchestrator.formats._tiff_pages import NDPI, first_page_text

DESCRIPTION, _MAKE, _SOFTWARE, XMP = 270, 271, 305, 700
_TELLING = frozenset({DESCRIPTION, _MAKE, _SOFTWARE, XMP, NDPI})
_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ENOUGH = 4096
_WRITERS = (
    ("aperio", DESCRIPTION, re.compile(rb"Aperio ")),
    ("leica", DESCRIPTION, re.compile(rb"[^\0]*leica-microsystems\.com/scn/")),
    ("philips", _SOFTWARE, re.compile(rb"Philips DP")),
    ("akoya", _SOFTWARE, re.compile(rb"PerkinElmer-QPI")),
    ("trestle", _SOFTWARE, re.compile(rb"MedScan")),
    ("ventana", XMP, re.compile(rb"[^\0]*<iScan\b")),
    ("ventana", _SOFTWARE, re.compile(rb"Ventana|ScanOutputManager")),
)
_MAGNIFICATION = re.compile(
    r'(?:AppMag = |Magnification="|<objective>|<Objective>|Objective Power = )(\d+(?:\.\d+)?)'
)
_MICRONS = re.compile(r'(?:\bMPP = |ScanRes=")(\d*\.?\d+)')
_SPACING = re.compile(r'Name="DICOM_PIXEL_SPACING"[^>]*>(?:&quot;|")(\d*\.\d+)')
_APERIO_FIELD = re.compile(r"\|\s*([A-Za-z][\w ]*?)\s*=\s*([^|]*)")
_XML_FIELD = re.compile(r"<([A-Za-z][\w.-]*)(?:\s[^>]*)?>([^<>]+)</")
_XML_ATTRIBUTE = re.compile(r'\b([A-Za-z][\w.-]*)="([^"]*)"')
_PHILIPS_FIELD = re.compile(r'<Attribute Name="(\w+)"[^>]*>([^<>]+)<')
_PERSONAL = re.compile(
    r"filename|user\w*|date|time|title|barcode\w*|ufs_barcode|slide_?(?:id|name|label)|operator\w*"
    r"|computername|creationdate|acquisitiondate|piim_dp_scanner_operator_id"
    r"|dicom_(?:acquisition_datetime|device_serial_number|patient\w*|accession\w*)"
    r"|patient\w*|case_?(?:id|number|name)|reference|createdby|scannedby|scandate",
    re.IGNORECASE,
)
_PICTURED = {"label", "macro", "overview"}


def scanner_of(raw: bytes, stream: BinaryIO) -> str:
    """Name the maker of the scanner that wrote a slide; blank for any other file."""
    if not raw.startswith(_MAGICS) or raw.startswith(b"DICM", 128):
        return ""
    with suppress(DamagedFileError):
        told = first_page_text(stream, _TELLING, _ENOUGH)
        if NDPI in told and _MAKE in told:
            return "hamamatsu"
        return next((who for who, tag, what in _WRITERS if what.match(told.get(tag, b""))), "")
    return ""


def magnification_in(text: str) -> float | None:
    """Give the magnification that a description states."""
    found = _MAGNIFICATION.search(text)
    return float(found[1]) if found else None


def microns_in(text: str) -> float | None:
    """Give the size of a pixel that a description states."""
    if found := _MICRONS.search(text):
        return float(found[1])
    found = _SPACING.search(text)
    return round(float(found[1]) * 1000, 6) if found else None


def personal_places(text: str, pictures: Sequence[str]) -> list[str]:
    """Name the filled fields of a description, and the pictures, that may say who a person is."""
    fields = {name: None for name, value in _fields(text) if _is_personal(name, value)}
    return [
        *(f"ImageDescription {name}" for name in fields),
        *(f"{name} image" for name in pictures if name in _PICTURED),
    ]


def _fields(text: str) -> Iterator[tuple[str, str]]:
    if text.startswith("Aperio "):
        yield from _APERIO_FIELD.findall(text)
        return
    for fields in (_PHILIPS_FIELD, _XML_FIELD, _XML_ATTRIBUTE):
        yield from fields.findall(text)


def _is_personal(name: str, value: str) -> bool:
    return bool(_PERSONAL.fullmatch(name) or names_a_person(name)) and not says_nothing(value)
