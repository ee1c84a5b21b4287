"""The columns that say of which sample a cell is, by the names that tools and groups give them."""

import re
from collections.abc import Iterable

_NAMED = re.compile(r"(?i)(?:sample|library|specimen|aliquot)(?:[ ._-]?(?:ids?|names?|uuid))?")
_OF_SEURAT = "orig.ident"
MOST = 1000


def sample_columns(columns: Iterable[str]) -> list[str]:
    """Name the columns that hold a cell's sample, the likeliest first."""
    found = [name for name in columns if _NAMED.fullmatch(name) or name == _OF_SEURAT]
    return sorted(found, key=lambda name: (name == _OF_SEURAT, not name.lower().startswith("s")))


def sample_names(values: Iterable[str]) -> list[str]:
    """The samples that stand in such a column, without the names that tools give unasked."""
    return sorted(set(values) - {"SeuratProject", "", "NA", "nan"})[:MOST]
