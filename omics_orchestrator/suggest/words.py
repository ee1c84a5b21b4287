"""The words of names and labels: `hbiabdominal_pain` and "HBI: abdominal pain" have the same."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from omics_orchestrator.redcap_project.labels import plain
from omics_orchestrator.suggest.likeness import likeness

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PIECES = re.compile(r"[^\W\d_]+|\d+")
_EMPTY = frozenset({
    "an", "and", "are", "at", "be", "by", "did", "do", "does", "for", "has", "have", "if",
    "in", "is", "item", "of", "on", "or", "please", "q", "question", "s", "that", "the", "this",
    "to", "was", "were", "with", "yn", "you", "your",
})  # fmt: skip
_SHORT = {
    "abx": "antibiotic", "alb": "albumin", "appendx": "appendicectomy", "bl": "baseline",
    "dob": "birth date", "dx": "diagnosis", "enrolment": "enrollment", "fecal": "faecal",
    "fh": "family history", "freq": "frequency", "gender": "sex", "hb": "haemoglobin",
    "hct": "haematocrit", "hematocrit": "haematocrit", "hemoglobin": "haemoglobin",
    "hgb": "haemoglobin", "hx": "history", "mh": "medical history", "num": "number",
    "physician": "clinician", "plt": "platelet", "pmh": "past medical history",
    "rbc": "red cell count", "rcc": "red cell count", "tx": "treatment",
    "wbc": "white cell count", "wcc": "white cell count",
}  # fmt: skip
"""Abbreviations and spellings of clinical forms."""

_SHORTEST_PART, _SHORTEST_WHOLE = 3, 6
_SHORTEST_BEGINNING, _PLURAL = 5, 4
_REMEMBERED = 1 << 17


class Words:
    """The words that a dictionary and a source use, and how much each tells.

    Args:
        labels: texts that people wrote to be read, and the names of our variables.
        names: names of fields, in which words may stand without a gap between them.
        synonyms: word → the words it stands for.
    """

    def __init__(
        self, labels: Iterable[str], names: Iterable[str], synonyms: Mapping[str, str]
    ) -> None:
        self._synonyms = {**synonyms, **_SHORT}
        written, named = list(labels), list(names)
        every = [*written, *named]
        self._known = {word for text in written for word in pieces(text)}
        often = Counter(word for text in set(named) for word in set(pieces(text)))
        self._known |= {word for word, names in often.items() if names > 1}
        self._beginnings = {
            word[:end] for word in self._known for end in range(_SHORTEST_BEGINNING, len(word) + 1)
        }
        self.of = cache(self._of)
        self._counts = Counter(word for text in every for word in self.of(text))
        self._texts = len(every)
        self.weight = cache(self._weight)
        self.alike = lru_cache(maxsize=_REMEMBERED)(self._alike)

    def _weight(self, word: str) -> float:
        """How much it tells that two texts share a word: more, the fewer texts have it."""
        return math.log(1 + self._texts / (1 + self._counts[word]))

    def _alike(self, one: frozenset[str], other: frozenset[str]) -> float:
        """How alike two texts are, from 0 to 1; projects ask the same thing many times."""
        return likeness(one, other, self.weight)

    def _of(self, text: str) -> frozenset[str]:
        """The words of a text without those that say nothing; numbers are words too."""
        return frozenset(
            _singular(word)
            for piece in pieces(text)
            for part in self._parts(piece)
            for word in self._synonyms.get(part, part).split()
            if word not in _EMPTY
        )

    def _parts(self, piece: str) -> list[str]:
        """A piece that is several known words without a gap between them, taken apart."""
        if len(piece) < _SHORTEST_WHOLE or piece in self._synonyms or piece in self._known:
            return [piece]
        best: list[list[str] | None] = [[], *[None] * len(piece)]
        for end in range(2, len(piece) + 1):
            for start in range(end - 1):
                before, part = best[start], piece[start:end]
                if before is None or not self._is_part(part):
                    continue
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, part]
        return best[-1] or [piece]

    def _is_part(self, part: str) -> bool:
        if len(part) < _SHORTEST_PART:
            return part in self._synonyms or part == "yn"
        return part in self._known or part in self._beginnings


def pieces(text: str) -> list[str]:
    """Letters and numbers of a text, apart, in small letters."""
    spaced = _CAMEL.sub(" ", plain(text).replace("'s", "").replace("\u2019s", ""))
    return _PIECES.findall(spaced.casefold())


def says_more(label: str, name: str) -> bool:
    """Tell whether a label says anything that the name does not."""
    return "".join(pieces(label)) not in ("", "".join(pieces(name)))


def _singular(word: str) -> str:
    is_plural = len(word) > _PLURAL and word.endswith("s") and word[-2] not in "sui"
    return word[:-1] if is_plural else word
