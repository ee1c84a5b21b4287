"""Folders of objects that are one thing together, such as zarr: each is one file of the register.

A folder's SHA-256 is that of the list of its objects' SHA-256s, ordered by name, as `sha256sum`
writes it. Its copy lies below one address, with the object by which it is known put last, so that
half a copy is none.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from omics_orchestrator.catalogue._hashing import FileChangedError, HashedStream
from omics_orchestrator.catalogue._passing import Passing
from omics_orchestrator.folder_formats import Folder, folder_formats
from omics_orchestrator.stores import Store, StoredObject

_AT_ONCE = 8


@dataclass(frozen=True)
class Gathered:
    """What a listing shows, when each folder that is one thing is seen as one object.

    Attributes:
        items: loose objects and folders; a folder has the bytes of all its objects, and an etag
            that is another one when any of them is.
        members: key of each folder → its objects.
    """

    items: Sequence[StoredObject]
    members: Mapping[str, Sequence[StoredObject]]


def gathered(found: Sequence[StoredObject]) -> Gathered:
    """Gather the objects of folders that are one thing; one inside another is a part of it."""
    marks = tuple(f"/{mark}" for each in folder_formats().values() for mark in each.marks)
    roots = {each.key.rpartition("/")[0] for each in found if each.key.endswith(marks)}
    if not roots:
        return Gathered(found, {})
    loose: list[StoredObject] = []
    members: dict[str, list[StoredObject]] = {}
    for each in found:
        root = next((above for above in _above(each.key) if above in roots), None)
        (loose if root is None else members.setdefault(root, [])).append(each)
    folders = [_as_one(root, each) for root, each in members.items()]
    return Gathered([*loose, *folders], members)


def is_within(path: str, folders: Mapping[str, object]) -> bool:
    """Tell whether a path is of an object of one of these folders."""
    return any(above in folders for above in _above(path))


def opened(store: Store, key: str, members: Sequence[StoredObject]) -> Folder:
    """A folder of a store, to be read by a folder format."""
    sizes = {each.key.removeprefix(f"{key}/"): each.size for each in members}
    return Folder(frozenset(sizes), sizes, lambda name: store.open(f"{key}/{name}"))


def digests(folder: Folder) -> dict[str, str]:
    """The SHA-256 of each object, ordered by name."""

    def digest(name: str) -> str:
        with folder.open(name) as stream:
            return HashedStream(stream).sha256()

    names = sorted(folder.names)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(names, pool.map(digest, names), strict=True))


def sha256_of(of_objects: Mapping[str, str]) -> str:
    """The SHA-256 of a folder whose objects have these."""
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(of_objects.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def copy(folder: Folder, of_objects: Mapping[str, str], store: Store, key: str) -> None:
    """Copy a folder below a key; objects that are there already are of the same content.

    Raises:
        FileChangedError: an object is no longer what it was when it was hashed.
        StoreError: the store cannot be written.
        TransientError: a store is away.
    """

    def put(name: str) -> None:
        passing = Passing(store, f"{key}/{name}", folder.sizes[name])
        with folder.open(name) as stream, passing:
            if HashedStream(stream, passing.take).sha256() != of_objects[name]:
                raise FileChangedError(f"{key}/{name}")
            passing.arrive()

    marks = {mark for each in folder_formats().values() for mark in each.marks}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(put, sorted(set(of_objects) - marks)))
    for mark in sorted(marks & set(of_objects)):
        put(mark)


def is_folder(store: Store, key: str) -> bool:
    """Tell whether a whole folder lies below a key."""
    marks = {f"{key}/{mark}" for each in folder_formats().values() for mark in each.marks}
    return any(each.key in marks for each in store.list(key))


def holds_folder(store: Store, key: str, sha256: str) -> bool:
    """Read the folder below a key; tell whether it is this content."""
    return sha256_of(digests(opened(store, key, list(store.list(key))))) == sha256


def _above(path: str) -> list[str]:
    """The folders that a path is in, from the top."""
    return [path[:end] for end, letter in enumerate(path) if letter == "/"]


def _as_one(root: str, members: Sequence[StoredObject]) -> StoredObject:
    versions = "\n".join(
        f"{each.key} {each.size} {each.etag or each.modified}"
        for each in sorted(members, key=lambda each: each.key)
    )
    return StoredObject(
        root,
        sum(each.size for each in members),
        max(each.modified for each in members),
        hashlib.sha256(versions.encode()).hexdigest()[:32],
    )
