"""The zarr library's own reading of a store's chunks; importing it takes half a second."""

import warnings
from collections.abc import Iterator, MutableMapping
from typing import Any

import zarr
from zarr.core.buffer import Buffer, cpu
from zarr.storage import MemoryStore

from omics_orchestrator.formats._folder import Folder


def opened_array(store: Folder, path: str) -> Any:
    """Open the array at `path` of a store."""
    contents = MemoryStore(store_dict=_Contents(store), read_only=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of types that are not in the specification yet
        return zarr.open_array(contents, path=path, mode="r")


class _Contents(MutableMapping[str, Buffer]):
    """A folder as zarr's memory store sees it: one object is read when it is asked for."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def __getitem__(self, key: str) -> Buffer:
        if key not in self._folder.names:
            raise KeyError(key)
        return cpu.Buffer.from_bytes(self._folder.content(key))

    def __setitem__(self, key: str, value: Buffer) -> None:
        raise NotImplementedError

    def __delitem__(self, key: str) -> None:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        return iter(self._folder.names)

    def __len__(self) -> int:
        return len(self._folder.names)
