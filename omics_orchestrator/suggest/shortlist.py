"""Which variables are worth a careful look for a field: those that share rare pieces of words.

A project of thousands of fields and hundreds of variables makes millions of pairs. An index of
words and letter trigrams, weighted by how rare they are, leaves a dozen a field.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omics_orchestrator.suggest.precedent import Target
from omics_orchestrator.suggest.words import Words

Numbers = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Index:
    """Where each piece of a word stands among the texts of the variables.

    Attributes:
        postings: piece → the texts that have it, and its weight in each, of length one in all.
        rarity: piece → how rare it is.
        starts: where the texts of each variable begin.
        texts: how many texts there are.
    """

    postings: dict[str, tuple[Numbers, Weights]]
    rarity: dict[str, float]
    starts: Numbers
    texts: int


def shortlist(
    texts: Sequence[Collection[str]], targets: Sequence[Target], words: Words, *, most: int
) -> list[list[int]]:
    """Find for each field the variables that are most like it.

    Args:
        texts: a field's words, of its name and its label.
        targets: the variables.
        words: how texts become words.
        most: how many variables a field gets.

    Returns:
        For each field, the positions of variables in `targets`.
    """
    index = _index(targets, words) if targets else None
    return [_nearest(each, index, most) if index else [] for each in texts]


def _index(targets: Sequence[Target], words: Words) -> _Index:
    known = [sorted({each.text for each in (*one.names, *one.labels)}) for one in targets]
    pieces = [_pieces(words.of(text)) for each in known for text in each]
    stands = defaultdict(list)
    for number, found in enumerate(pieces):
        for piece in found:
            stands[piece].append(number)
    rarity = {piece: float(np.log(1 + len(pieces) / len(at))) for piece, at in stands.items()}
    length = np.array([np.sqrt(sum(rarity[piece] ** 2 for piece in each)) or 1 for each in pieces])
    postings = {
        piece: (np.array(at), rarity[piece] ** 2 / length[at]) for piece, at in stands.items()
    }
    starts = np.cumsum([0, *map(len, known[:-1])])
    return _Index(postings, rarity, starts, len(pieces))


def _nearest(words: Iterable[str], index: _Index, most: int) -> list[int]:
    found = [index.postings[piece] for piece in _pieces(words) if piece in index.postings]
    if not found:
        return []
    texts, weights = (np.concatenate(each) for each in zip(*found, strict=True))
    alike = np.bincount(texts, weights, index.texts)
    best = np.maximum.reduceat(alike, index.starts).round(6)
    ranked = np.argsort(-best, kind="stable")[:most]
    return [int(each) for each in ranked if best[each] > 0]


def _pieces(words: Iterable[str]) -> list[str]:
    """Words and their trigrams, in order; `^` is the beginning of a word, `$` its end."""
    found = set(words)
    for word in words:
        padded = f"^{word}$"
        found |= {padded[i : i + 3] for i in range(len(padded) - 2)}
    return sorted(found)
