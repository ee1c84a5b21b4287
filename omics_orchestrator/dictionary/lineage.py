"""Where each column comes from: it follows from the rules, so it is always true."""

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.reads import fields_read, rules_of
from omics_orchestrator.dictionary.rules import BroadcastRule, DeriveRule


def fields_of(study: Study, table: str) -> dict[str, tuple[str, ...]]:
    """Map each variable of a table to the source fields it is made of, through derived ones."""
    rules, read = rules_of(study, table), fields_read(study, table)

    def fields(name: str) -> tuple[str, ...]:
        rule = rules[name]
        if isinstance(rule, DeriveRule | BroadcastRule):
            found = [field for other in rule.variables for field in fields(other)]
            return tuple(dict.fromkeys(found))
        return read[name]

    return {name: fields(name) for name in rules}
