"""The shapes of texts, as patterns that hold none of them: digits and letters are only counted."""

import re
from collections import Counter
from collections.abc import Mapping

_MOST = 3
_SPECIAL = frozenset(".^$*+?()[]{}|\\")
_RUN = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]")


def shapes(held: Mapping[str, int]) -> dict[str, int]:
    """The most frequent shapes of texts, each with the cells that have it.

    Args:
        held: text → cells.
    """
    counted: Counter[str] = Counter()
    for text, cells in held.items():
        counted["".join(map(_shape, _RUN.findall(text)))] += cells
    return dict(counted.most_common(_MOST))


def _shape(run: str) -> str:
    if run.isdigit():
        return "[0-9]+"
    if run.isalpha():
        return "[A-Z]+" if run.isupper() else "[a-z]+" if run.islower() else "[A-Za-z]+"
    return f"\\{run}" if run in _SPECIAL else run
