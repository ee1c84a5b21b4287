"""Whose identifiers name the rows of a table: Ensembl's, Entrez', UniProt's, or gene symbols."""

import re
from collections.abc import Sequence

_KINDS = {
    "ensembl": re.compile(
        r"(?:ENS[A-Z]{0,5}[GTPE]\d{11}|FBgn\d{7}|WBGene\d{8}|AT[1-5CM]G\d{5}|Y[A-P][LR]\d{3}[CW](?:-[A-Z])?)"
        r"(?:\.\d+)?(?:_PAR_Y)?(?:[|_].+)?"
    ),
    "refseq": re.compile(r"[NX][MRPG]_\d{6,9}(?:\.\d+)?"),
    "uniprot": re.compile(
        r"(?:[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z0-9]{2}\d){1,2})(?:-\d+)?(?:;.+)?"
    ),
    "mirbase": re.compile(r"(?:[a-z]{3}-)(?:mir|miR|let)-.+|MI(?:MAT)?\d{7}"),
    "entrez": re.compile(r"\d{1,9}"),
    "symbol": re.compile(r"[A-Z][A-Za-z0-9]{0,9}(?:[-.@][A-Za-z0-9]+)*|C\d{1,2}orf\d+"),
}
_MOST_OF_THEM = 0.9


def id_kind(identifiers: Sequence[str]) -> str | None:
    """Name the kind that nine of ten identifiers are of; None when there is none.

    Lines that counting programs add (`__no_feature`, `N_unmapped`) and control probes count not.
    """
    told = [name for name in identifiers if not name.startswith(("__", "N_", "ERCC-"))]
    for kind, pattern in _KINDS.items():
        if told and sum(bool(pattern.fullmatch(n)) for n in told) >= _MOST_OF_THEM * len(told):
            return kind
    return None
