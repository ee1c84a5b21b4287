"""Where each column comes from: it follows from the rules, so it is always true."""

from omics_orchestrator.dictionary.model import Study
from omics_orchestrator.dictionary.plan import rules_of
from omics_orchestrator.dictionary.rules import DeriveRule


def fields_of(study: Study, table: str) -> dict[str, tuple[str, ...]]:
    """Map each variable of a table to the source fields it is made of, through derived ones."""
    rules = rules_of(study, table)

    def fields(name: str) -> tuple[str, ...]:
        rule = rules[name]
        if isinstance(rule, DeriveRule):
            read = [field for other in rule.variables for field in fields(other)]
            return tuple(dict.fromkeys(read))
        return tuple(rule.fields)

    return {name: fields(name) for name in rules}
