"""What was found out about a group: what would take its cells out of quarantine, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from omics_orchestrator.quarantine import advice
from omics_orchestrator.quarantine.case import Case
from omics_orchestrator.quarantine.mend import Mend
from omics_orchestrator.quarantine.suggestions import suggestions
from omics_orchestrator.warehouse.quarantine import Group

_SHOWN_OF_HASH = 8
# What a rule says of these follows from other cells of the row too.
_NOT_ALONE = frozenset({"several_ticked"})


@dataclass(frozen=True)
class Finding:
    """What was found out about a group.

    Attributes:
        group: the group.
        mends: what would take its cells out of quarantine, the best first.
        note: what to know beside them, or why there are none; a sentence without a full stop.
        texts: value hash → the value as it arrived; never printed with the rest.
    """

    group: Group
    mends: tuple[Mend, ...] = ()
    note: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    def name_of(self, text: str) -> str:
        """Name a value by its hash."""
        plain = {value.strip(): hashed for hashed, value in self.texts.items()}
        return short(plain.get(text, ""))


def short(value_hash: str) -> str:
    """The beginning of a value's hash, by which people name it."""
    return f"#{value_hash[:_SHOWN_OF_HASH]}"


def judged(group: Group, known: Sequence[Case], texts: Mapping[str, str]) -> Finding:
    """Suggest for the rule that refuses most; say so when none refuses anything any more."""
    if not known:
        return Finding(group, note="no rule of the dictionary reads this field now", texts=texts)
    if group.reason in _NOT_ALONE:
        mends = suggestions(known[0], group.reason)
        return Finding(group, tuple(mends), advice.of(group.reason), texts)
    refused = {number: each.still_refused() for number, each in enumerate(known)}
    worst = max(refused, key=lambda number: sum(refused[number].values()))
    if not refused[worst]:
        return Finding(group, note=advice.ALREADY_MENDED, texts=texts)
    mends = suggestions(replace(known[worst], held=refused[worst]), group.reason)
    return Finding(group, tuple(mends), "" if mends else advice.of(group.reason), texts)
