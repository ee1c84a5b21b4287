"""What is wrong with one rule, seen beside the variable that it gives."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from omics_orchestrator.dictionary import types
from omics_orchestrator.dictionary.check_expressions import listed, meant
from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.rules import (
    AnyOfRule,
    CheckboxesRule,
    CheckboxRule,
    CoalesceRule,
    CodeMap,
    ConstantRule,
    FieldRule,
    FormatRule,
    JoinRule,
    PatternRule,
    Rule,
)

_TEXT = ("string", "text")
_CODED = (*_TEXT, "category")
_MEASURED = ("number", "measurement")
_NUMBERS = ("integer", *_MEASURED)
_DATES = ("date", "partial_date")
_GIVES: Mapping[type, tuple[str, tuple[str, ...]]] = {
    JoinRule: ("text", _TEXT),
    FormatRule: ("text", _TEXT),
    AnyOfRule: ("a boolean", ("boolean",)),
    CheckboxRule: ("a boolean", ("boolean",)),
    PatternRule: ("a category", _CODED),
    ConstantRule: ("text", _CODED),
}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "labels": ("category",),
    "formats": _DATES,
    "decimal": _NUMBERS,
    "thousands": _NUMBERS,
    "words": _NUMBERS,
    "unit": _MEASURED,
    "unit_field": _MEASURED,
    "unit_in_text": _MEASURED,
}
_SIGN = re.compile(r"%[-_0]?([A-Za-z])")
_FEW = 8
_UNSAID: tuple[object, ...] = (None, False, (), "", ".", {})


def of_rule(dictionary: Dictionary, study: Study, variable: Variable, rule: Rule) -> Iterator[str]:
    """List what is wrong with a rule of a source's fields, or a constant."""
    yield from _fit(variable, rule)
    known = dictionary.value_sets.get(variable.codes or "", {})
    match rule:
        case FieldRule():
            yield from _field(study, variable, known, rule)
        case CoalesceRule(coalesce=each) | JoinRule(join=each):
            yield from _several(study, variable, known, rule, each)
        case AnyOfRule(any_of=groups):
            if not any(group.fields for group in groups):
                yield "any_of: it names no field; name those to look in"
        case CheckboxesRule():
            yield from _unknown(rule.codes, variable, known)
            yield from _checkboxes(rule)
        case PatternRule():
            yield from _unknown(rule.codes, variable, known)
            yield from _patterns(rule)
        case ConstantRule():
            yield from _unknown({"": rule.constant}, variable, known, "constant")


def _fit(variable: Variable, rule: Rule) -> Iterator[str]:
    given, fitting = _GIVES.get(type(rule), ("", ()))
    if isinstance(rule, CheckboxesRule):
        is_list = rule.several == "list"
        given, fitting = ("a list", _TEXT) if is_list else ("a category", ("category",))
    if fitting and variable.type not in fitting:
        yield (
            f"this rule gives {given}, and the variable's type is {variable.type}; take another "
            "rule, or correct the type in variables/*.csv"
        )


def _several(
    study: Study,
    variable: Variable,
    known: Mapping[str, str],
    rule: CoalesceRule | JoinRule,
    each: tuple[FieldRule, ...],
) -> Iterator[str]:
    key = "coalesce" if isinstance(rule, CoalesceRule) else "join"
    if key == "join":
        variable = variable.model_copy(update={"type": "text", "codes": None})
    if not each:
        yield f"{key}: it names no field; list those it is made of"
    for number, single in enumerate(each, start=1):
        for problem in _field(study, variable, known, single):
            yield f"{key} {number}: {problem}"


def _field(
    study: Study, variable: Variable, known: Mapping[str, str], rule: FieldRule
) -> Iterator[str]:
    for option, fitting in _OPTIONS.items():
        if getattr(rule, option) not in _UNSAID and variable.type not in fitting:
            yield (
                f"{option}: it is for {listed(fitting, 'or')}, and the variable's type is "
                f"{variable.type}; leave it out"
            )
    if (rule.unit or rule.unit_field or rule.unit_in_text) and variable.unit is None:
        yield "unit: the variable has no unit to convert to; give it one in variables/*.csv"
    yield from _formats(variable, rule)
    if isinstance(rule.codes, str) and rule.codes not in study.code_maps:
        yield f"codes: no code map {rule.codes!r}; define it in `code_maps`"
        return
    codes = study.code_maps[rule.codes] if isinstance(rule.codes, str) else rule.codes
    if codes is not None:
        yield from _codes(variable, known, rule, codes)
    elif variable.type in _NUMBERS:
        yield from _misfits("words", variable, rule.words.values())


def _codes(
    variable: Variable, known: Mapping[str, str], rule: FieldRule, codes: CodeMap
) -> Iterator[str]:
    if variable.codes:
        yield from _unknown(codes, variable, known)
    else:
        yield from _misfits("codes", variable, map(str, codes.values()))
    if rule.words:
        yield "words: codes are given, so no word is looked up; move the words into `codes`"
    if both := sorted(set(codes) & set(rule.missing or ())):
        yield f"missing: {listed(both)} has a meaning in `codes` too; keep one"
    fold = {"upper": str.upper, "lower": str.lower}.get(rule.letters or "", str)
    if never := sorted(code for code in codes if fold(code) != code):
        yield (
            f"codes: {listed(never)} never comes, since letters are folded to {rule.letters} "
            "case; write the codes so"
        )


def _unknown(
    codes: CodeMap, variable: Variable, known: Mapping[str, str], key: str = "codes"
) -> Iterator[str]:
    """Targets that are not in the value set; a value set that is not there is told elsewhere."""
    there = f" ({', '.join(known)})" if len(known) <= _FEW else ""
    for target in sorted({str(code) for code in codes.values()} - set(known)) if known else ():
        near = there or meant(target, known)
        yield (
            f"{key}: {target!r} is not in value set {variable.codes!r}{near}; add it to "
            "value_sets.csv, or correct it"
        )


def _misfits(option: str, variable: Variable, targets: Iterable[str]) -> Iterator[str]:
    """Targets that the variable's own type cannot hold; they would all wait in quarantine."""
    texts = pl.Series("text", sorted(set(targets)), dtype=pl.String)
    parsed = texts.to_frame().select(types.KINDS[variable.type].parse(pl.col("text")))
    for text in texts.filter(parsed.to_series().is_null()):
        yield f"{option}: {text!r} is no {variable.type}; write it as one"


def _formats(variable: Variable, rule: FieldRule) -> Iterator[str]:
    for each in rule.formats:
        found = set(_SIGN.findall(each.replace("%F", "%Y%m%d").replace("%D", "%m%d%y")))
        has_day = bool(found & {"d", "e", "j"}) and bool(found & {"m", "b", "B", "j"})
        if not found & {"Y", "y"} or (variable.type == "date" and not has_day):
            yield f"formats: {each!r} names no whole date; write it as %d/%m/%Y"


def _checkboxes(rule: CheckboxesRule) -> Iterator[str]:
    for column, times in Counter(rule.fields).items():
        if times > 1:
            yield f"codes: {times} options share the column {column}; rename one in REDCap"
    if isinstance(rule.several, tuple):
        given, order = {str(code) for code in rule.codes.values()}, set(rule.several)
        if given != order:
            told = listed(sorted(given ^ order))
            yield f"several: the order and `codes` differ in {told}; name each category in both"


def _patterns(rule: PatternRule) -> Iterator[str]:
    for text in rule.codes:
        try:
            pl.select(pl.lit("").str.contains(f"^(?:{text})$"))
        except pl.exceptions.ComputeError:
            yield f"pattern {text!r} cannot be read; correct it, and use no look-around"
