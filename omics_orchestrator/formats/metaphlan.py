"""MetaPhlAn's profiles, of versions 2 to 4, of one sample and merged."""

import re

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_columns import begins
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Identifiers, NumbersFrom
from omics_orchestrator.formats._table_rows import Inspector

_CLADE = re.compile(r"(?:[kdrpcofgst]__|UNKNOWN|UNCLASSIFIED|unclassified)")
_DATABASE = re.compile(r"#(mpa_v\w+|SGB\w*)")
_SAMPLE = re.compile(r"#SampleID\t(.+)")
_ANALYSIS = re.compile(r"Meta[Pp]hl[Aa]n\d?_Analysis")
_OWN = frozenset({
    "clade_name", "#clade_name", "id", "#sampleid", "ncbi_tax_id", "clade_taxid",
    "relative_abundance",
    "additional_species", "coverage", "estimated_number_of_reads_from_the_clade",
    "estimated_number_of_reads",
})  # fmt: skip
_FIRST = ("id", "#sampleid", "clade_name", "#clade_name")


def _has_clades(head: TableHead) -> bool:
    clades = [row[0] for row in head.rows if row]
    return all(map(_CLADE.match, clades)) and (bool(clades) or begins("#clade_name")(head))


def _is_profile(head: TableHead) -> bool:
    return head.columns[0].lower() in _FIRST and _has_clades(head)


def _samples(head: TableHead) -> list[str]:
    said = [match[1] for match in map(_SAMPLE.fullmatch, head.comments) if match]
    named = said or [name for name in head.columns if name.lower() not in _OWN]
    return [name for name in named if not _ANALYSIS.fullmatch(name)]


def _facts(head: TableHead) -> dict[str, object]:
    found = [match[1] for match in map(_DATABASE.match, head.comments) if match]
    return {"database": found[0]} if found else {}


def _rows(head: TableHead) -> list[Inspector]:
    texts = [name.lower() for name in head.columns]
    first = max(
        at for at, name in enumerate(texts) if at == 0 or name in ("ncbi_tax_id", "clade_taxid")
    )
    last = texts.index("additional_species") if "additional_species" in texts else None
    return [NumbersFrom(first + 1, head.separator, last), Identifiers(called="duplicate_clades")]


FORMAT = table_format(
    "metaphlan",
    (
        "_metaphlan.txt",
        ".metaphlan.txt",
        "_metaphlan.tsv",
        "metaphlan_profile.txt",
        "metaphlan_profile.tsv",
        "metaphlan_bugs_list.tsv",
    ),
    "microbiome",
    "matrix",
    Dialect(
        "profile",
        lambda head: _is_profile(head) and "relative_abundance" in head.columns,
        samples=_samples,
        facts=_facts,
        inspectors=_rows,
    ),
    Dialect("table", _is_profile, samples=_samples, facts=_facts, inspectors=_rows),
)
