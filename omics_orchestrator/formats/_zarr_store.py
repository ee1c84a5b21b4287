"""A zarr store, as a folder or in a ZIP archive: what it holds, and whether it is whole."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._folder import Folder
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing
from omics_orchestrator.formats._zarr_absent import Absent, absent_chunks
from omics_orchestrator.formats._zarr_tables import shape_at, table_faults, tables_of
from omics_orchestrator.formats._zarr_tree import (
    ROOTS,
    Node,
    Tree,
    metadata_in_order,
    metadata_names,
    tree_of,
)

_OME = ("multiscales", "plate", "well", "bioformats2raw.layout", "omero", "image-label")
_MOST_NAMED = 50
# In attributes these are names of channels, axes or tools.
_OF_THINGS = frozenset({"name", "names"})


def root_of(folder: Folder) -> Folder:
    """Give the store itself where the folder holds it under one more name, as archives do."""
    roots = [name.rpartition("/")[0] for name in folder.names if name.rpartition("/")[2] in ROOTS]
    if not roots:
        raise DamagedFileError("it holds no zarr metadata")
    root = min(roots, key=lambda path: (path.count("/"), len(path)))
    if not root:
        return folder
    below = f"{root}/"
    names = {name.removeprefix(below): name for name in folder.names if name.startswith(below)}
    sizes = {short: folder.sizes[name] for short, name in names.items()}
    return Folder(frozenset(names), sizes, lambda name: folder.open(names[name]))


@metadata_in_order()
def describe_store(folder: Folder) -> dict[str, object]:
    """Its flavour and version, what stands at its root, and the shapes of its parts."""
    store = root_of(folder)
    tree = tree_of(store)
    arrays = [node for node in tree.values() if node.array is not None]
    facts: dict[str, object] = {
        "flavour": flavour_of(tree),
        "zarr_version": 3 if "zarr.json" in store.names else 2,
        "consolidated": ".zmetadata" in store.names,
        "members": sorted({path.partition("/")[0] for path in tree} - {""})[:_MOST_NAMED],
        "arrays": len(arrays),
    }
    return {**facts, **_of_tables(tree), **_of_images(tree)}


def flavour_of(tree: Tree) -> str:
    """Say whose conventions a store follows: anndata, mudata, spatialdata, ome or none (arrays)."""
    attributes = tree[""].attributes if "" in tree else {}
    kind = str(attributes.get("encoding-type", "")).lower()
    if kind in ("anndata", "mudata"):
        return kind
    if "spatialdata_attrs" in attributes:
        return "spatialdata"
    inner = attributes.get("ome", attributes)
    if isinstance(inner, Mapping) and any(name in inner for name in _OME):
        return "ome"
    return "anndata" if {"obs", "var"} <= set(tree) else "arrays"


def _of_tables(tree: Tree) -> dict[str, object]:
    shapes = {path: shape_at(tree, path) for path in tables_of(tree)}
    whole = shapes.get("")
    facts: dict[str, object] = {}
    if whole:
        facts = {"n_obs": whole[0], "n_vars": whole[1], "obs_columns": _columns(tree, "")}
    inner = {path: {"n_obs": n, "n_vars": v} for path, (n, v) in shapes.items() if path}
    return {**facts, "tables": inner} if inner else facts


def _columns(tree: Tree, path: str) -> list[str]:
    frame = f"{path}/obs" if path else "obs"
    return [str(name) for name in tree[frame].attributes.get("column-order", ())]


def _of_images(tree: Tree) -> dict[str, object]:
    images = {}
    for path, node in tree.items():
        inner = node.attributes.get("ome", node.attributes)
        match inner.get("multiscales") if isinstance(inner, Mapping) else None:
            case [{"datasets": [{"path": finest}, *others]}, *_]:
                level = tree.get(f"{path}/{finest}" if path else str(finest))
                shape = list(level.shape) if level and level.array else None
                images[path or "."] = {"shape": shape, "levels": 1 + len(others)}
    return {"images": dict(list(images.items())[:_MOST_NAMED])} if images else {}


@metadata_in_order()
def look_over_store(folder: Folder) -> dict[str, object]:
    """Compare names and sizes with what the metadata demand."""
    store = root_of(folder)
    tree = tree_of(store)
    for fault in structure_faults(store, tree):
        raise DamagedFileError(fault)
    absent = absent_chunks(tree, store.names)
    for each in absent:
        if each.is_damage:
            raise DamagedFileError(told(each))
    return counted(tree, absent)


def counted(tree: Tree, absent: Sequence[Absent]) -> dict[str, object]:
    """Count the arrays, their chunks, and those that are absent because they are empty."""
    arrays = [node for node in tree.values() if node.array is not None]
    return {
        "arrays": len(arrays),
        "chunks": sum(prod(node.grid) for node in arrays),
        "absent_chunks": sum(each.chunks for each in absent),
    }


def told(absent: Absent) -> str:
    """Say how many chunks of which array are absent."""
    return f"{absent.node.path or 'its array'} lacks {absent.chunks} of {absent.demanded} chunks"


def structure_faults(store: Folder, tree: Tree) -> Iterator[str]:
    """Yield where metadata, names and sizes do not fit each other."""
    for name in metadata_names(store, tree):
        if name not in store.names:
            yield f"{name} is absent, though the store's metadata name it"
    yield from table_faults(tree)
    for node in tree.values():
        yield from _size_faults(store, node)


def _size_faults(store: Folder, node: Node) -> Iterator[str]:
    if node.array is None:
        return
    expected = _plain_bytes(node)
    for place in node.places():
        size = store.sizes.get(node.chunk_name(place))
        if size == 0 or (size is not None and expected not in (None, size)):
            yield f"{node.path or 'its array'} has a chunk that is cut"
            return


def _plain_bytes(node: Node) -> int | None:
    """The size of each chunk where it is stored as it is, None where it is packed."""
    array = node.array or {}
    dtype = array.get("dtype")
    is_plain = not (array.get("compressor") or array.get("filters"))
    if not isinstance(dtype, str) or not is_plain or dtype[1:2] not in ("i", "u", "f", "b", "c"):
        return None
    return int(dtype[2:]) * prod(node.chunk_shape)


@metadata_in_order()
def personal_places(folder: Folder) -> list[str]:
    """Name columns of obs, and keys of any annotation, that may say who a person is."""
    tree = tree_of(root_of(folder))
    found = []
    for path, node in tree.items():
        if path == "obs" or path.endswith("/obs"):
            names = [node.attributes.get("_index"), *node.attributes.get("column-order", ())]
            found += [f"{path} column {name}" for name in names if names_a_person(str(name))]
        found += [f"{path or 'root'} attribute {key}" for key in _keys(node.attributes)]
    return found


def _keys(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        for key, value in found.items():
            is_text = isinstance(value, str) and not says_nothing(value)
            if is_text and key not in _OF_THINGS and names_a_person(key):
                yield key
            yield from _keys(value)
    elif isinstance(found, list):
        for each in found:
            yield from _keys(each)
