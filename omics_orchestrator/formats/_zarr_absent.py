"""Which absent chunks of a zarr store are damage, since zarr fills them in without a word.

The rule of what is never empty. A writer may leave out a chunk that holds the fill value only, so
most absent chunks are ordinary: background of an image, a column of zeros. Damage are those that
cannot have been so: in an array of names (row names, categories), in the parts of a sparse matrix,
in an embedding or a measured matrix of cells (no thousand entries of it are all zero), in an array
without a fill value, all chunks of an image's finest level, and any chunk in a store that holds
another chunk with nothing but the fill value, since who writes one writes all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod

from omics_orchestrator.formats._zarr_tree import Node, Tree

_NAMES = ("categories", "_index", "index")
_SPARSE = ("data", "indices", "indptr")
_MEASURED = ("X", "layers", "obsm", "varm")
_NEVER_ALL_ZERO = 1000
_TABLES = ("obs", "var")


@dataclass(frozen=True)
class Absent:
    """How many chunks of an array are not there, of how many.

    Attributes:
        is_damage: whether they cannot have been left out for being empty.
    """

    node: Node
    chunks: int
    demanded: int
    is_damage: bool


def absent_chunks(tree: Tree, names: Collection[str]) -> list[Absent]:
    """List the arrays that lack chunks."""
    found = []
    for node in tree.values():
        if node.array is None:
            continue
        demanded = prod(node.grid)
        missing = sum(node.chunk_name(place) not in names for place in node.places())
        if missing:
            is_damage = _is_never_empty(tree, node, is_whole=missing == demanded)
            found.append(Absent(node, missing, demanded, is_damage))
    return found


def _is_never_empty(tree: Tree, node: Node, *, is_whole: bool) -> bool:
    parent, _, name = node.path.rpartition("/")
    above = tree[parent].attributes if parent in tree else {}
    if _fill_value(node) is None or _is_name(name, above):
        return True
    if name in _SPARSE and "_matrix" in str(above.get("encoding-type", "")):
        return True
    if _is_measured(tree, node):
        return is_whole or prod(node.chunk_shape) >= _NEVER_ALL_ZERO
    return is_whole and _is_finest_level(above, name)


def _fill_value(node: Node) -> object:
    return (node.array or {}).get("fill_value")


def _is_name(name: str, above: Mapping[str, object]) -> bool:
    return name in _NAMES or name == above.get("_index")


def _is_measured(tree: Tree, node: Node) -> bool:
    parts = node.path.split("/")
    for depth, part in enumerate(parts):
        group = "/".join(parts[:depth])
        below = f"{group}/" if group else ""
        if part in _MEASURED and all(f"{below}{axis}" in tree for axis in _TABLES):
            return len(node.shape) > 1
    return False


def _is_finest_level(above: Mapping[str, object], name: str) -> bool:
    inner = above.get("ome", above)
    scales = inner.get("multiscales") if isinstance(inner, Mapping) else None
    match scales:
        case [{"datasets": [{"path": finest}, *_]}, *_]:
            return bool(finest == name)
    return False
