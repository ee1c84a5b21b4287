"""Lines for `variables/*.csv` and `value_sets.csv`, where a field is none of our variables."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from omics_orchestrator.naming import as_part, is_part
from omics_orchestrator.suggest.codes import are_numbers, says_yes_or_no
from omics_orchestrator.suggest.offer import Offer

VARIABLE = (
    "variable", "label", "table", "type", "unit", "codes", "minimum", "maximum", "sensitivity",
    "concept", "description",
)  # fmt: skip
VALUE_SET = ("value_set", "code", "label", "concept")
_DATES = ("date", "partial_date", "datetime")
_LONGEST = 50
_ALL_THAT_APPLY = re.compile(
    r"(?i)\ball (?:that|which) apply|\b(?:tick|check|mark|select|choose) all\b"
)


def variable_line(offer: Offer, table: str, taken: Collection[str]) -> tuple[str, ...]:
    """Draft the line of a new variable, in the columns of `VARIABLE`."""
    kind = type_of(offer)
    name = new_name(f"{offer.field} {offer.chosen}", taken)
    label = f"{offer.label}: {offer.chosen}" if offer.chosen else offer.label
    unit = offer.unit or "" if kind in ("integer", "number", "measurement") else ""
    codes = (
        name if offer.option is None and kind in ("category", "string") and offer.choices else ""
    )
    sensitivity = "quasi" if kind in _DATES else "none"
    return (name, label or offer.field, table, kind, unit, codes, "", "", sensitivity, "", "")


def type_of(offer: Offer) -> str:
    """The type in which a field would be kept."""
    if offer.has_comparators:
        return "measurement"
    if offer.kind == "coded" and says_yes_or_no(offer.choices):
        return "boolean"
    if offer.kind == "checkbox" and _ALL_THAT_APPLY.search(offer.label):
        return "string"
    if offer.kind == "coded" and are_numbers(offer.choices):
        return "integer"
    kinds = {"coded": "category", "checkbox": "category", "option": "boolean", "text": "string"}
    return kinds.get(offer.kind, offer.kind)


def value_set_lines(offer: Offer, name: str) -> Iterator[tuple[str, ...]]:
    """Draft the lines of a new value set; codes that mean a missing value are not in it."""
    for code, label in offer.choices.items():
        if code not in offer.missing:
            yield (name, _snake(label) or code, label, "")


def as_csv(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().splitlines()


def _snake(text: str) -> str:
    words = "".join(each if each.isalnum() and each.isascii() else " " for each in text.lower())
    return "_".join(words.split())[:_LONGEST].rstrip("_")


def new_name(text: str, taken: Collection[str]) -> str:
    """A name for a variable that no other has, made of what a source calls it."""
    snake = _snake(text)
    name = snake if is_part(snake) else as_part(text)
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbered if each not in taken)
