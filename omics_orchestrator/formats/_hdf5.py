"""HDF5 containers: opened, looked into and read to the end, on their own bytes only.

A link or a dataset may name another file on this machine; a stranger's file must not make us read
it, so each such name is damage.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, BinaryIO

import h5py

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5_filters import offer_filters, unreadable

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# A file may begin with a block of its own, as MuData's does: 512 bytes of text.
_PLACES = (0, 512, 1024, 2048)
# The superblock: where each version says how wide an address is, and holds the first of three, of
# which the last is the end of the file.
_ADDRESSES = {0: (13, 24), 1: (13, 28), 2: (9, 12), 3: (9, 12)}
_SUPERBLOCK = 64
_LARGEST_PIECE = 16 << 20
_FEW, _MANY = 16, 64  # groups looked into, and names taken of each
# What h5py raises for structures that make no sense.
_BROKEN = (OSError, KeyError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError)


def is_hdf5(raw: bytes) -> bool:
    """Tell whether a file's first bytes hold the HDF5 signature where it may stand."""
    return any(raw.startswith(SIGNATURE, place) for place in _PLACES)


def root_members(raw: bytes, stream: BinaryIO) -> frozenset[str]:
    """Name what stands at the root of an HDF5 file; nothing for other or damaged files.

    Where the root alone says little, the names one level below it follow as `group/name`.
    """
    with suppress(DamagedFileError):
        if is_hdf5(raw):
            with _opened(stream) as file:
                names = frozenset(file)
                return names if {"obs", "var"} <= names else names | _below(file)
    return frozenset()


def _below(file: Any) -> frozenset[str]:
    groups = {name: member(file, name) for name in islice(file, _FEW)}
    return frozenset(
        f"{name}/{inner}"
        for name, group in groups.items()
        if isinstance(group, h5py.Group)
        for inner in islice(group, _MANY)
    )


@contextmanager
def opened(stream: BinaryIO) -> Iterator[Any]:
    """Open an HDF5 file for reading; what the library cannot read is a DamagedFileError."""
    offer_filters()
    with _opened(stream) as file:
        _refuse_garbage_behind(stream)
        yield file


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Any]:
    try:
        stream.seek(0)
        with h5py.File(stream, "r") as file:
            yield file
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk failed, not the file
        raise DamagedFileError("its HDF5 structure or data cannot be read") from None


def _refuse_garbage_behind(stream: BinaryIO) -> None:
    """Read what lies behind the end that the superblock tells of; zeros are padding."""
    stream.seek(0)
    raw = stream.read(_PLACES[-1] + _SUPERBLOCK)
    block = raw[next(place for place in _PLACES if raw.startswith(SIGNATURE, place)) :]
    width_at, base_at = _ADDRESSES[block[len(SIGNATURE)]]
    width = block[width_at]
    stream.seek(int.from_bytes(block[base_at + 2 * width :][:width], "little"))
    for block in iter(lambda: stream.read(_LARGEST_PIECE), b""):
        if block.count(0) != len(block):
            raise DamagedFileError("something else follows the end of its HDF5 data")


def member(group: Any, name: str) -> Any:
    """Give what `group` holds as `name`, or None; DamagedFileError when it lies in another file."""
    found = group
    for part in filter(None, name.split("/")):
        found = _step(found, part) if isinstance(found, h5py.Group) else None
    return found


def _step(group: Any, name: str) -> Any:
    link = group.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        raise DamagedFileError("it links to another file instead of holding its own data")
    if isinstance(link, h5py.SoftLink):
        return member(group.file if link.path.startswith("/") else group, link.path)
    found = None if link is None else group[name]
    if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
        raise DamagedFileError("it keeps data in another file")
    return found


def read_datasets(group: Any, read_before: Iterable[Any] = ()) -> int:
    """Read every dataset below `group` once, in pieces of bounded size; give their number."""
    seen = {_place(each) for each in read_before}
    return len(seen) + _read(group, seen)


def _place(found: Any) -> int:
    return int(h5py.h5o.get_info(found.id).addr)


def _read(found: Any, seen: set[int]) -> int:
    if found is None or (place := _place(found)) in seen:
        return 0
    seen.add(place)
    if isinstance(found, h5py.Group):
        return sum(_read(member(found, name), seen) for name in found)
    if not isinstance(found, h5py.Dataset):
        return 0
    if unreadable(found):
        raise DamagedFileError("a dataset is packed with a filter that nobody here can unpack")
    for piece in _pieces(found):
        found[piece]
    return 1


def _pieces(dataset: Any) -> Iterator[Any]:
    if dataset.id.get_storage_size() == 0:
        return
    if not dataset.shape:
        yield ()
        return
    row_bytes = max(1, dataset.nbytes // dataset.shape[0])
    chunk_rows = dataset.chunks[0] if dataset.chunks else 1
    if dataset.chunks and row_bytes * chunk_rows > _LARGEST_PIECE:
        yield from dataset.iter_chunks()
        return
    rows = max(1, _LARGEST_PIECE // (row_bytes * chunk_rows)) * chunk_rows
    for start in range(0, dataset.shape[0], rows):
        yield slice(start, start + rows)
