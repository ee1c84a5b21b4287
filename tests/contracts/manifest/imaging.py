"""What the manifest of the real files says of images, in our words."""

import ast
from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

UNCHECKED: tuple[str, ...] = ()


def expect_image(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, pages, kinds, *_ = ast.literal_eval(expected["value"])
    assert tuple(told["shape"]) == shape
    assert told["pages"] == pages
    assert told["kinds"] == kinds


EXPECTED = {
    "slide": Expectation("tiff", expect_image),
    "image": Expectation("tiff", expect_image),
}
