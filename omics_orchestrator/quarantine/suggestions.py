"""What would take the cells of a case out of quarantine; each suggestion was tried on the texts.

A change that would no longer read what is read today is never written as a line, only told of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from rapidfuzz import fuzz, process, utils

from omics_orchestrator.dictionary.rules import CheckboxesRule, FieldRule
from omics_orchestrator.quarantine import dates, numbers, patterns
from omics_orchestrator.quarantine.case import Case
from omics_orchestrator.quarantine.mend import TO_FILL, Mend, listed, plain

_MOST = 3
_ALIKE = 80
_LISTED_CODES = 8
# What people write for "nothing is known"; a number among them only where numbers are expected.
_MISSING_WORDS = frozenset({
    "na", "n/a", "n.a.", "nk", "n/k", "ni", "nd", "n/d", "unk", "unknown", "not known", "none",
    "not done", "not recorded", "not available", "not applicable", "missing", "nil", "null", "nan",
    "-", "--", "?", "??", ".", "..",
})  # fmt: skip
_MISSING_NUMBERS = frozenset({"-1", "-9", "-99", "-999", "-1000", "-9999", "999", "9999", "99999"})
_NUMERIC = frozenset({"not_a_number", "not_an_integer", "out_of_range", "not_a_date"})
_OURS = dict.fromkeys(("1", "yes", "true"), "true") | dict.fromkeys(("0", "no", "false"), "false")
_YES = frozenset({"y", "yes", "true", "t", "x", "ja", "oui", "si", "positive", "present"})
_NO = frozenset({"n", "no", "false", "f", "nein", "non", "negative", "absent"})

Suggest = Callable[[Case], Iterator[Mend]]


def suggestions(case: Case, reason: str) -> list[Mend]:
    """List what would mend a case, what mends most first; at most three.

    Args:
        case: the field, its rule and the texts held for `reason`.
        reason: why they are held.
    """
    missing = [text for text in case.held if _says_missing(text, reason)]
    rest = {text: cells for text, cells in case.held.items() if text not in missing}
    found = [*_declared(case, missing)]
    if rest and reason in _BY_REASON:
        found += _BY_REASON[reason](_about(case, rest))
    return sorted(found, key=lambda mend: (not mend.key, -mend.cells))[:_MOST]


def nearest(text: str, known: Mapping[str, str]) -> str:
    """The code whose name or label is most like a text; blank where none is like it."""
    if not any(sign.isalpha() for sign in text):
        return ""
    names = [(code, name) for code, label in known.items() for name in dict.fromkeys((code, label))]
    found = process.extractOne(
        text,
        [name.replace("_", " ") for _, name in names],
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=_ALIKE,
    )
    return names[found[2]][0] if found else ""


def _about(case: Case, held: Mapping[str, int]) -> Case:
    return Case(**{**vars(case), "held": held})


def _says_missing(text: str, reason: str) -> bool:
    folded = text.casefold()
    return folded in _MISSING_WORDS or (reason in _NUMERIC and folded in _MISSING_NUMBERS)


def _declared(case: Case, texts: Iterable[str]) -> Iterator[Mend]:
    """Texts that say themselves that nothing is known."""
    entries = dict.fromkeys(texts, "")
    if not entries:
        return
    own = isinstance(case.rule, FieldRule) and case.rule.missing is not None
    yield Mend(
        case.place if own else f"sources.{case.source}",
        sum(case.held[text] for text in entries),
        "missing",
        entries=entries,
        hint="name the reason, such as not_recorded"
        + ("" if own else "; it then holds for all fields of the source"),
    )


def _codes(case: Case) -> Iterator[Mend]:
    """Codes that the rule does not know."""
    rule = case.rule
    if not isinstance(rule, FieldRule):
        return
    if rule.codes is None:
        yield from _letters(case)
    shared = isinstance(rule.codes, str)
    beside = "beside those that are there; " if rule.codes is not None else ""
    yield Mend(
        "code_maps" if shared else case.place,
        sum(case.held.values()),
        str(rule.codes) if shared else "codes",
        entries={text: nearest(case.labels.get(text, text), case.codes) for text in case.held},
        known=_read_as_they_are(case) if rule.codes is None else {},
        hint=beside + _choose(case),
    )


def _read_as_they_are(case: Case) -> dict[str, str]:
    """The codes of the value set that the field holds: `codes` must then name them as well."""
    there = {text.casefold() for text in case.others}
    return {code: code for code in case.codes if code.casefold() in there}


def _letters(case: Case) -> Iterator[Mend]:
    for letters in ("lower", "upper"):
        read, lost = case.tried(letters=letters)
        if read and not lost:
            yield Mend(case.place, read, "letters", letters)


def _choose(case: Case) -> str:
    codes = list(case.codes) or (["true", "false"] if case.variable.type == "boolean" else [])
    some = ", ".join(codes[:_LISTED_CODES])
    more = f" and {len(codes) - _LISTED_CODES} more" if len(codes) > _LISTED_CODES else ""
    return f"one of {some}{more}" if codes else "say what each stands for"


def _yes_or_no(case: Case) -> Iterator[Mend]:
    """Words for yes and no that are not ours; `codes` must then name ours as well."""
    meant = {text: _truth(text) for text in case.held}
    ours = {text: _OURS[text.lower()] for text in case.others if text.lower() in _OURS}
    yield Mend(
        case.place,
        sum(case.held.values()),
        "codes",
        entries=meant,
        known=ours,
        hint=_choose(case),
    )


def _truth(text: str) -> str:
    folded = text.casefold()
    return "true" if folded in _YES else "false" if folded in _NO else ""


def _several(case: Case) -> Iterator[Mend]:
    """Two ticked options of one category."""
    if isinstance(case.rule, CheckboxesRule):
        cells = sum(case.held.values())
        order = [str(category) for category in dict.fromkeys(case.rule.codes.values())]
        yield Mend(
            case.place, cells, "several", listed(order), hint="the first that is ticked counts"
        )
        yield Mend(case.place, cells, "several", "list", hint="all that are ticked, parted by `;`")


def _pattern(case: Case) -> Iterator[Mend]:
    """Texts of a shape that no pattern has."""
    for shape, cells in patterns.shapes(case.held).items():
        said = f"{{{plain(shape)}: {TO_FILL}}}"
        hint = f"beside those that are there; {_choose(case)}"
        yield Mend(case.place, cells, "codes", said, hint=hint)


_BY_REASON: Mapping[str, Suggest] = {
    "unknown_code": _codes,
    "not_yes_or_no": _yes_or_no,
    "not_a_date": dates.formats,
    "not_a_number": numbers.signs,
    "not_an_integer": numbers.signs,
    "out_of_range": numbers.out_of_range,
    "unknown_unit": numbers.spellings,
    "several_ticked": _several,
    "no_pattern_fits": _pattern,
}
