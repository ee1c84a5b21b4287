"""The header that SAM, BAM and CRAM share: what was sequenced, and against which reference.

Read here and not by htslib: the text is short and simple, and htslib would want the stream as a
file of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from omics_orchestrator.formats._assemblies import assembly_facts
from omics_orchestrator.formats._inputs import inputs_fact
from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person
from omics_orchestrator.formats._read_names import read_origin

_FLOWCELL_UNIT = re.compile(r"(?P<flowcell>[A-Z0-9-]{6,})[.:](?P<lane>\d)(?:[.:].*)?")
_LENGTH = re.compile(r"[0-9]{1,12}")
_LISTED = 200


@dataclass
class AlignmentHeader:
    """What the lines that begin with @ say.

    Attributes:
        first_line: the @HD line's fields.
        sequences: the @SQ lines' fields, or what BAM's own list says.
        read_groups: the @RG lines' fields.
        programs: the @PG lines' fields.
        comments: the @CO lines' texts.
    """

    first_line: Mapping[str, str] = field(default_factory=dict)
    sequences: list[Mapping[str, str]] = field(default_factory=list)
    read_groups: list[Mapping[str, str]] = field(default_factory=list)
    programs: list[Mapping[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def facts(self, first_read: str = "") -> dict[str, object]:
        """Give what a register wants to know; `first_read` is the first record's read name."""
        return {
            "sort_order": self.first_line.get("SO"),
            "references": len(self.sequences),
            "reference": self._reference(),
            **assembly_facts((length for _, length in self.lengths()), self._stated()),
            "samples": self._told("SM"),
            "platforms": self._told("PL"),
            "libraries": self._told("LB")[:_LISTED],
            "read_groups": len(self.read_groups),
            "programs": _distinct(each.get("PN") or each.get("ID") for each in self.programs),
            **inputs_fact(self._commands()),
            **self._origin(first_read),
        }

    def lengths(self) -> list[tuple[str, int]]:
        """Give the name and length of each sequence; 0 where its length is not told."""
        told = [(each.get("SN", ""), each.get("LN", "")) for each in self.sequences]
        return [(name, int(said) if _LENGTH.fullmatch(said) else 0) for name, said in told]

    def personal_fields(self) -> Iterator[str]:
        """Name the lines that seem to say who was sequenced."""
        if any(tells_of_a_person(comment) for comment in self.comments):
            yield "@CO line"
        for tag in ("SM", "LB", "ID"):
            if any(names_somebody(name) for name in self._told(tag)):
                yield f"@RG {tag}"
        if any(tells_of_a_person(text) for text in self._told("DS")):
            yield "@RG DS"
        if any(tells_of_a_person(each.get(tag, "")) for each in self.programs for tag in _SAID):
            yield "@PG line"

    def _commands(self) -> Iterator[str]:
        yield from (each.get("CL", "") for each in self.programs)
        # STAR says in a comment what was asked of it, and in @PG the half of it.
        yield from (each for each in self.comments if each.startswith("user command line:"))

    def _told(self, tag: str) -> list[str]:
        return _distinct(each.get(tag) for each in self.read_groups)

    def _reference(self) -> str | None:
        return next(iter(self._stated()), None)

    def _stated(self) -> list[str]:
        stated = _distinct(each.get("AS") for each in self.sequences)
        places = _distinct(re.split(r"[\\/]", each.get("UR", ""))[-1] for each in self.sequences)
        return [*stated, *places]

    def _origin(self, first_read: str) -> dict[str, object]:
        # Of several read groups the first read's lane says too little; so does an index.
        one = len(self.read_groups) <= 1
        kept = ("accession", "instrument", "run", "flowcell", *(["lane"] if one else []))
        origin = {key: said for key, said in read_origin(first_read).items() if key in kept}
        units = [_FLOWCELL_UNIT.fullmatch(unit) for unit in self._told("PU")]
        flowcells = _distinct(unit["flowcell"] for unit in units if unit)
        if flowcells and "flowcell" not in origin:
            origin["flowcell"] = flowcells[0] if len(flowcells) == 1 else flowcells[:_LISTED]
        if len(units) == 1 and units[0] and "lane" not in origin:
            origin["lane"] = int(units[0]["lane"])
        return origin


_SAID = ("CL", "DS")


def parse_alignment_header(text: str) -> AlignmentHeader:
    """Read the header's lines; lines that say nothing we keep are passed over."""
    header = AlignmentHeader()
    lists = {"@SQ": header.sequences, "@RG": header.read_groups, "@PG": header.programs}
    for line in text.splitlines():
        kind, _, rest = line.partition("\t")
        if kind == "@HD":
            header.first_line = _fields(rest)
        elif kind == "@CO":
            header.comments.append(rest)
        elif kind in lists:
            lists[kind].append(_fields(rest))
    return header


def _fields(rest: str) -> dict[str, str]:
    return {part[:2]: part[3:] for part in rest.split("\t") if part[2:3] == ":"}


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
