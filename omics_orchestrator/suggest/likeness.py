"""How alike two texts are, from 0 to 1: by their words, weighted by how much each of them tells."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from rapidfuzz.fuzz import ratio

_SHORTENED, _SHORTEST_PREFIX = 0.9, 3
_SHORTEST_GAPPY, _GAPPY = 5, 0.7
_ALIKE = 0.8
_OTHER_NUMBER, _ONE_NUMBER = 0.4, 0.85
"""What is left where both have a number that the other has not, and where one has."""


def likeness(one: frozenset[str], other: frozenset[str], weight: Callable[[str], float]) -> float:
    """Compare the words of two texts.

    Two that have different numbers are about different things, however alike the rest is.
    """
    if not one or not other:
        return 0.0
    shared = total = 0.0
    for words, beside in ((one, other), (other, one)):
        # In order, as a sum of floats depends on it.
        for word in sorted(words):
            told = weight(word)
            total += told
            shared += told * (1.0 if word in beside else _nearest(word, beside))
    return numbers_agree(one, other) * shared / total


def numbers_agree(one: frozenset[str], other: frozenset[str]) -> float:
    """What is left of a likeness where the numbers of two texts differ; 1 where they do not."""
    first, second = _numbers(one), _numbers(other)
    if first == second:
        return 1.0
    return _ONE_NUMBER if first < second or second < first else _OTHER_NUMBER


@lru_cache(maxsize=1 << 16)
def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdigit())


@lru_cache(maxsize=1 << 16)
def _by_initial(words: frozenset[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        found.setdefault(word[0], []).append(word)
    return found


def _nearest(word: str, words: frozenset[str]) -> float:
    """How alike the most alike of some words is; another spelling has the same first letter."""
    return max((_alike(word, each) for each in _by_initial(words).get(word[0], ())), default=0.0)


@lru_cache(maxsize=1 << 18)
def _alike(one: str, other: str) -> float:
    """Whether a word is another, shortened or spelt otherwise."""
    if one.isdigit() or other.isdigit():
        return 0.0
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORTEST_PREFIX and (long.startswith(short) or _is_gappy(short, long)):
        return _SHORTENED
    found = ratio(one, other) / 100
    return found if found >= _ALIKE else 0.0


def _is_gappy(short: str, long: str) -> bool:
    """Whether a word is another without some of its inner letters, as `montrl` is `montreal`."""
    if len(short) < max(_SHORTEST_GAPPY, _GAPPY * len(long)):
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)
