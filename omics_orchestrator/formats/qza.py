"""QIIME 2's artifacts and visualizations: a zip archive with its provenance."""

import errno
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

import yaml

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._artifact_action import inputs_of_action
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._personal_words import names_a_person
from omics_orchestrator.formats._zip_end import refuse_garbage_behind

_NAME_AT = 30
_UUID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/")
_VERSION = re.compile(r"QIIME 2\s+archive: (\S+)\s+framework: (\S+)")
_OWN = "provenance/action/action.yaml"
_ACTION = re.compile(r"provenance/(?:artifacts/[^/]+/)?action/action\.yaml")
_METADATA = re.compile(r"provenance/(?:artifacts/[^/]+/)?action/[^/]+\.tsv")
_BLOCK = 1 << 20
_ALGORITHMS = ("md5", "sha512")
_LARGEST_NOTE = 4 << 20
_MOST_NOTES = 100
# What zipfile raises for archives that make no sense.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError,
    ValueError, OverflowError, KeyError,
)  # fmt: skip


def sniff(head: Head) -> bool:
    """A zip archive whose first member lies in a folder called by a UUID."""
    return head.raw.startswith(b"PK\x03\x04") and bool(_UUID.match(head.raw, _NAME_AT))


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """Type, format and UUID, the framework's version, the provenance's size, the data's files."""
    with _opened(stream) as archive:
        return _described(archive)


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Read the archive's list, which stands at its end, and whether it ends there."""
    with _opened(stream) as archive:
        facts = _described(archive)
        refuse_garbage_behind(archive, stream)
        return facts


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Unpack every member, with its CRC, and compare the checksums that the archive lists."""
    with _opened(stream) as archive:
        refuse_garbage_behind(archive, stream)
        root = _root(archive)
        algorithm, listed = _checksums(archive, root)
        names = archive.namelist()
        found = {name.removeprefix(root): _digest(archive, name, algorithm) for name in names}
        for path, digest in listed.items():
            if found.get(path) != digest:
                raise DamagedFileError("a member is absent or not what its checksum says")
        sizes = sum(member.file_size for member in archive.infolist())
        return {"members": len(found), "unpacked_bytes": sizes, "checksums_compared": len(listed)}


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Columns of metadata that is kept in the provenance."""
    with _opened(stream) as archive:
        return list(dict.fromkeys(_personal(archive)))


def _personal(archive: zipfile.ZipFile) -> Iterator[str]:
    root = _root(archive)
    inside = [name.removeprefix(root) for name in archive.namelist()]
    notes = [path for path in inside if _METADATA.fullmatch(path)]
    for path in notes[:_MOST_NOTES]:
        text = _note(archive, root + path)
        columns = text.partition("\n")[0].rstrip("\r").split("\t")
        yield from (
            f"provenance metadata column {name}" for name in columns if names_a_person(name)
        )


def _described(archive: zipfile.ZipFile) -> dict[str, object]:
    root = _root(archive)
    paths = [name.removeprefix(root) for name in archive.namelist()]
    version = _VERSION.search(_note(archive, f"{root}VERSION"))
    said = _mapping(_note(archive, f"{root}metadata.yaml"))
    if version is None or "type" not in said:
        raise DamagedFileError("it does not say its type and version as QIIME 2 does")
    data = [path for path in paths if path.startswith("data/") and not path.endswith("/")]
    return {
        "uuid": root.rstrip("/"),
        "type": str(said["type"]),
        "format": said.get("format") and str(said["format"]),
        "archive_version": version[1],
        "framework": version[2],
        "provenance_actions": sum(bool(_ACTION.fullmatch(path)) for path in paths),
        "data_files": data[:20],
        "n_data_files": len(data),
        **_inputs(archive, root, paths),
    }


def _inputs(archive: zipfile.ZipFile, root: str, paths: Sequence[str]) -> dict[str, list[str]]:
    found = inputs_of_action(_note(archive, root + _OWN)) if _OWN in paths else []
    return {"inputs": found} if found else {}


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            yield archive
    except _BROKEN:
        raise DamagedFileError("its zip archive is cut or broken") from None
    except OSError as error:
        if error.errno and error.errno != errno.EINVAL:
            raise  # the disk failed; EINVAL is a place before the beginning
        raise DamagedFileError("its zip archive is cut or broken") from None


def _root(archive: zipfile.ZipFile) -> str:
    roots = {name.partition("/")[0] for name in archive.namelist()}
    if len(roots) != 1:
        raise DamagedFileError("its members do not lie in one folder")
    return f"{roots.pop()}/"


def _note(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return member.read(_LARGEST_NOTE).decode("utf-8", "replace")


def _mapping(text: str) -> Mapping[str, object]:
    with suppress(yaml.YAMLError):
        said = yaml.safe_load(text)
        if isinstance(said, dict):
            return said
    return {}


def _digest(archive: zipfile.ZipFile, name: str, algorithm: str) -> str:
    found = hashlib.new(algorithm, usedforsecurity=False)
    with archive.open(name) as member:
        for block in iter(lambda: member.read(_BLOCK), b""):
            found.update(block)
    return found.hexdigest()


def _checksums(archive: zipfile.ZipFile, root: str) -> tuple[str, dict[str, str]]:
    """The algorithm and the listed digests; archives before version 5 list none."""
    names = set(archive.namelist())
    for algorithm in _ALGORITHMS:
        if f"{root}checksums.{algorithm}" in names:
            text = _note(archive, f"{root}checksums.{algorithm}")
            lines = (line.partition("  ") for line in text.splitlines())
            return algorithm, {path: digest for digest, _, path in lines if path}
    return _ALGORITHMS[0], {}


FORMAT = Format(
    name="qza",
    suffixes=(".qza", ".qzv"),
    modality="microbiome",
    stage="matrix",
    sniff=sniff,
    describe=describe,
    look_over=look_over,
    read_through=read_through,
    personal_fields=personal_fields,
)
