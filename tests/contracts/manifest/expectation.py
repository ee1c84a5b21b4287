"""How a line of the manifest is compared with what we tell of its file."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Expectation(NamedTuple):
    """Our name of a format of the manifest, and the comparison.

    Attributes:
        name: the name of our `Format`.
        compare: asserts that what we tell (the facts of `describe` and `read_through`) is what the
            manifest's `expected` says.
        by_class: our name of the format where the manifest's class tells another.
    """

    name: str
    compare: Callable[[Mapping[str, Any], Mapping[str, Any]], None]
    by_class: Mapping[str, str] = {}

    def name_for(self, expected: Mapping[str, Any]) -> str:
        """Give our name of the format of one file, of which the manifest says `expected`."""
        return self.by_class.get(str(expected.get("class")), self.name)
