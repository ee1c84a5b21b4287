"""Compare all fields of a source with all variables."""

from collections.abc import Iterable, Sequence

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.suggest.choosing import Choice, choose
from omics_orchestrator.suggest.hints import Said
from omics_orchestrator.suggest.match import Match, match
from omics_orchestrator.suggest.numbering import places, split, telling, without_steady
from omics_orchestrator.suggest.offer import Offer
from omics_orchestrator.suggest.precedent import Target
from omics_orchestrator.suggest.shortlist import shortlist
from omics_orchestrator.suggest.words import Words, pieces, says_more

_MOST = 8


def suggest(dictionary: Dictionary, targets: Sequence[Target], offers: Iterable[Offer]) -> Choice:
    """Suggest a variable for each field that clearly is one.

    Args:
        dictionary: the data dictionary; its value sets tell what abbreviations mean.
        targets: what is known of the variables.
        offers: the fields, in any order.
    """
    ordered = sorted(offers, key=lambda each: each.column)
    numbered = {each.field: each.field for each in ordered} | places(ordered)
    names = telling(numbered.values())
    labels = without_steady({each.label for each in ordered})
    told = [_told(each, names[numbered[each.field]], labels[each.label]) for each in ordered]
    slots = [split(names[numbered[each.field]])[1] for each in ordered]
    words = Words(
        [*(label for _, label in told), *_labels(targets), *(each.table for each in ordered)],
        [*(name for name, _ in told), *_names(targets)],
        synonyms(dictionary),
    )
    said = [
        Said(offer, name, words.of(name), _labelled(offer, label, words), slot)
        for offer, (name, label), slot in zip(ordered, told, slots, strict=True)
    ]
    near = shortlist(
        [each.named.union(*each.labelled) for each in said], targets, words, most=_MOST
    )
    found: list[Match] = []
    for each, numbers in zip(said, near, strict=True):
        compared = (match(each, targets[number], words) for number in numbers)
        found += [match for match in compared if match is not None]
    return choose(found)


def _told(offer: Offer, name: str, label: str) -> tuple[str, str]:
    """Name and label, with an option's label behind both, as an option has no name of its own."""
    chosen = offer.chosen
    if not says_more(offer.label, offer.field):
        return f"{name} {chosen}".strip(), ""
    return f"{name} {chosen}".strip(), f"{label}: {chosen}" if chosen else label


def _labelled(offer: Offer, label: str, words: Words) -> tuple[frozenset[str], ...]:
    texts = [label, f"{offer.section}: {label}"] if offer.section else [label]
    return tuple(words.of(each) for each in texts) if words.of(label) else ()


def synonyms(dictionary: Dictionary) -> dict[str, str]:
    """What an abbreviation means: a code of a value set that is one word, and its label."""
    meant: dict[str, set[str]] = {}
    for codes in dictionary.value_sets.values():
        for code, label in codes.items():
            if code.isalpha() and len(code) > 1 and pieces(label) != [code]:
                meant.setdefault(code.casefold(), set()).add(" ".join(pieces(label)))
    return {code: said.pop() for code, said in meant.items() if len(said) == 1}


def _labels(targets: Iterable[Target]) -> list[str]:
    """What people wrote to be read; the name of a variable is among it."""
    return [each.text for one in targets for each in (*one.names[:1], *one.labels)]


def _names(targets: Iterable[Target]) -> list[str]:
    return [each.text for one in targets for each in one.names[1:]]
