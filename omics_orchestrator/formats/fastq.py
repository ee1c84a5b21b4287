"""Sequencing reads as FASTQ, plain or packed; every record of four lines is checked."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import BinaryIO

from omics_orchestrator.formats import Format, Head
from omics_orchestrator.formats._damage import DamagedFileError
from omics_orchestrator.formats._fastq_records import Reads
from omics_orchestrator.formats._packing import Unpacked, lines, packing_of
from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person
from omics_orchestrator.formats._read_names import read_origin
from omics_orchestrator.formats._text_end import is_cut_bgzf, is_cut_xz, last_lines

_SUFFIXES = tuple(
    f"{name}{packed}" for name in (".fastq", ".fq") for packed in ("", ".gz", ".xz", ".bz2")
)
# What Nanopore's software copies from the operator's form into each read's name.
_TYPED = re.compile(r"\b(?:sample_?id|protocol_group_id|SM:Z)[=:](\S+)")
_PRINTED = bytes(range(ord("!"), ord("~") + 1))
# Memory that is fetched from the system anew for each block costs as much as its checks.
_BLOCK, _A_FEW_READS = 96 << 10, 16 << 10


def sniff(head: Head) -> bool:
    """A line that begins with @, bases, and a line that begins with +, as far as these are seen."""
    if not head.inflated:
        # An empty file says nothing of itself; a packed one is whole, so its name may.
        return packing_of(head.raw) is not None and head.name.lower().endswith(_SUFFIXES)
    match head.inflated.split(b"\n", 3):
        case [name, bases]:
            return name.startswith(b"@") and bases != b"" and _is_sequence(bases)
        case [name, bases, third, *_]:
            return name.startswith(b"@") and _is_sequence(bases) and third[:1] in (b"+", b"")
    return False


def _is_sequence(line: bytes) -> bool:
    return not line.translate(None, _PRINTED + b"\r")


def describe(stream: BinaryIO) -> Mapping[str, object]:
    """The container, and from the first read its length and where it was sequenced."""
    unpacked = Unpacked(stream, _A_FEW_READS)
    facts: dict[str, object] = {"container": unpacked.container}
    match list(islice(lines(unpacked), 2)):
        case [name, bases]:
            facts["first_read_length"] = len(bases.rstrip(b"\r"))
            facts |= read_origin(name[1:].decode("utf-8", "replace").rstrip("\r"))
    return facts


def look_over(stream: BinaryIO) -> Mapping[str, object]:
    """Check the first record, and the last one or the last bytes of what packs them.

    Plain gzip says nothing of its end that can be read without what comes before.
    """
    unpacked = Unpacked(stream, _A_FEW_READS)
    first = list(islice(lines(unpacked), 4))
    fault = _fault(first)
    if fault:
        raise DamagedFileError(fault)
    last = last_lines(stream, 4) if unpacked.container == "plain" else []
    # A blank last line may be that of a read without bases, or none of any read.
    if last and last[-1].strip() and _fault(last):
        raise DamagedFileError("its last record is not whole")
    if unpacked.container == "bgzf" and is_cut_bgzf(stream):
        raise DamagedFileError("the file ends inside its gzip data")
    if unpacked.container == "xz" and is_cut_xz(stream):
        raise DamagedFileError("the file ends inside its xz data")
    return {"container": unpacked.container}


def _fault(record: list[bytes]) -> str | None:
    reads = Reads()
    try:
        reads.take(b"\n".join(record))
        reads.end()
    except DamagedFileError as damage:
        return damage.what
    return None


def personal_fields(stream: BinaryIO) -> Sequence[str]:
    """Look for a person in the first read's name, where sequencers put what an operator typed."""
    name = next(lines(Unpacked(stream, _A_FEW_READS)), b"").decode("utf-8", "replace")
    labels = (label[1] for label in _TYPED.finditer(name))
    if tells_of_a_person(name) or any(map(names_somebody, labels)):
        return ["read name"]
    return []


def read_through(stream: BinaryIO) -> Mapping[str, object]:
    """Check every record; give the reads, the bases, and the shortest and longest read."""
    unpacked = Unpacked(stream, _BLOCK)
    reads = Reads()
    for block in unpacked:
        reads.take(block)
    reads.end()
    return unpacked.facts() | reads.facts()


FORMAT = Format(
    name="fastq",
    suffixes=_SUFFIXES,
    modality="sequencing",
    stage="raw",
    sniff=sniff,
    describe=describe,
    read_through=read_through,
    look_over=look_over,
    personal_fields=personal_fields,
)
