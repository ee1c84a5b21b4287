"""What the manifest of the real files says of images, in our words."""

import ast
from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

UNCHECKED: tuple[str, ...] = ()
_DICOM = {
    "Modality": "modality",
    "Rows": "rows",
    "Columns": "columns",
    "Manufacturer": "manufacturer",
}


def expect_image(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, pages, kinds, *_ = ast.literal_eval(expected["value"])
    assert tuple(told["shape"]) == shape
    assert told["pages"] == pages
    assert told["kinds"] == kinds


def expect_dicom(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert told["elements"] > 1
    # A DICOMDIR has no modality of its own: dcmdump shows that of a file that it lists.
    if "modality" not in told:
        assert told["elements"] == 5
        return
    for name, ours in _DICOM.items():
        if (said := expected.get(name, "(no value available)")) != "(no value available)":
            assert str(told[ours]) == said.strip("[]")
    for personal in ("PatientName", "PatientID"):
        said = expected.get(personal, "").strip("[]")
        assert not said or said not in repr(told)


# The whole slides of the manifest are an OME-TIFF and a plain TIFF: no scanner wrote them.
EXPECTED = {
    "slide": Expectation("tiff", expect_image),
    "image": Expectation("tiff", expect_image),
    "dicom": Expectation("dicom", expect_dicom),
}
