"""Codes that follow from a project's own labels, where they say what our value set says."""

from collections.abc import Iterable, Mapping

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.rules import (
    CoalesceRule,
    CodeMap,
    FieldRule,
    JoinRule,
    Rule,
)
from omics_orchestrator.redcap_project.labels import plain

Choices = Mapping[str, Mapping[str, str]]


def with_label_codes(
    dictionary: Dictionary, study: Study, table: str, source: str, choices: Choices
) -> Study:
    """The study with `codes` in each rule that has `labels: true`; those of the file outweigh them.

    A code is taken when its label is a label or a code of the variable's value set, without regard
    to letter case and white space. One whose label fits two of them, or that has another meaning in
    another slot, is not taken.

    Args:
        dictionary: the data dictionary.
        study: the study.
        table: the table that is to be conformed.
        source: which of its projects.
        choices: field → code → label, as the project declares them.
    """
    spec = study.tables[table]
    named = {field: [codes] for field, codes in choices.items()}
    for part in spec.rows:
        if part.source == source and part.slots is not None:
            for name, fields in part.slots.fields.items():
                named[name] = [choices[each] for each in fields if each and each in choices]
    rules = {
        name: _coded(rule, study, dictionary.value_sets.get(variable.codes or "", {}), named)
        for name, rule in spec.variables.items()
        if (variable := dictionary.variables[name])
    }
    rewritten = spec.model_copy(update={"variables": rules})
    return study.model_copy(update={"tables": {**study.tables, table: rewritten}})


def _coded(
    rule: Rule,
    study: Study,
    value_set: Mapping[str, str],
    named: Mapping[str, list[Mapping[str, str]]],
) -> Rule:
    match rule:
        case CoalesceRule():
            parts = [_coded(each, study, value_set, named) for each in rule.coalesce]
            return rule.model_copy(update={"coalesce": tuple(parts)})
        case JoinRule():
            parts = [_coded(each, study, value_set, named) for each in rule.join]
            return rule.model_copy(update={"join": tuple(parts)})
        case FieldRule(labels=True, field=field) if named.get(field):
            own = study.code_maps[rule.codes] if isinstance(rule.codes, str) else rule.codes
            codes = {**_agreed(_by_label(each, value_set) for each in named[field]), **(own or {})}
            return rule.model_copy(update={"codes": codes, "labels": False})
    return rule


def _by_label(choices: Mapping[str, str], value_set: Mapping[str, str]) -> CodeMap:
    meant: dict[str, set[str]] = {}
    for ours, label in value_set.items():
        for text in (ours, label):
            meant.setdefault(_folded(text), set()).add(ours)
    fitting = {code: meant.get(_folded(label), set()) for code, label in choices.items()}
    return {code: next(iter(ours)) for code, ours in fitting.items() if len(ours) == 1}


def _agreed(maps: Iterable[CodeMap]) -> dict[str, str | bool]:
    """Codes that no two slots take for different things."""
    every: dict[str, set[str | bool]] = {}
    for codes in maps:
        for code, ours in codes.items():
            every.setdefault(code, set()).add(ours)
    return {code: next(iter(ours)) for code, ours in every.items() if len(ours) == 1}


def _folded(text: str) -> str:
    return plain(text).casefold()
