"""How well a field fits a variable, and what speaks for it."""

from dataclasses import dataclass

from omics_orchestrator.suggest.codes import Meaning, meaning
from omics_orchestrator.suggest.hints import (
    FITS,
    Said,
    codes_hint,
    comparator_hint,
    precedent_hint,
    slot_hint,
    unit_hint,
    words_hint,
)
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import Target
from omics_orchestrator.suggest.words import Words

_WORTH_A_LOOK = 0.3


@dataclass(frozen=True)
class Match:
    """A field and a variable that may belong together.

    Attributes:
        offer: the field, or an option of it.
        target: the variable.
        score: how sure it is, from 0 to 1.
        evidence: what speaks for it and against it, in words.
        meaning: what the field's codes mean in ours.
    """

    offer: Offer
    target: Target
    score: float
    evidence: tuple[str, ...]
    meaning: Meaning

    @property
    def variable(self) -> str:
        """The variable's name."""
        return self.target.variable.variable


def match(said: Said, target: Target, words: Words) -> Match | None:
    """Compare a field with a variable; None where they cannot belong together."""
    fit = FITS[said.offer.kind].get(target.variable.type, 0.0)
    alike = words_hint(said, target, words) if fit else None
    if alike is None or alike.score < _WORTH_A_LOOK:
        return None
    found = meaning(said.offer, target, words)
    codes = codes_hint(said.offer, target, found)
    if codes is None:
        return None
    hints = (
        precedent_hint(said, target, alike),
        codes,
        unit_hint(said.offer, target),
        slot_hint(said, target, words),
        comparator_hint(said.offer, target),
    )
    score = alike.score
    for hint in hints:
        score += (1 - score) * hint.gain
    for hint in hints:
        score *= hint.factor
    remarks = (hints[0].remark, *alike.remarks, *(each.remark for each in hints[1:]))
    return Match(said.offer, target, round(score * fit, 4), tuple(filter(None, remarks)), found)
