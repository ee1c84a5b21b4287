"""Every chunk of a zarr store unpacked, by the zarr library itself in a process of its own."""

import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any, BinaryIO

import numpy as np

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._folder import Folder, split_folder, zipped_folder
from omics_orchestrator.formats._zarr_absent import absent_chunks
from omics_orchestrator.formats._zarr_store import counted, look_over_store, root_of, told
from omics_orchestrator.formats._zarr_tree import Node, tree_of

_LARGEST_CHUNK = 2 << 30
_BLOSC_HEADER = 16
# What zarr and its codecs raise for bytes that make no sense.
_BROKEN = (ValueError, RuntimeError, TypeError, LookupError, EOFError, OverflowError, MemoryError,
           OSError, SystemError, zlib.error, lzma.LZMAError)  # fmt: skip


def of_zip(stream: BinaryIO) -> Mapping[str, object]:
    """Read a store in a ZIP archive through in this process."""
    with zipped_folder(stream) as folder:
        return _read(root_of(folder))


def of_joined_folder(stream: BinaryIO) -> Mapping[str, object]:
    """Read a store in a joined folder through in this process."""
    return _read(root_of(split_folder(stream)))


def _read(store: Folder) -> dict[str, object]:
    # The library is for the process apart only: who lists formats need not wait for it.
    from omics_orchestrator.formats._zarr_library import opened_array  # noqa: PLC0415

    look_over_store(store)
    tree = tree_of(store)
    arrays = [node for node in tree.values() if node.array is not None]
    with_empty = [node for node in arrays if _read_array(node, store, opened_array)]
    absent = absent_chunks(tree, store.names)
    if with_empty:  # who writes one empty chunk writes all
        for each in absent:
            raise DamagedFileError(told(each))
    return counted(tree, absent)


def _read_array(node: Node, store: Folder, opened: Callable[[Folder, str], Any]) -> bool:
    """Unpack the chunks that are there, and tell whether one holds the fill value only."""
    if prod(node.chunk_shape) > _LARGEST_CHUNK:
        raise DamagedFileError(f"{node.path} has chunks of more than 2 GiB")
    if _is_blosc(node) and any(_is_cut_blosc(store, name) for _, name in _there(node, store)):
        raise DamagedFileError(f"{node.path or 'its array'} has a chunk that is cut")
    try:
        array = opened(store, node.path)
        empty = [_is_empty(array[place], array.fill_value) for place, _ in _there(node, store)]
    except _BROKEN:
        place = node.path or "its array"
        raise DamagedFileError(f"{place} has a chunk that cannot be unpacked") from None
    return any(empty)


def _there(node: Node, store: Folder) -> Iterator[tuple[tuple[slice, ...], str]]:
    for place in node.places():
        if (name := node.chunk_name(place)) in store.names:
            sides = zip(place, node.chunk_shape, strict=True)
            yield tuple(slice(at * size, (at + 1) * size) for at, size in sides), name


def _is_blosc(node: Node) -> bool:
    array = node.array or {}
    last = array["codecs"][-1] if array.get("codecs") else array.get("compressor") or {}
    return "blosc" in (last.get("id"), last.get("name"))


def _is_cut_blosc(store: Folder, name: str) -> bool:
    # The library unpacks a block whose last bytes are absent without a word.
    with store.open(name) as stream:
        header = stream.read(_BLOSC_HEADER)
    return int.from_bytes(header[12:], "little") != store.sizes[name]


def _is_empty(values: Any, fill: Any) -> bool:
    found = np.asarray(values)
    if found.dtype.names or not found.size:
        return False
    return bool(np.all(found == fill))
