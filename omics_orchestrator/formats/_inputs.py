"""The files that a program read, as the command line in a header names them.

Base names only, of known omic files, and none that may be a person's; the rest of a command line is
kept nowhere. What a command wrote is none of its inputs, and where options and names cannot be told
apart, a name is left out rather than taken for an input.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from omics_orchestrator.formats import formats
from omics_orchestrator.formats._person_text import names_somebody

_WORD = re.compile(r"[^\s\"'`=,;()\[\]<>|{}]+|[>|;]|<\(")
# What stands before the name of a file that is written, for all aligners and callers we know.
_WRITTEN = re.compile(
    r"(?i)>|-{0,2}(?:o|s|vcf|snf|(?:bam|vcf|gvcf)?[-_]?out[\w-]*|\w{1,30}[-_]out(?:put)?"
    r"|(?:metrics|report|tmp)[\w-]*|(?:un|al)(?:-[\w-]*)?)"
)
# Commands that write the file they name first, or last, where no option names it.
_FIRST = (("samtools", "merge"), ("sambamba", "merge"))
_LAST = (
    ("samtools", "markdup"), ("samtools", "fixmate"), ("samtools", "rmdup"),
    ("sambamba", "markdup"),
)  # fmt: skip
_OF_OTHERS = ("checksums", "samplesheet", "index", "cellranger_metrics")
_MOST, _LONGEST, _LONGEST_COMMAND = 1000, 200, 1 << 20


def inputs_fact(commands: Iterable[str]) -> dict[str, list[str]]:
    """Give `inputs`, the base names of the files that command lines read; nothing for none."""
    found: dict[str, None] = {}
    for command in commands:
        found |= dict.fromkeys(name for name in _read_by(command) if is_told(name))
        if len(found) >= _MOST:
            break
    return {"inputs": list(found)[:_MOST]} if found else {}


def is_told(name: str) -> bool:
    """Tell whether a file's base name may be kept: no long one, and none that may be a person's."""
    return len(name) <= _LONGEST and "@" not in name and not names_somebody(name)


def _read_by(command: str) -> Iterator[str]:
    words = _WORD.findall(command[:_LONGEST_COMMAND])
    for part in _parts(words):
        yield from _of_one(part)


def _parts(words: list[str]) -> Iterator[list[str]]:
    """The commands of a pipe."""
    part: list[str] = []
    for word in words:
        if word in ("|", ";"):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _of_one(words: list[str]) -> list[str]:
    read, written = list[str](), False
    for before, word in zip(["", *words], words, strict=False):
        name = re.split(r"[\\/]", word)[-1]
        if word.startswith("-") or not name.lower().endswith(_endings()):
            continue
        if _WRITTEN.fullmatch(before):
            written = True
        else:
            read.append(name)
    program = tuple(re.split(r"[\\/]", word)[-1] for word in words[:2])
    if not written and program in _FIRST:
        return read[1:]
    return read[:-1] if not written and program in _LAST else read


@cache
def _endings() -> tuple[str, ...]:
    kinds = (each for each in formats().values() if each.name not in _OF_OTHERS)
    return tuple(suffix for each in kinds for suffix in each.suffixes)
