"""How a line of the manifest is compared with what we tell of its file."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Expectation(NamedTuple):
    """Our name of a format of the manifest, and the comparison.

    Attributes:
        name: the name of our `Format`.
        compare: asserts that what we tell (the facts of `describe` and `read_through`) is what the
            manifest's `expected` says.
    """

    name: str
    compare: Callable[[Mapping[str, Any], Mapping[str, Any]], None]
