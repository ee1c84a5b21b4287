"""Names of drugs that nobody knows, and what may be meant by them."""

import re
from collections.abc import Iterable, Mapping

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from omics_orchestrator.dictionary.drugs import folded

_ALIKE = 0.7
_WORD = re.compile(r"[a-z0-9-]{4,}")
_MOST = 3


def unknown(texts: pl.Series, names: Mapping[str, str]) -> pl.DataFrame:
    """The texts that are no name of a drug, most frequent first: `text` and how often, `rows`."""
    said = texts.drop_nulls().str.strip_chars()
    text = pl.col("text")
    return (
        said.filter(said != "")
        .alias("text")
        .value_counts(name="rows")
        .filter(~text.map_elements(folded, return_dtype=pl.String).is_in(list(names)))
        .sort(pl.col("rows"), text, descending=[True, False])
    )


def suggestions(text: str, names: Mapping[str, str]) -> list[str]:
    """The drugs that may be meant, the likeliest first; a word of the text may name one too."""
    whole = folded(text)
    alike: dict[str, float] = {}
    for piece in (whole, *_WORD.findall(whole)):
        for _, score, name in _near(piece, names):
            alike[names[name]] = max(score, alike.get(names[name], 0))
    return sorted(alike, key=lambda drug: (-alike[drug], drug))[:_MOST]


def _near(piece: str, names: Mapping[str, str]) -> Iterable[tuple[str, float, str]]:
    return process.extract(
        piece,
        {name: name for name in names},
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_ALIKE,
        limit=_MOST,
    )
