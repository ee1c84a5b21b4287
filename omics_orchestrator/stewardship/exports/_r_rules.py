"""Our rules in the words and the R code of Rmonize's Data Processing Elements."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

import yaml

from omics_orchestrator.dictionary.model import Study, Variable
from omics_orchestrator.dictionary.reads import missing_codes
from omics_orchestrator.dictionary.rules import (
    CheckboxRule,
    CoalesceRule,
    ConstantRule,
    FieldRule,
    FormatRule,
    NotCollected,
    PatternRule,
    Rule,
)
from omics_orchestrator.dictionary.units import conversion

BLANK = "__BLANK__"
_PLAIN = {"field", "missing"}


@dataclass(frozen=True)
class Recipe:
    """A rule category with its algorithm, and in which detail the status holds."""

    category: str
    algorithm: str
    detail: str = "compatible"


def recipe(study: Study, table: str, variable: Variable, rule: Rule) -> Recipe:
    """Say a rule as Rmonize does; what it has no word for stops there, and shows our rule."""
    found: Recipe | None = None
    match rule:
        case NotCollected():
            found = Recipe("impossible", "impossible", "unavailable")
        case ConstantRule(constant=text):
            found = Recipe("paste", _quoted(text))
        case CheckboxRule():
            found = Recipe("recode", _recode({"1": "TRUE", "0": "FALSE"}))
        case PatternRule(pattern=field, codes=codes):
            found = Recipe("case_when", _case_when(field, codes))
        case FormatRule(format=text, letters=None):
            found = Recipe("operation", _pasted(text))
        case CoalesceRule(coalesce=parts) if all(map(_is_plain, parts)):
            fields = ", ".join(_known(study, table, part) for part in parts)
            found = Recipe("operation", f"dplyr::coalesce({fields})")
        case FieldRule():
            found = _of_field(study, table, variable, rule)
    return found or _unsaid(rule)


def _of_field(study: Study, table: str, variable: Variable, rule: FieldRule) -> Recipe | None:
    said = set(rule.model_dump(exclude_defaults=True)) - _PLAIN
    known = _known(study, table, rule)
    if not said:
        if known == rule.field:
            return Recipe("direct_mapping", "direct_mapping", "identical")
        return Recipe("operation", known, "identical")
    if said == {"codes"} and rule.codes is not None:
        codes = study.code_maps[rule.codes] if isinstance(rule.codes, str) else rule.codes
        return Recipe("recode", _recode({code: _ours(value) for code, value in codes.items()}))
    if said == {"letters"}:
        fold = "toupper" if rule.letters == "upper" else "tolower"
        return Recipe("operation", f"{fold}({known})")
    if said == {"unit"} and rule.unit and variable.unit:
        found = conversion(rule.unit, variable.unit)
        return Recipe("operation", f"{known} * {found.factor!r} + {found.offset!r}")
    return None


def _ours(value: object) -> str:
    """A value of ours as R has it: `TRUE`, or text in quotes."""
    return str(value).upper() if isinstance(value, bool) else _escaped(_quoted(str(value)))


def _known(study: Study, table: str, rule: FieldRule) -> str:
    """A field in R, without the codes that stand for "missing" there."""
    missing = missing_codes(study, table) if rule.missing is None else rule.missing
    if not missing:
        return rule.field
    codes = ", ".join(map(_quoted, missing))
    return f"ifelse({rule.field} %in% c({codes}), NA, {rule.field})"


def _is_plain(rule: FieldRule) -> bool:
    return set(rule.model_dump(exclude_defaults=True)) <= _PLAIN


def _unsaid(rule: Rule) -> Recipe:
    said = yaml.safe_dump(
        rule.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True
    )
    return Recipe("other", f"stop({_quoted('omics-orchestrator: ' + said.strip())})")


def _recode(codes: Mapping[str, str]) -> str:
    pairs = [f"{_escaped(_quoted(code))} = {ours}" for code, ours in codes.items()]
    return f"recode({' ; '.join([*pairs, 'ELSE = NA'])})"


def _case_when(field: str, codes: Mapping[str, str | bool]) -> str:
    cases = [
        f"grepl({_quoted(f'^(?:{pattern})$')}, {field}, perl = TRUE) ~ {_quoted(str(ours))}"
        for pattern, ours in codes.items()
    ]
    return f"case_when({' ; '.join([*cases, 'ELSE ~ NA'])})"


def _pasted(text: str) -> str:
    parts: list[str] = []
    for before, field, _, _ in Formatter().parse(text):
        parts += [_quoted(before)] if before else []
        parts += [field] if field else []
    return f"paste0({', '.join(parts)})"


def _quoted(text: str) -> str:
    """Text as R reads it; JSON writes it the same way."""
    return json.dumps(text, ensure_ascii=False)


def _escaped(text: str) -> str:
    """The signs that part recodes in Rmonize, where they are part of a text."""
    return text.replace("=", "_=").replace(";", "_;")
