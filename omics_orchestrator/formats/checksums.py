"""Lists of checksums: md5sums.txt, reads.fastq.gz.md5 and their like.

Whether the files they name have these checksums is for who knows the files; a list that ends inside
a name cannot be told.
"""

from collections.abc import Mapping
from typing import BinaryIO

from omics_orchestrator.formats import HEAD_BYTES, Format, Head
from omics_orchestrator.formats._checksum import Checksum
from omics_orchestrator.formats._checksum_list import listed, looks_like_checksums
from omics_orchestrator.formats._damage import DamagedFileError

_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "b2", "b3", "sfv", "blake2",
               "blake3")  # fmt: skip
_SUFFIXES = (
    *(f".{each}" for each in _ALGORITHMS),
    *(f"{each}sum{ending}" for each in _ALGORITHMS for ending in ("", "s", ".txt", "s.txt")),
    "md5.txt", "checksums.txt", "checksum.txt", "checksums.tsv",
)  # fmt: skip
_LARGEST = 256 << 20


def sniff(head: Head) -> bool:
    """Every line seen is a checksum, with a file's name or alone."""
    return looks_like_checksums(head.raw, head.name)


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """The algorithms, and how many entries there are."""
    found = _read(stream)
    algorithms = dict.fromkeys(entry.algorithm for entry in found)
    return {"algorithms": list(algorithms), "entries": len(found)}


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Read every line; a file that is named twice must have the same checksum twice."""
    found = _read(stream)
    digests: dict[tuple[str, str | None], str] = {}
    for entry in found:
        digest = digests.setdefault((entry.algorithm, entry.path), entry.digest)
        if digest != entry.digest and entry.path is not None:
            raise DamagedFileError("it names a file twice, with two checksums")
    return {"entries": len(found)}


def _read(stream: BinaryIO) -> list[Checksum]:
    stream.seek(0)
    text = stream.read(_LARGEST)
    # Digests as short as CRC-32's are taken for such where nothing else can be meant.
    return listed(text, "" if looks_like_checksums(text[:HEAD_BYTES], "") else ".sfv")


FORMAT = Format(
    name="checksums",
    suffixes=_SUFFIXES,
    modality="any",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
)
