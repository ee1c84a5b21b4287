"""What omic files are. Each module defines `FORMAT`; the content decides, never the name alone.

`sniff` looks at the head, `describe` reads headers only, `look_over` follows the structure without
the data, `read_through` reads all it must to say that the file is whole. Each begins at the start
of the stream, so their order is free.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import BinaryIO

from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._hdf5 import root_members
from omics_orchestrator.formats._packing import inflated_start
from omics_orchestrator.formats._person_text import names_somebody
from omics_orchestrator.formats._slide_vendors import scanner_of
from omics_orchestrator.formats._stand_ins import stand_in
from omics_orchestrator.registry import offers

__all__ = [
    "DamagedFileError",
    "Depth",
    "Finding",
    "Format",
    "Head",
    "formats",
    "identify",
    "named_like",
    "names_somebody",
    "read_head",
    "stand_in",
]

HEAD_BYTES = 64 << 10


@dataclass(frozen=True)
class Head:
    """The beginning of a file: its first 64 KiB as they are, and what is seen inside.

    Attributes:
        name: the file's name, which breaks ties between contents that look alike.
        raw: the bytes as they are.
        inflated: the bytes unpacked when they are gzip, xz or bzip2, otherwise as they are.
        members: the names at the root of an HDF5 file, none for any other file.
        scanner: the maker of the slide scanner that wrote a TIFF, blank for any other file.
    """

    name: str
    raw: bytes
    inflated: bytes
    members: frozenset[str] = frozenset()
    scanner: str = ""


class Depth(StrEnum):
    """How much of a file is read to say that it is whole."""

    HEADER = "header"
    STRUCTURE = "structure"
    FULL = "full"


@dataclass(frozen=True)
class Finding:
    """What reading a file showed, to the depth asked for.

    Attributes:
        fault: what is wrong, in words without content, or None when the file is whole.
        facts: what was counted on the way, as plain JSON values; none for a damaged file.
    """

    fault: str | None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One file format and how to read it.

    Attributes:
        name: our name of the format, lower_snake.
        suffixes: file name endings it is known by, lower case, with their dot.
        modality: sequencing, genomics, single_cell, imaging …
        stage: raw, aligned, matrix, summary or cohort.
        sniff: tells from the head whether the content is of this format.
        describe: reads the header of an open, seekable stream; plain JSON values only, and no
            identifier but sample names. Raises DamagedFileError when there is no header to read.
        read_through: reads the stream to its end and gives what it counted; DamagedFileError
            when it is not whole.
        look_over: follows indices, sizes and end marks without reading the data, as far as the
            format has any; DamagedFileError when they do not fit. None: as `describe`.
        personal_fields: names the places of the header that may say who a person is (a tag, a
            comment line, a column), never what they say; none when there is nothing to see.
        shared_suffixes: endings of a more general format by which it may be called too.
    """

    name: str
    suffixes: tuple[str, ...]
    modality: str
    stage: str
    sniff: Callable[[Head], bool]
    describe: Callable[[BinaryIO], Mapping[str, object]]
    read_through: Callable[[BinaryIO], Mapping[str, object]]
    look_over: Callable[[BinaryIO], Mapping[str, object]] | None = None
    personal_fields: Callable[[BinaryIO], Sequence[str]] = lambda _: ()
    shared_suffixes: tuple[str, ...] = ()

    def may_be_called(self, name: str) -> bool:
        """Tell whether a file of this format may have such a name."""
        return name.lower().endswith((*self.suffixes, *self.shared_suffixes))

    def validate(self, stream: BinaryIO, depth: Depth = Depth.FULL) -> Finding:
        """Read the stream as deep as asked and say whether the file is whole, as far as seen."""
        read = {
            Depth.HEADER: self.describe,
            Depth.STRUCTURE: self.look_over or self.describe,
            Depth.FULL: self.read_through,
        }[depth]
        try:
            return Finding(None, read(stream))
        except DamagedFileError as damage:
            return Finding(damage.what)


@cache
def formats() -> Mapping[str, Format]:
    """Every format of this package by its name."""
    found = offers(sys.modules[__name__], "FORMAT").values()
    return {format_.name: format_ for format_ in found}


def read_head(name: str, stream: BinaryIO) -> Head:
    """Look at the beginning of a file and inside its container."""
    stream.seek(0)
    raw = stream.read(HEAD_BYTES)
    members, scanner = root_members(raw, stream), scanner_of(raw, stream)
    return Head(name, raw, inflated_start(raw, stream), members, scanner)


def identify(name: str, stream: BinaryIO) -> Format | None:
    """Tell what an open file is by its content; None when it is none of our formats."""
    head = read_head(name, stream)
    return next((format_ for format_ in formats().values() if format_.sniff(head)), None)


def named_like(name: str) -> Format | None:
    """Tell what a file's name says it is, whatever its content."""
    lower = name.lower()
    return next((format_ for suffix, format_ in _by_suffix() if lower.endswith(suffix)), None)


@cache
def _by_suffix() -> Sequence[tuple[str, Format]]:
    """Every ending and its format; the longest come first, as they say most."""
    pairs = [(suffix, each) for each in formats().values() for suffix in each.suffixes]
    return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)
