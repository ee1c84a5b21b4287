"""What the choices of a field mean in a variable's own codes, by their labels."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from omics_orchestrator.dictionary.rules import CodeMap
from omics_orchestrator.redcap_project.labels import reason
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import Target
from omics_orchestrator.suggest.words import Words

_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})
_REMARK = re.compile(r"\s*\(.*\)$")
_NUMBER = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)(?![-+\d.]|\s*(?:to|or)\b)")
_NOT_SAID = r"(?:not |un)(?:known|recorded|reported|available|documented|answered|collected)"
_MISSING = re.compile(
    rf"(?i){_NOT_SAID}(?:\s*(?:/|or)\s*{_NOT_SAID})*|missing|no data|no information|n/?k"
)
_ALIKE, _CLEAR = 0.85, 0.1


@dataclass(frozen=True)
class Meaning:
    """What the choices of a field mean.

    Attributes:
        codes: the field's code → ours.
        missing: the field's codes that mean a missing value → the reason.
        unclear: the field's codes whose meaning is open.
    """

    codes: CodeMap = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The part of the codes whose meaning is known; 1 where there are none."""
        told = len(self.codes) + len(self.unclear)
        return len(self.codes) / told if told else 1.0


def missing_codes(choices: Mapping[str, str]) -> dict[str, str]:
    """The codes whose label says that the value is missing, each with its reason."""
    return {
        code: reason(code, label) for code, label in choices.items() if _MISSING.fullmatch(label)
    }


def says_yes_or_no(choices: Mapping[str, str]) -> bool:
    """Tell whether a field is answered by yes or no, whatever the codes are."""
    said = {_truth(label) for code, label in choices.items() if code not in missing_codes(choices)}
    return said == {True, False}


def are_numbers(choices: Mapping[str, str]) -> bool:
    """Tell whether each code is the number that its label says, as `3, 3 (worst)` is."""
    missing = missing_codes(choices)
    found = [(c, _NUMBER.match(label)) for c, label in choices.items() if c not in missing]
    return bool(found) and all(told and told[1] == code.strip() for code, told in found)


def meaning(offer: Offer, target: Target, words: Words) -> Meaning:
    """Find what the choices of a field mean in a variable's codes."""
    if offer.option is not None:
        return Meaning()
    if offer.samples:
        return _of_samples(offer.samples, target)
    if target.variable.type == "boolean":
        found: dict[str, str | bool | None] = {c: _truth(x) for c, x in offer.choices.items()}
    elif target.variable.codes:
        found = {c: _category(x, target, words) for c, x in offer.choices.items()}
    else:
        found = {}
    # What our value set has a code for is no missing value, though it may sound like one.
    missing = {c: why for c, why in offer.missing.items() if found.get(c) is None}
    return Meaning(
        codes={code: ours for code, ours in found.items() if ours is not None},
        missing=missing,
        unclear=tuple(code for code, ours in found.items() if ours is None and code not in missing),
    )


def _of_samples(samples: Iterable[str], target: Target) -> Meaning:
    """Nothing, unless each text is a label or a code of ours."""
    found = {each: target.meanings.get(each.casefold(), set()) for each in sorted(samples)}
    if any(len(ours) != 1 for ours in found.values()):
        return Meaning()
    return Meaning({text: next(iter(ours)) for text, ours in found.items()})


def _truth(label: str) -> bool | None:
    said = _REMARK.sub("", label).casefold()
    return True if said in _YES else False if said in _NO else None


def _category(label: str, target: Target, words: Words) -> str | None:
    """The code that a label stands for: in the same words, or else in words clearly most alike."""
    same = target.meanings.get(label.casefold(), set())
    if same:
        return next(iter(same)) if len(same) == 1 else None
    said = words.of(label)
    alike: dict[str, float] = {}
    for known, codes in target.meanings.items():
        found = words.alike(said, words.of(known))
        for code in codes:
            alike[code] = max(found, alike.get(code, 0.0))
    best, second = sorted([*alike.values(), 0.0, 0.0], reverse=True)[:2]
    is_clear = best >= _ALIKE and best - second >= _CLEAR
    return max(sorted(alike), key=alike.__getitem__) if is_clear else None
