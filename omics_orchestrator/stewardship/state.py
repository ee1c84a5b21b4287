"""Whether a cell of a conformed table is known, why it is not, and what it is made of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from omics_orchestrator.dictionary.missing_reasons import QUARANTINED
from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.dictionary.rules import BroadcastRule, DeriveRule, NotCollected, Rule

KNOWN = "known"


@dataclass(frozen=True)
class State:
    """Whether a cell has a value: `known`, `declared missing`, `quarantined`, `empty`, and why."""

    name: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.why}" if self.why else self.name


@dataclass(frozen=True)
class Input:
    """A variable that a cell is made of, the cell's own first.

    Attributes:
        rule: how it is made, as the dictionary has it now.
        fields: the source fields its rule reads.
        state: whether it is known in the row; None where another row is read.
    """

    variable: str
    rule: Rule
    fields: tuple[str, ...]
    state: State | None = None

    def with_state(self, row: Mapping[str, Any]) -> "Input":
        """Say whether it is known in a row."""
        if self.variable not in row:
            return self
        return replace(self, state=state_of(row, self.variable, self.variable, self.rule))


def inputs_of(study: Study, table: str, variable: str) -> tuple[Input, ...]:
    """A variable and all that it is made of, each once."""
    rules, read = rules_of(study, table), fields_read(study, table)

    def walk(name: str) -> Iterator[Input]:
        rule = rules[name]
        yield Input(name, rule, read[name])
        if isinstance(rule, DeriveRule | BroadcastRule):
            for other in rule.variables:
                yield from walk(other)

    return tuple({each.variable: each for each in walk(variable)}.values())


def state_of(row: Mapping[str, Any], column: str, variable: str, rule: Rule) -> State:
    """Whether a column has a value in a row with its `missing_reasons`."""
    if row[column] is not None:
        return State(KNOWN)
    reason = json.loads(row["missing_reasons"] or "{}").get(variable)
    if reason == QUARANTINED:
        return State("quarantined", "what the source says fits no rule, see `omics quarantine`")
    if reason:
        return State("declared missing", str(reason))
    if isinstance(rule, NotCollected):
        return State("not collected", rule.not_collected)
    if isinstance(rule, DeriveRule | BroadcastRule):
        return State("empty", "something it is made of is not known, see below")
    return State("empty", "blank at the source")
