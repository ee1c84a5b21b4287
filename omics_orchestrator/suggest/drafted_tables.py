"""Which tables a study file would have: raw tables whose rows are the same thing are one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.dictionary.rules import FieldRule
from omics_orchestrator.naming import as_part
from omics_orchestrator.redcap_project.description import EVENT, INSTANCE
from omics_orchestrator.redcap_project.part_check import share_an_arm
from omics_orchestrator.suggest.choosing import Choice
from omics_orchestrator.suggest.drafted_rule import rule_of
from omics_orchestrator.suggest.new_variables import new_name
from omics_orchestrator.suggest.offer import RawTable
from omics_orchestrator.suggest.precedent import participant, reading
from omics_orchestrator.suggest.words import pieces

PARTICIPANT, VISIT = "participant", "visit"
_NEW_PARTICIPANT, _NEW_EVENT, _COUNTS = "study_id", "event", "_instance"


@dataclass
class DraftedTable:
    """One table of the draft.

    Attributes:
        name: its name.
        rows: the raw tables it is made of.
        keys: the variables that say which row is which, with their rules.
        new: the keys that are no variables yet, with their types.
    """

    name: str
    rows: list[str]
    keys: dict[str, FieldRule] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)


def of_forms(
    dictionary: Dictionary, forms: Iterable[RawTable], record_id: str, *, study: str
) -> list[DraftedTable]:
    """Put forms together that have a row for the same thing, and find what tells rows apart."""
    named: dict[str, list[RawTable]] = {}
    for each in forms:
        named.setdefault(_name(each), []).append(each)
    return [_joined(name, every, dictionary, record_id, study) for name, every in named.items()]


def by_key(dictionary: Dictionary, raw: RawTable, choice: Choice) -> DraftedTable:
    """A table of a database or spreadsheet: its rows are told apart by its key."""
    table = DraftedTable(as_part(raw.name), [raw.name])
    for column in raw.key:
        match = choice.sure.get(column)
        rule = rule_of(match) if match else None
        if match and isinstance(rule, FieldRule):
            table.keys[match.variable] = rule
        else:
            name = new_name(column, dictionary.variables)
            _add(table, None, name, FieldRule(field=column), "string")
    return table


def _name(form: RawTable) -> str:
    if form.repeats:
        return f"{form.name}_form" if form.name in (PARTICIPANT, VISIT) else form.name
    return VISIT if share_an_arm(form.events) else PARTICIPANT


def _joined(
    name: str, forms: Sequence[RawTable], dictionary: Dictionary, record_id: str, study: str
) -> DraftedTable:
    table = DraftedTable(name, [each.name for each in forms])
    who = participant(dictionary, study=study)
    _add(table, who, _NEW_PARTICIPANT, FieldRule(field=record_id), "string")
    if any(share_an_arm(each.events) for each in forms):
        events = sorted({event for each in forms for event in each.events})
        variable, rule = _visit(dictionary, events, study)
        _add(table, variable, _NEW_EVENT, rule, "string")
    if any(each.repeats for each in forms):
        rule = FieldRule(field=INSTANCE)
        _add(table, _instance(dictionary, name, study), f"{name}{_COUNTS}", rule, "integer")
    return table


def _visit(
    dictionary: Dictionary, events: Sequence[str], study: str
) -> tuple[str | None, FieldRule]:
    """The variable that another study reads from such events, and the rule for these."""
    for variable, rule in reading(dictionary, EVENT, study=study):
        codes = _codes(dictionary, rule, study)
        if codes.keys() >= set(events):
            kept = {event: codes[event] for event in events}
            return variable, FieldRule(field=EVENT, codes=kept)
    return None, FieldRule(field=EVENT)


def _add(table: DraftedTable, known: str | None, new: str, rule: FieldRule, kind: str) -> None:
    table.keys[known or new] = rule
    if known is None:
        table.new[new] = kind


def _codes(dictionary: Dictionary, rule: FieldRule, study: str) -> Mapping[str, str | bool]:
    """The codes of a rule; a map that its study names is looked up there."""
    if not isinstance(rule.codes, str):
        return rule.codes or {}
    maps = (each.code_maps for each in dictionary.studies.values() if each.study != study)
    return next((each[rule.codes] for each in maps if rule.codes in each), {})


def _instance(dictionary: Dictionary, form: str, study: str) -> str | None:
    """The variable that counts the repeats of a form with such a name, by its own name."""
    read = {name for name, _ in reading(dictionary, INSTANCE, study=study)}
    found = sorted({*read, *(each for each in dictionary.variables if each.endswith(_COUNTS))})
    shared = {name: len({*pieces(name)} & {*pieces(form)} - {"instance"}) for name in found}
    return max((name for name in found if shared[name]), key=shared.__getitem__, default=None)
