"""AnnData in a zarr store: its dimensions, and whether its parts fit each other."""

from collections.abc import Iterator

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._zarr_tree import Node, Tree

_ALIGNED = {"layers": (0, 1), "obsm": (0,), "varm": (1,), "obsp": (0, 0), "varp": (1, 1)}
_INNER = ("codes", "values")


def tables_of(tree: Tree) -> list[str]:
    """The paths of groups that hold obs and var."""
    groups = [path for path, node in tree.items() if node.array is None]
    return [path for path in groups if {_below(path, "obs"), _below(path, "var")} <= set(tree)]


def shape_at(tree: Tree, path: str) -> tuple[int, int]:
    """The numbers of observations and variables of the table at `path`, by their indices."""
    return _length(tree, _below(path, "obs")), _length(tree, _below(path, "var"))


def _length(tree: Tree, frame: str) -> int:
    node = tree[frame]
    extent = _extent(tree, _below(frame, str(node.attributes.get("_index", "_index"))))
    if not extent:
        raise DamagedFileError(f"{frame} or its index is absent")
    return extent[0]


def table_faults(tree: Tree) -> Iterator[str]:
    """Yield where a table's parts are absent or do not fit its dimensions."""
    for path in tables_of(tree):
        shape = shape_at(tree, path)
        for axis, name in enumerate(("obs", "var")):
            yield from _column_faults(tree, _below(path, name), shape[axis])
        for part, expected in _aligned(tree, path, shape):
            extent = _extent(tree, part)
            if extent is not None and extent[: len(expected)] != expected:
                yield f"{part} does not fit the dimensions of obs and var"
    for path, node in tree.items():
        if "_matrix" in str(node.attributes.get("encoding-type", "")) and not _fits(tree, path):
            yield f"{path} is a sparse matrix whose parts do not fit each other"


def _column_faults(tree: Tree, frame: str, length: int) -> Iterator[str]:
    for name in tree[frame].attributes.get("column-order", ()):
        column = _below(frame, str(name))
        extent = _extent(tree, column)
        if extent is None:
            yield f"{frame} names a column it does not hold"
        elif extent[0] != length:
            yield f"{column} has {extent[0]} entries where {frame} has {length}"


def _aligned(
    tree: Tree, path: str, shape: tuple[int, int]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield _below(path, "X"), shape
    for group, axes in _ALIGNED.items():
        below = _below(path, group) + "/"
        for part in tree:
            if part.startswith(below) and "/" not in part[len(below) :]:
                yield part, tuple(shape[axis] for axis in axes)


def _extent(tree: Tree, path: str) -> tuple[int, ...] | None:
    node = tree.get(path)
    if node is None:
        return None
    if node.array is not None:
        return node.shape or None
    if "shape" in node.attributes:
        return tuple(map(int, node.attributes["shape"]))
    index = str(node.attributes.get("_index", "_index"))
    inner = (_below(path, name) for name in (*_INNER, index))
    return next((_extent(tree, part) for part in inner if part in tree), None)


def _fits(tree: Tree, path: str) -> bool:
    parts: list[Node | None] = [tree.get(_below(path, name)) for name in ("data", "indices")]
    pointers = tree.get(_below(path, "indptr"))
    shapes = {part.shape if part and part.array else None for part in parts}
    return len(shapes) == 1 and None not in shapes and bool(pointers and pointers.array)


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
