"""The groups and arrays of a zarr store, versions 2 and 3, from its metadata alone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from math import ceil, prod
from typing import Any

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._folder import Folder

ROOTS = (".zgroup", ".zarray", "zarr.json")
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_MOST_CHUNKS = 50_000_000


@dataclass(frozen=True)
class Node:
    """A group, or an array with its shape and where its chunks lie.

    Attributes:
        path: below the store's root; "" is the root.
        attributes: what is annotated.
        array: the array's metadata as they stand, None for a group.
    """

    path: str
    attributes: Mapping[str, Any]
    array: Mapping[str, Any] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """How many entries the array has in each dimension."""
        return tuple(map(int, (self.array or {})["shape"]))

    @property
    def chunk_shape(self) -> tuple[int, ...]:
        """How many entries of each dimension lie in one object."""
        array = self.array or {}
        grid = array.get("chunk_grid")
        return tuple(map(int, grid["configuration"]["chunk_shape"] if grid else array["chunks"]))

    @property
    def data_type(self) -> str:
        """The entries' type, as zarr calls it."""
        array = self.array or {}
        return str(array.get("data_type", array.get("dtype")))

    def chunk_name(self, place: tuple[int, ...]) -> str:
        """Name the object that holds the chunk at `place` of the grid."""
        array = self.array or {}
        encoding = array.get("chunk_key_encoding")
        if encoding is None:
            parts = array.get("dimension_separator", ".").join(map(str, place)) or "0"
        else:
            is_default = encoding["name"] == "default"
            separator = encoding.get("configuration", {}).get(
                "separator", "/" if is_default else "."
            )
            inner = separator.join(map(str, place))
            parts = separator.join(filter(None, ("c", inner))) if is_default else inner or "0"
        return f"{self.path}/{parts}" if self.path else parts

    @property
    def grid(self) -> tuple[int, ...]:
        """How many chunks the shape demands in each dimension."""
        found = tuple(
            ceil(length / chunk) for length, chunk in zip(self.shape, self.chunk_shape, strict=True)
        )
        if prod(found) > _MOST_CHUNKS:
            raise DamagedFileError("an array of it has more chunks than any store can hold")
        return found

    def places(self) -> Iterator[tuple[int, ...]]:
        """Every place of the grid."""
        return product(*map(range, self.grid))


Tree = Mapping[str, Node]


def tree_of(folder: Folder) -> Tree:
    """Give every node by its path; from consolidated metadata where there are any."""
    with metadata_in_order():
        return _tree(folder)


@contextmanager
def metadata_in_order() -> Iterator[None]:
    """Call metadata that are no JSON, or not what zarr's are, damage."""
    try:
        yield
    except _BROKEN:
        raise DamagedFileError("its zarr metadata cannot be read") from None


def _tree(folder: Folder) -> Tree:
    if "zarr.json" in folder.names:
        root = json.loads(folder.content("zarr.json"))
        inner = (root.get("consolidated_metadata") or {}).get("metadata")
        if inner is None:
            names = (name for name in folder.names if name.endswith("/zarr.json"))
            inner = {_parent(name): json.loads(folder.content(name)) for name in names}
        return {"": _node("", root), **{path: _node(path, each) for path, each in inner.items()}}
    return _old_tree(_old_metadata(folder))


def _node(path: str, found: Mapping[str, Any]) -> Node:
    is_array = found["node_type"] == "array"
    return _sane(Node(path, found.get("attributes") or {}, found if is_array else None))


def _old_metadata(folder: Folder) -> Mapping[str, Any]:
    if ".zmetadata" in folder.names:
        consolidated: Mapping[str, Any] = json.loads(folder.content(".zmetadata"))["metadata"]
        return consolidated
    marks = (".zgroup", ".zarray", ".zattrs")
    names = [name for name in folder.names if name.rpartition("/")[2] in marks]
    return {name: json.loads(folder.content(name)) for name in names}


def _old_tree(found: Mapping[str, Any]) -> Tree:
    paths = {_parent(name) for name in found}
    names = {path: f"{path}/" if path else "" for path in paths}
    return {
        path: _sane(Node(path, found.get(f"{below}.zattrs") or {}, found.get(f"{below}.zarray")))
        for path, below in sorted(names.items())
    }


def _sane(node: Node) -> Node:
    if node.array is not None:
        fits = len(node.shape) == len(node.chunk_shape) and min(node.shape, default=0) >= 0
        if not fits or min(node.chunk_shape, default=1) < 1:
            raise ValueError
    return node


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def metadata_names(folder: Folder, tree: Tree) -> Iterator[str]:
    """Name the metadata objects that must be there for what the tree holds."""
    is_new = "zarr.json" in folder.names
    for path, node in tree.items():
        mark = "zarr.json" if is_new else ".zgroup" if node.array is None else ".zarray"
        yield f"{path}/{mark}" if path else mark
