"""The header that VCF and BCF share.

Read here rather than by htslib, which fails on VCF 4.4 and on BCF 2.1 and drops a sample whose name
stands twice.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
MAGIC = b"##fileformat=VCF"
_CONTIG = re.compile(r"##contig=<(?:.*,)?ID=([^,>]+)")
_FORMAT_COLUMN = len(FIXED_COLUMNS)


@dataclass
class VariantHeader:
    """What the lines that begin with # say.

    Attributes:
        version: as the first line has it, such as VCFv4.2.
        contigs: names of the declared sequences, in their order.
        reference: file name of the reference, without the folders of whoever made the file.
        columns: the names of the #CHROM line; none when that line is absent.
    """

    version: str | None = None
    contigs: list[str] = field(default_factory=list)
    reference: str | None = None
    columns: list[str] = field(default_factory=list)

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


def parse_header(lines: Iterable[str]) -> VariantHeader:
    """Read the header's lines; lines that say nothing we keep are passed over."""
    header = VariantHeader()
    for line in lines:
        if line.startswith("##fileformat="):
            header.version = line.partition("=")[2]
        elif line.startswith("##reference="):
            header.reference = (
                re.split(r"[\\/]", line)[-1].removeprefix("##reference=").removeprefix("file:")
            )
        elif line.startswith("#CHROM"):
            header.columns = line.split("\t")
        elif contig := _CONTIG.match(line):
            header.contigs.append(contig[1])
    return header
