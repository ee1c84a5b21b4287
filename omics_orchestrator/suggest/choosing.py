"""Which suggestions are sure: one field a variable, and clearly better than any other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from omics_orchestrator.suggest.match import Match

SURE, MARGIN = 0.78, 0.06


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        sure: column → the suggestion for it.
        candidates: column → what may fit, the best first, where nothing is sure.
    """

    sure: dict[str, Match]
    candidates: dict[str, list[Match]]


def choose(matches: Iterable[Match]) -> Choice:
    """Choose what is sure, whatever the order in which matches come.

    A match is sure when it is good in itself, and each other match of its field and of its
    variable is worse by a margin. Those that are given away for sure compete no longer, so what is
    clear makes more clear.
    """
    left = sorted(matches, key=lambda each: (-each.score, each.offer.column, each.variable))
    sure: dict[str, Match] = {}
    while found := _clear(left):
        sure |= {each.offer.column: each for each in found}
        given = {each.variable for each in found}
        left = [m for m in left if m.offer.column not in sure and m.variable not in given]
    candidates: dict[str, list[Match]] = defaultdict(list)
    for each in left:
        candidates[each.offer.column].append(each)
    return Choice(sure, dict(candidates))


def _clear(ranked: Sequence[Match]) -> list[Match]:
    """The matches that no other of the same field or variable comes near."""
    by_column: dict[str, list[float]] = defaultdict(list)
    by_variable: dict[str, list[float]] = defaultdict(list)
    for each in ranked:
        by_column[each.offer.column].append(each.score)
        by_variable[each.variable].append(each.score)
    return [
        each
        for each in ranked
        if each.score >= SURE
        and all(
            each.score == rivals[0] and (len(rivals) == 1 or rivals[0] - rivals[1] >= MARGIN)
            for rivals in (by_column[each.offer.column], by_variable[each.variable])
        )
    ]
