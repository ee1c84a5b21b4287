"""A field whose cells are held, with the rule that reads it: what a suggestion is tried on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from omics_orchestrator import snapshot
from omics_orchestrator.dictionary.judging import Context
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.reads import missing_codes, rules_of
from omics_orchestrator.dictionary.rules import CoalesceRule, JoinRule, Rule
from omics_orchestrator.dictionary.tables import Part
from omics_orchestrator.quarantine.origin import Origin
from omics_orchestrator.redcap_project.rule_check import Trial

_MOST_TEXTS = 2_000


@dataclass(frozen=True)
class Case:
    """A field with texts that its rule refuses.

    Attributes:
        place: where the rule stands in the study file.
        source: the name of the source the field comes from.
        trial: the rule, tried on texts.
        name: the name by which the rule calls the field.
        held: text → in how many cells it is held.
        others: texts of the field that are read as they should be; none may be lost.
        labels: REDCap's own words for the field's codes.
    """

    place: str
    source: str
    trial: Trial
    name: str
    held: Mapping[str, int]
    others: tuple[str, ...]
    labels: Mapping[str, str]

    @property
    def rule(self) -> Rule:
        """The rule that reads the field."""
        return self.trial.rule

    @property
    def variable(self) -> Variable:
        """The variable that it gives."""
        return self.trial.variable

    @property
    def codes(self) -> Mapping[str, str]:
        """The variable's value set: code → label."""
        return self.trial.context.value_sets.get(self.variable.codes or "", {})

    def still_refused(self) -> dict[str, int]:
        """The held texts that the rule refuses as it is now, each with its cells."""
        refused = set(self.trial.refused(self.name, list(self.held)))
        return {text: cells for text, cells in self.held.items() if text in refused}

    def tried(self, **changes: object) -> tuple[int, int]:
        """Try the rule with some of its keys changed.

        Returns:
            How many held cells it would read, and how many texts it would no longer read.
        """
        return self._outcome(replace(self.trial, rule=self.rule.model_copy(update=changes)))

    def tried_as(self, **changes: object) -> tuple[int, int]:
        """The same with some keys of the variable changed."""
        return self._outcome(replace(self.trial, variable=self.variable.model_copy(update=changes)))

    def _outcome(self, trial: Trial) -> tuple[int, int]:
        refused = set(trial.refused(self.name, [*self.held, *self.others]))
        read = sum(cells for text, cells in self.held.items() if text not in refused)
        return read, sum(text in refused for text in self.others)


def cases(
    origin: Origin, field: str, held: Mapping[str, int], every: Sequence[str]
) -> Iterator[Case]:
    """List the rules that read a field, each as a case; of a rule of several fields, its part.

    Args:
        origin: what made the table.
        field: the field of the source.
        held: text → cells that are held.
        every: all texts of the field.
    """
    part = next(
        part for part in _parts(origin) if field in snapshot.fields(origin.taken[part.name])
    )
    name, context = _called(part, field), _context(origin, field)
    plain = {text.strip(): cells for text, cells in held.items()}
    some = dict(sorted(plain.items(), key=lambda each: -each[1])[:_MOST_TEXTS])
    others = [text for text in every if text and text not in plain][:_MOST_TEXTS]
    for variable, whole in rules_of(origin.study, origin.table).items():
        for suffix, rule in _single_rules(whole):
            if name in rule.fields:
                trial = Trial(rule, origin.dictionary.variables[variable], context)
                refused = set(trial.refused(name, others))
                yield Case(
                    f"tables.{origin.table}.variables.{variable}{suffix}",
                    part.source,
                    trial,
                    name,
                    some,
                    tuple(text for text in others if text not in refused),
                    origin.choices.get(field, {}),
                )


def _parts(origin: Origin) -> Iterator[Part]:
    for part in origin.study.tables[origin.table].rows:
        if part.name in origin.taken:
            yield part


def _single_rules(rule: Rule) -> list[tuple[str, Rule]]:
    """The rules of single fields that a rule is made of, each with where it stands in it."""
    match rule:
        case CoalesceRule():
            return [(f".coalesce[{n}]", each) for n, each in enumerate(rule.coalesce)]
        case JoinRule():
            return [(f".join[{n}]", each) for n, each in enumerate(rule.join)]
    return [("", rule)]


def _called(part: Part, field: str) -> str:
    """The name by which rules call a field: with slots, that of its group."""
    base, separator, option = field.partition("___")
    for name, fields in (part.slots.fields if part.slots else {}).items():
        if base in fields:
            return name + separator + option
    return field


def _context(origin: Origin, field: str) -> Context:
    missing = missing_codes(origin.study, origin.table)
    return Context.of(origin.dictionary, origin.study, missing, frozenset({field}))
