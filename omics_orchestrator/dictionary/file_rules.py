"""How a collection of files tells whose each file is, and which files need each other."""

from typing import Annotated, Literal

from pydantic import Field

from omics_orchestrator.dictionary.strict import Strict

Need = Literal["required", "optional", "ignored"]
Assembly = Literal["NCBI36", "GRCh37", "GRCh38", "T2T-CHM13v2.0", "GRCm38", "GRCm39"]


class Manifest(Strict):
    """A list that came with the files: in one column the sample, in another the file.

    `file` names the list within the inbox, with `*` for what differs. `path` is a file's path from
    the list's folder or the inbox, or its bare name where no other file has it. Without `separator`
    it is whichever of tab, semicolon and comma the header line has most of. `derived_from` is a
    column with the files that each file was made from, written as `path` is, parted by `;`.
    """

    file: Annotated[str, Field(min_length=1)]
    sample: str
    path: str
    derived_from: str | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None


class Strip(Strict):
    """A step of normalising: what fits the pattern is no part of the sample's name."""

    strip: str


Normal = Literal["upper", "separators"]
Step = Normal | Strip


class Derivation(Strict):
    """A file of format `made` was made from the files of format `source` of its sample.

    Of files of one sample, those belong together that are alike in all columns named in `by`. Only
    where a single file was made from them; a file that tells of its inputs itself is left alone.
    """

    source: str
    made: str
    by: tuple[Literal["instrument", "run", "flowcell", "lane"], ...] = ()


class Companions(Strict):
    """Which files need each other.

    What is there must agree, unless it is `ignored`; what is `required` must be there, too.
    """

    read_pairs: Need = "optional"
    index: Need = "optional"
    checksum: Need = "optional"
    tenx_matrix: Need = "required"
