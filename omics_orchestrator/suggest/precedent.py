"""What we know of each variable: its name and label, and the fields that studies read for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from omics_orchestrator.dictionary.model import Dictionary, Study, Variable
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import (
    CheckboxesRule,
    CheckboxRule,
    CoalesceRule,
    CodeMap,
    FieldRule,
    FormatRule,
    Rule,
    checkbox_column,
)
from omics_orchestrator.redcap_project.description import Description
from omics_orchestrator.redcap_project.fields import Field
from omics_orchestrator.redcap_project.labels import plain
from omics_orchestrator.suggest.numbering import telling, without_steady
from omics_orchestrator.suggest.words import says_more

OURS = ""
Projects = Mapping[str, Mapping[str, Description]]
"""Study → source → what its project says of itself."""


@dataclass(frozen=True)
class Known:
    """A text that stands for a variable.

    Attributes:
        text: the text.
        study: the study it comes from; `OURS` for the variable's own.
        column: for the name of a field, the field as the study calls it.
    """

    text: str
    study: str = OURS
    column: str = ""


@dataclass
class Target:
    """A variable, and all that is known of how studies write it.

    Attributes:
        variable: the variable.
        names: its name, and those of the fields other studies read for it.
        labels: its label, and theirs.
        meanings: label of a choice → our codes that it stands for.
    """

    variable: Variable
    names: list[Known]
    labels: list[Known]
    meanings: dict[str, set[str]] = field(default_factory=dict)

    def mean(self, label: str, code: str) -> None:
        """Note that a label of a choice stands for one of our codes."""
        if label.strip():
            self.meanings.setdefault(label.strip().casefold(), set()).add(code)


class _Project:
    """The fields of a study, as far as its projects are at hand, and how their names are told."""

    def __init__(self, study: Study, projects: Mapping[str, Description]) -> None:
        self.study = study
        self.fields = {each.name: each for one in projects.values() for each in one.fields}
        self.rules = [(name, rule, read) for name, rule in _rules(study) if (read := _read(rule))]
        self.names = telling({*self.fields, *(read for _, _, read in self.rules)})
        self.labels = without_steady({plain(each.label) for each in self.fields.values()})


def targets(dictionary: Dictionary, projects: Projects, *, study: str) -> list[Target]:
    """What is known of every variable that may be suggested.

    Args:
        dictionary: the data dictionary.
        projects: what the projects of its studies say of themselves, as far as that is at hand.
        study: the study that suggestions are for; its own file, if there is one, tells nothing.
    """
    variables = [each for each in dictionary.variables.values() if each.sensitivity != "direct"]
    labels = without_steady({each.label for each in variables})
    found = {each.variable: _own(dictionary, each, labels[each.label]) for each in variables}
    for name, other in dictionary.studies.items():
        if name != study:
            project = _Project(other, projects.get(name, {}))
            for variable, rule, field in project.rules:
                if variable in found:
                    _learn(found[variable], project, rule, field)
    return [found[name] for name in sorted(found)]


def participant(dictionary: Dictionary, *, study: str) -> str | None:
    """The variable that names the participant: the one by which most tables know their rows."""
    first = [
        table.grain[0]
        for name, each in dictionary.studies.items()
        if name != study
        for table in each.tables.values()
        if table.grain
    ]
    return max(sorted(set(first)), key=first.count, default=None)


def reading(dictionary: Dictionary, field: str, *, study: str) -> list[tuple[str, FieldRule]]:
    """The variables that other studies read from a field, with their rules; in order."""
    found = {
        name: rule
        for each in dictionary.studies.values()
        if each.study != study
        for name, rule in _rules(each)
        if isinstance(rule, FieldRule) and rule.field == field
    }
    return sorted(found.items())


def _own(dictionary: Dictionary, variable: Variable, label: str) -> Target:
    target = Target(variable, [Known(variable.variable, column=variable.variable)], [Known(label)])
    for code, said in dictionary.value_sets.get(variable.codes or "", {}).items():
        target.mean(code, code)
        target.mean(said, code)
    return target


def _rules(study: Study) -> Iterator[tuple[str, Rule]]:
    """The rules of a study, without those that read a slot: its name is no field's."""
    for name, table in study.tables.items():
        slots = [part.slots for part in table.rows if part.slots]
        own = {each for slot in slots for each in (slot.number, *slot.fields)}
        for variable, rule in rules_of(study, name).items():
            if not own.intersection(rule.fields):
                yield variable, rule


def _read(rule: Rule) -> str:
    """The field whose name tells what a variable is; "" where a rule reads several."""
    match rule:
        case FieldRule(field=name) | CheckboxesRule(checkboxes=name) | CheckboxRule(checkbox=name):
            return name
        case CoalesceRule(coalesce=[FieldRule(field=name), *_]) | FormatRule(fields=(name,)):
            return name
    return ""


def _learn(target: Target, project: _Project, rule: Rule, field: str) -> None:
    """Add what a rule of another study tells of its variable."""
    option = rule.option if isinstance(rule, CheckboxRule) else None
    _learn_field(target, project, field, option)
    codes = getattr(rule, "codes", None)
    named = project.study.code_maps[codes] if isinstance(codes, str) else codes or {}
    _learn_codes(target, named, project.fields.get(field))


def _learn_field(target: Target, project: _Project, name: str, option: str | None) -> None:
    field = project.fields.get(name)
    choices = field.choices or {} if field else {}
    chosen = "" if option is None else plain(choices.get(option, ""))
    study = project.study.study
    column = name if option is None else checkbox_column(name, option)
    # An option without its label would make all options of a field alike.
    if option is None or chosen:
        target.names.append(Known(f"{project.names[name]} {chosen}".strip(), study, column))
        if field is not None and says_more(field.label, name):
            label = project.labels[plain(field.label)]
            target.labels.append(Known(f"{label}: {chosen}" if chosen else label, study))


def _learn_codes(target: Target, codes: CodeMap, field: Field | None) -> None:
    for code, ours in codes.items():
        if field is not None and isinstance(ours, str):
            target.mean(plain((field.choices or {}).get(code, "")), ours)
