"""Which numbers in the names of a source tell something, and which do not.

`smokeryn1` without a `smokeryn2` is `smokeryn`; `dose` beside `dose_2` is the first of them; the 32
of `cucq32q1`, `cucq32q2` … belongs to the questionnaire.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from omics_orchestrator.suggest.offer import Offer

_LAST = re.compile(r"(.*?[^\W\d_])_*(\d+)$")
_AFTER_WORD = re.compile(r"([^\W\d_]+)[-_ ]*(\d+)(?=\D)")
_ALWAYS = 3
_SHORTEST_RUN = 5


def telling(names: Iterable[str]) -> dict[str, str]:
    """Write each field name of a source with the numbers that tell something, and no others."""
    every = sorted(set(names))
    stems = defaultdict(set)
    for name in every:
        stem, number = split(name)
        stems[stem].add(number)
    renamed = {name: _renamed(name, stems[split(name)[0]]) for name in every}
    without = without_steady(renamed.values())
    return {name: without[each] for name, each in renamed.items()}


def without_steady(texts: Collection[str]) -> dict[str, str]:
    """Take out the numbers that stand behind a word wherever that word is, as in CUCQ-32."""
    behind = defaultdict(list)
    for text in sorted(set(texts)):
        for word, number in _AFTER_WORD.findall(text.casefold()):
            behind[word].append(number)
    steady = {
        word for word, found in behind.items() if len(found) >= _ALWAYS and len(set(found)) == 1
    }
    return {text: _without(text, steady) for text in texts}


def places(offers: Iterable[Offer]) -> dict[str, str]:
    """Number the questions of a long list by their place, where some have a number beyond its end.

    When a question is replaced, the new one gets the next free number and stands where the old one
    stood: `q1 … q6, q36, q8 …`. Where a number contradicts the place, nothing is said.
    """
    found: dict[str, str] = {}
    for run in _runs(sorted(offers, key=lambda each: (each.table, each.position, each.field))):
        numbers = [int(split(each.field)[1]) for each in run]
        kept = [number for place, number in enumerate(numbers, 1) if number == place]
        beyond = [number for number in numbers if number > len(run)]
        if beyond and 2 * len(kept) >= len(run) == len(kept) + len(beyond):
            stem = split(run[0].field)[0]
            found |= {each.field: f"{stem}_{place}" for place, each in enumerate(run, 1)}
    return found


def _runs(ordered: Sequence[Offer]) -> Iterable[list[Offer]]:
    """Fields that follow one another, alike but for a number at the end."""
    whole = [each for each in ordered if each.option is None]
    run = whole[:1]
    for before, each in pairwise(whole):
        if _is_alike(before, each):
            run.append(each)
            continue
        yield run if len(run) >= _SHORTEST_RUN else []
        run = [each]
    yield run if len(run) >= _SHORTEST_RUN else []


def _is_alike(one: Offer, other: Offer) -> bool:
    (first, a), (second, b) = split(one.field), split(other.field)
    return bool(a and b) and (one.table, one.kind, one.choices, first) == (
        other.table,
        other.kind,
        other.choices,
        second,
    )


def split(name: str) -> tuple[str, str]:
    """A name without the number at its end, and that number; "" where there is none."""
    found = _LAST.fullmatch(name)
    return (found[1], str(int(found[2]))) if found else (name, "")


def _renamed(name: str, numbers: Collection[str]) -> str:
    stem, number = split(name)
    if len(numbers) == 1:
        return stem
    return f"{stem}_{number or 1}"


def _without(text: str, steady: Collection[str]) -> str:
    return _AFTER_WORD.sub(
        lambda found: found[1] if found[1].casefold() in steady else found[0], text
    )
