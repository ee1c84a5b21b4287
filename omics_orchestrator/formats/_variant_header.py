"""The header that VCF and BCF share.

Read here rather than by htslib, which fails on VCF 4.4 and on BCF 2.1 and drops a sample whose name
stands twice.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from omics_orchestrator.formats._assemblies import assembly_facts
from omics_orchestrator.formats._inputs import inputs_fact
from omics_orchestrator.formats._person_text import names_somebody, tells_of_a_person
from omics_orchestrator.formats._personal_words import names_a_person, says_nothing

FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
MAGIC = b"##fileformat=VCF"
_CONTIG = re.compile(r"##contig=<(?:.*,)?ID=([^,>]+)")
_LENGTH = re.compile(r"[<,]length=([0-9]{1,12})[,>]")
_ASSEMBLY = re.compile(r"[<,]assembly=\"?([^,>\"]+)")
_COMMAND = re.compile(r"(?i)##[^=]*(?:command|cmd)[^=]*=")
_FORMAT_COLUMN = len(FIXED_COLUMNS)
# Lines that describe columns, and hold words of their authors and nobody's data.
_OF_COLUMNS = ("INFO", "FORMAT", "FILTER", "ALT", "contig", "reference", "assembly", "fileformat")
_KEYED = re.compile(r"(\w[\w .-]*)=(\"[^\"]*\"|[^,>\"]*)")


@dataclass
class VariantHeader:
    """What the lines that begin with # say.

    Attributes:
        version: as the first line has it, such as VCFv4.2.
        contigs: names of the declared sequences, in their order.
        reference: file name of the reference, without the folders of whoever made the file.
        columns: the names of the #CHROM line; none when that line is absent.
        lengths: the lengths of the declared sequences that have one.
        assemblies: what their lines, and the reference's, say of the assembly.
        others: the lines that describe no column: ##SAMPLE, ##PEDIGREE, commands, free text.
    """

    version: str | None = None
    contigs: list[str] = field(default_factory=list)
    reference: str | None = None
    columns: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    assemblies: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def samples(self) -> list[str]:
        """The samples' names, in the order of their columns."""
        return self.columns[_FORMAT_COLUMN + 1 :]

    def facts(self) -> dict[str, object]:
        """Give what a register wants to know."""
        return {
            "version": self.version,
            "samples": self.samples,
            "contigs": len(self.contigs),
            "reference": self.reference,
            **assembly_facts(self.lengths, self.assemblies),
            **inputs_fact(line for line in self.others if _COMMAND.match(line)),
        }

    def faults(self) -> Iterator[str]:
        """Yield what is wrong, without any name."""
        if not self.columns:
            yield "its #CHROM line is absent"
        elif tuple(self.columns[:_FORMAT_COLUMN]) != FIXED_COLUMNS:
            yield "its #CHROM line does not name the eight columns, parted by tabs"
        elif self.columns[_FORMAT_COLUMN:] and self.columns[_FORMAT_COLUMN] != "FORMAT":
            yield "its #CHROM line names samples without FORMAT"
        if len(set(self.samples)) < len(self.samples) or "" in self.samples:
            yield "a sample's name is empty or stands twice"
        if len(set(self.contigs)) < len(self.contigs):
            yield "a contig is declared twice"

    def personal_fields(self) -> Iterator[str]:
        """Name what seems to say who was sequenced."""
        if any(map(names_somebody, self.samples)):
            yield "sample names"
        yield from dict.fromkeys(
            f"##{line[2:].partition('=')[0]} line" for line in self.others if _is_personal(line)
        )


def _is_personal(line: str) -> bool:
    _, _, value = line.partition("=")
    if value.startswith("<"):
        keyed = dict(_KEYED.findall(value[1:]))
        if any(names_a_person(key) and not says_nothing(said) for key, said in keyed.items()):
            return True
        if names_somebody(keyed.get("ID", "")):
            return True
    return tells_of_a_person(value)


def parse_header(lines: Iterable[str]) -> VariantHeader:
    """Read the header's lines; lines that say nothing we keep are passed over."""
    header = VariantHeader()
    for line in lines:
        if line.startswith("##fileformat="):
            header.version = line.partition("=")[2]
        elif line.startswith("##reference="):
            header.assemblies.append(line)
            header.reference = (
                re.split(r"[\\/]", line)[-1].removeprefix("##reference=").removeprefix("file:")
            )
        elif line.startswith("#CHROM"):
            header.columns = line.split("\t")
        elif contig := _CONTIG.match(line):
            header.contigs.append(contig[1])
            header.lengths += map(int, _LENGTH.findall(line))
            header.assemblies += _ASSEMBLY.findall(line)
        elif line.startswith("##") and not line[2:].startswith(_OF_COLUMNS):
            header.others.append(line)
    return header
