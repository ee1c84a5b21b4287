"""HUMAnN's tables: gene families, path abundance, path coverage, reactions, regrouped ones."""

import re
from collections.abc import Sequence

from omics_orchestrator.formats._table import Dialect, table_format
from omics_orchestrator.formats._table_head import TableHead
from omics_orchestrator.formats._table_inspect import Identifiers, NumbersFrom
from omics_orchestrator.formats._table_rows import Inspector

_FEATURES = re.compile(r"#\s*(Gene Family|Pathway|Reaction)s?\b.*")
_MEASURE = re.compile(r"[_ -](Abundance|Coverage)(?:-?(RPKs?|CPM|RELAB|RPKM))?s?$")
_DIALECTS = {"Gene Family": "gene_families", "Reaction": "reactions"}


def _feature(head: TableHead) -> str | None:
    match = _FEATURES.fullmatch(head.columns[0])
    return match[1] if match else None


def _measures(head: TableHead) -> list[str]:
    found = map(_MEASURE.search, head.columns[1:])
    return list(dict.fromkeys(match[1] for match in found if match))


def _kind(head: TableHead) -> str | None:
    feature = _feature(head)
    if feature != "Pathway":
        return _DIALECTS.get(feature or "")
    return "path_coverage" if _measures(head) == ["Coverage"] else "path_abundance"


def _samples(head: TableHead) -> Sequence[str]:
    return [_MEASURE.sub("", name) for name in head.columns[1:]]


def _facts(head: TableHead) -> dict[str, object]:
    units = {match[2] for match in map(_MEASURE.search, head.columns) if match and match[2]}
    return {"units": sorted(units)} if units else {}


def _rows(head: TableHead) -> list[Inspector]:
    return [NumbersFrom(1, head.separator), Identifiers(called="duplicate_features")]


def _dialect(name: str) -> Dialect:
    return Dialect(
        name, lambda head: _kind(head) == name, samples=_samples, facts=_facts, inspectors=_rows
    )


FORMAT = table_format(
    "humann",
    tuple(
        f"{name}{ending}{packed}"
        for name in ("genefamilies", "pathabundance", "pathcoverage")
        for ending in (".tsv", "_cpm.tsv", "_relab.tsv")
        for packed in ("", ".gz")
    ),
    "microbiome",
    "matrix",
    *map(_dialect, ("gene_families", "path_abundance", "path_coverage", "reactions")),
)
