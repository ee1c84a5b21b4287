"""What OME-XML says of the first image, and of people."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from omics_orchestrator.formats._personal_words import names_a_person, says_nothing

_MOST_CHANNELS = 200
_UNITS = {"µm": 1.0, "um": 1.0, "nm": 0.001, "mm": 1000.0}
_NAMES = ("FirstName", "MiddleName", "LastName", "UserName", "Email")


def described_ome(text: str) -> dict[str, object]:
    """Give channels, planes, size of a pixel and time of acquisition; nothing for broken XML."""
    root = _parsed(text)
    pixels = next(_all(root, "Pixels"), None)
    if pixels is None:
        return {}
    channels = [channel.get("Name", "") for channel in _all(pixels, "Channel")]
    facts: dict[str, object] = {
        "channels": channels if len(channels) <= _MOST_CHANNELS else len(channels),
        "sizes": {axis: size for axis in "XYZCT" if (size := _whole(pixels.get(f"Size{axis}")))},
        "microns_per_pixel": _microns(pixels, "X"),
        "microns_per_slice": _microns(pixels, "Z"),
        "acquired": next((date.text for date in _all(root, "AcquisitionDate")), None),
    }
    return {name: value for name, value in facts.items() if value}


def personal_ome(text: str) -> list[str]:
    """Name the places of OME-XML that say who a person is: experimenters, and annotated fields."""
    root = _parsed(text)
    found = [
        f"OME Experimenter {name}"
        for person in _all(root, "Experimenter")
        for name in _NAMES
        if not says_nothing(person.get(name, ""))
    ]
    found += [
        f"OME annotation {key}"
        for entry in _all(root, "M")
        if names_a_person(key := entry.get("K", "")) and not says_nothing(entry.text or "")
    ]
    return list(dict.fromkeys(found))


def _parsed(text: str) -> ET.Element:
    # A document type may define entities that grow without end; OME-XML has none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return ET.Element("OME")
    try:
        return ET.fromstring(text)  # noqa: S314 - no document type, so no entities
    except ET.ParseError:
        return ET.Element("OME")


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (found for found in element.iter() if found.tag.rpartition("}")[2] == name)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _microns(pixels: ET.Element, axis: str) -> float | None:
    size, unit = pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
    try:
        return round(float(size or "") * _UNITS[unit], 9)
    except (ValueError, KeyError):
        return None
