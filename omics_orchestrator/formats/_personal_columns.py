"""Where annotations of cells may say who a person is: columns of obs, and keys of uns.

Only what is named like a person's data and holds something is an alarm: `gene_name`, `sample_name`
and `donor_id` are none, nor is a column of blanks or of "removed".
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

import h5py
import numpy as np

from omics_orchestrator.formats._anndata import columns_of, index_of
from omics_orchestrator.formats._hdf5 import member, opened
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing

_LOOKED_AT = 1000
_DEEPEST = 3
_DICT = ("dict", b"dict")
# In uns these are names of genes, groups or tools.
_OF_THINGS = frozenset({"name", "names"})


def personal_columns(columns: Mapping[str, Any], what: str) -> list[str]:
    """Name the columns that are called like a person's data and hold something.

    Args:
        columns: what HDF5 holds for each column's name.
        what: how such a column is called, before its name.
    """
    return [
        f"{what} {name}"
        for name, found in columns.items()
        if names_a_person(name) and holds_something(found)
    ]


def of_anndata(file: Any, place: str = "") -> list[str]:
    """Name such places of obs and uns; `place` stands before each."""
    frame = member(file, "obs")
    columns = {}
    if isinstance(frame, h5py.Group):
        names = dict.fromkeys([index_of(frame), *columns_of(file, "obs")])
        columns = {name: member(frame, name) for name in names}
    found = personal_columns(columns, f"{place}obs column")
    return [*found, *_below(member(file, "uns"), f"{place}uns")]


def _below(group: Any, place: str, depth: int = 1) -> Iterator[str]:
    if not isinstance(group, h5py.Group) or depth > _DEEPEST:
        return
    for name in islice(group, _LOOKED_AT):
        found = member(group, name)
        if isinstance(found, h5py.Group) and found.attrs.get("encoding-type", "dict") in _DICT:
            yield from _below(found, f"{place}/{name}", depth + 1)
        elif name not in _OF_THINGS and not name.endswith("_colors"):
            yield from personal_columns({name: found}, f"{place} key")


def holds_something(found: Any) -> bool:
    """Tell whether the first values of a column, or its categories, are more than placeholders."""
    if isinstance(found, h5py.Group):
        inner = next((name for name in ("categories", "values") if name in found), None)
        return bool(inner) and holds_something(member(found, str(inner)))
    if not isinstance(found, h5py.Dataset) or not found.size or found.dtype.names:
        return False
    return any_says_something(np.ravel(found[:_LOOKED_AT] if found.shape else found[()]))


def any_says_something(values: Iterable[Any]) -> bool:
    """Tell whether one of the values is neither blank nor a placeholder nor yes or no."""
    return any(not isinstance(value, bool | np.bool_) and not _is_blank(value) for value in values)


def _is_blank(value: Any) -> bool:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return says_nothing(text)


def places_in_anndata(stream: BinaryIO) -> Mapping[str, object]:
    """Look at an AnnData file in this process."""
    with opened(stream) as file:
        return {"places": of_anndata(file)}
