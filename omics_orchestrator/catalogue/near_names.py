"""Which known samples a name may be meant for, when it is none of them.

Near is one slip of the keyboard: a character too many, too few, another, or two in wrong order. It
is a hint for a person and never a link, as neighbours in a register differ by one digit.
"""

from collections import defaultdict
from collections.abc import Iterator

import polars as pl
from rapidfuzz.distance import OSA

MOST_CANDIDATES = 5
_SHORTEST = 6
_MOST_NAMES = 10_000


def near(names: pl.Series, samples: pl.DataFrame) -> pl.DataFrame:
    """Find the samples whose names are one slip from an unknown name.

    Args:
        names: unknown names, normalised; of more than 10,000 only the first are looked up.
        samples: `sample_id` and its normalised `known`.

    Returns:
        `known` (the unknown name) and `candidates` (sample ids, at most five), where there are any.
    """
    long = names.filter(names.str.len_chars() >= _SHORTEST)
    looked_up = long.unique().sort().head(_MOST_NAMES)
    known = list(samples.select("known", "sample_id").iter_rows()) if len(looked_up) else []
    # Two names that are one slip apart are alike once each lacks at most one character.
    alike = defaultdict[str, set[tuple[str, str]]](set)
    for pair in known:
        for shorter in _shorter(pair[0]):
            alike[shorter].add(pair)
    found = [(name, _candidates(name, alike)) for name in looked_up]
    schema = {"known": pl.String(), "candidates": pl.List(pl.String())}
    return pl.DataFrame([row for row in found if row[1]], schema=schema, orient="row")


def _candidates(name: str, alike: defaultdict[str, set[tuple[str, str]]]) -> list[str]:
    likely = {pair for shorter in _shorter(name) for pair in alike.get(shorter, ())}
    near_ones = sorted(sample for known, sample in likely if OSA.distance(name, known) == 1)
    return near_ones[:MOST_CANDIDATES]


def _shorter(name: str) -> Iterator[str]:
    yield name
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]
