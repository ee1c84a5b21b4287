"""What each property of a field says of a variable: its words, its codes, its unit, its readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omics_orchestrator.dictionary.units import conversion
from omics_orchestrator.suggest.codes import Meaning, are_numbers, says_yes_or_no
from omics_orchestrator.suggest.offer import Kind, Offer
from omics_orchestrator.suggest.precedent import OURS, Known, Target
from omics_orchestrator.suggest.words import Words, pieces

FITS: Mapping[Kind, Mapping[str, float]] = {
    "date": {"date": 1.0, "partial_date": 1.0},
    "datetime": {"datetime": 1.0},
    "integer": {"integer": 1.0, "number": 1.0, "measurement": 1.0, "string": 0.9},
    "number": {"number": 1.0, "measurement": 1.0, "integer": 0.9},
    "boolean": {"boolean": 1.0, "category": 1.0},
    "option": {"boolean": 1.0},
    "coded": {"category": 1.0, "boolean": 1.0, "integer": 1.0, "number": 1.0},
    "checkbox": {"category": 1.0, "string": 1.0},
    "text": {
        "string": 1.0, "measurement": 1.0, "number": 0.9, "integer": 0.8, "partial_date": 1.0,
        "category": 1.0,
    },
    "notes": {},
}  # fmt: skip
"""How well a kind of cell goes with a type of variable; not at all where it is not named."""

_LABEL_LEADS, _NAME_LEADS, _WORDS_LEAD = 0.85, 0.65, 0.5
# With the same label, another unit leaves a candidate to name (`draft.NEAR`), never a sure one.
_SAME_UNIT, _OTHER_QUANTITY = 0.25, 0.6
_CODES_TELL, _MANY_CODES = 0.35, 4
_UNCODED, _SCORED = 0.55, 0.6
_SAME_NAME, _NEW_NAME = 0.97, 0.92
_SAME_LABEL = 0.85
_FIRST_SLOT, _OTHER_SLOT = 0.85, 0.8
_WORTH_TELLING = 0.5


@dataclass(frozen=True)
class Said:
    """A field with the words by which it is compared.

    Attributes:
        offer: the field, or an option of it.
        name: its name without numbers that tell nothing, and the option's label behind it.
        named: the words of that.
        labelled: the words of its label, and of its label below its section's header; none where
            it says no more than the name.
        slot: its number among fields that are alike; "" where it is the only one.
    """

    offer: Offer
    name: str
    named: frozenset[str]
    labelled: tuple[frozenset[str], ...]
    slot: str = ""


@dataclass(frozen=True)
class Hint:
    """What one property says.

    Attributes:
        gain: the part of what is missing to certainty that it makes good.
        factor: what it leaves of the score.
        remark: what a person reads of it; "" where it says nothing.
    """

    gain: float = 0.0
    factor: float = 1.0
    remark: str = ""


@dataclass(frozen=True)
class Likeness:
    """How alike the words are, and what is told of it; `label` is None where there is none."""

    score: float
    label: float | None
    remarks: tuple[str, ...]


def words_hint(said: Said, target: Target, words: Words) -> Likeness:
    """Compare names and labels; what people read tells more than how a field is called."""
    named, by_name = _best(said.named, [*target.names, *target.labels[:1]], words)
    same = [each.study for each in target.names if is_same_name(said, each)]
    if same:
        named, by_name = 1.0, same[0]
    if not said.labelled:
        return Likeness(named, None, _told("name", named, by_name))
    texts = [*target.labels, *target.names[:1]]
    labelled, by_label = max(_best(each, texts, words) for each in said.labelled)
    leads = _LABEL_LEADS if labelled >= named else _NAME_LEADS if same else _WORDS_LEAD
    score = leads * max(named, labelled) + (1 - leads) * min(named, labelled)
    told = (*_told("label", labelled, by_label), *_told("name", named, by_name))
    return Likeness(score, labelled, told)


def is_same_name(said: Said, known: Known) -> bool:
    """Tell whether a field is called as another study calls it, or as the variable is called."""
    return known.text == said.name or known.column == said.offer.column


def precedent_hint(said: Said, target: Target, alike: Likeness) -> Hint:
    """Whether another study reads a field of this name for the variable, or it is its own name."""
    is_known = any(is_same_name(said, each) for each in target.names)
    readers = sorted({each.study for each in target.names if each.text == said.name} - {OURS})
    if readers and (alike.label is None or alike.label >= _SAME_LABEL):
        reads = "read" if readers[1:] else "reads"
        return Hint(remark=f"{' and '.join(readers)} {reads} this field for it")
    return Hint(factor=_SAME_NAME if is_known else _NEW_NAME)


def slot_hint(said: Said, target: Target, words: Words) -> Hint:
    """Whether a variable is about one of several alike fields, where the field is one of them."""
    known = (text for each in (*target.names, *target.labels) for text in (each.text, each.column))
    if not said.slot or any(said.slot in words.of(text) for text in known):
        return Hint()
    factor = _FIRST_SLOT if said.slot not in pieces(said.offer.field) else _OTHER_SLOT
    return Hint(factor=factor, remark=f"it is number {said.slot} of several")


def codes_hint(offer: Offer, target: Target, found: Meaning) -> Hint | None:
    """Which part of the codes have a meaning in ours; None where none has."""
    is_coded = target.variable.type == "category"
    if offer.option is not None or not (offer.choices or is_coded):
        return Hint()
    if target.variable.type in ("integer", "number"):
        return _numbers_hint(offer)
    if not found.codes:
        return None
    told = len(found.codes) + len(found.unclear)
    # That a question is answered by yes or no says nothing of what is asked.
    tells = 0.0 if says_yes_or_no(offer.choices) else min(1.0, len(found.codes) / _MANY_CODES)
    return Hint(
        gain=_CODES_TELL * found.share * tells,
        factor=_UNCODED + (1 - _UNCODED) * found.share,
        remark=f"{len(found.codes)} of {told} codes by label",
    )


def _numbers_hint(offer: Offer) -> Hint | None:
    """Whether the codes are the numbers that a variable holds."""
    if are_numbers(offer.choices):
        return Hint(remark="codes are numbers")
    if all(code.strip().lstrip("-").isdigit() for code in offer.choices):
        return Hint(factor=_SCORED, remark="codes are numbers, and mean words")
    return None


def unit_hint(offer: Offer, target: Target) -> Hint:
    """Whether the units agree, convert, or measure different things."""
    unit = target.variable.unit
    if offer.unit is None or unit is None:
        return Hint()
    if offer.unit == unit:
        return Hint(gain=_SAME_UNIT, remark=f"unit {unit}")
    try:
        conversion(offer.unit, unit)
    except ValueError:
        return Hint(factor=_OTHER_QUANTITY, remark=f"{offer.unit} does not convert to {unit}")
    if target.variable.type == "integer":
        return Hint(factor=_OTHER_QUANTITY, remark=f"{offer.unit}, and we keep whole {unit}")
    return Hint(gain=_SAME_UNIT, remark=f"{offer.unit} converts to {unit}")


def comparator_hint(offer: Offer, target: Target) -> Hint:
    """Whether a number stands in it with a comparator, and the variable has no place for that."""
    if not offer.has_comparators or target.variable.type == "measurement":
        return Hint()
    return Hint(factor=_OTHER_QUANTITY, remark="values have comparators, such as <")


def _best(said: frozenset[str], known: Sequence[Known], words: Words) -> tuple[float, str]:
    """The most alike of the known texts, and the study it comes from."""
    found = [(words.alike(said, words.of(each.text)), each.study) for each in known]
    best = max(score for score, _ in found)
    return best, next(study for score, study in found if score == best)


def _told(what: str, score: float, study: str) -> tuple[str, ...]:
    if score < _WORTH_TELLING:
        return ()
    return (f"{what} {score:.0%} alike" + (f" ({study})" if study != OURS else ""),)
