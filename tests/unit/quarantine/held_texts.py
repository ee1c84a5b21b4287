"""One rule of a made-up clinic and texts of its field: those it refuses are the held ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from omics_orchestrator.dictionary.judging import Context
from omics_orchestrator.dictionary.model import Variable
from omics_orchestrator.dictionary.rules import FieldRule, Rule
from omics_orchestrator.quarantine.case import Case
from omics_orchestrator.quarantine.mend import Mend
from omics_orchestrator.redcap_project.rule_check import Trial

MISSING = {"-1000": "not_recorded"}
COLOURS = {"red": "Red", "dark_blue": "Dark blue", "green": "Green"}


def case(
    type_: str,
    texts: Sequence[str],
    *,
    rule: dict[str, Any] | Rule | None = None,
    labels: Mapping[str, str] | None = None,
    **said: Any,
) -> Case:
    """The case of a field that holds these texts; `said` is what else is said of the variable."""
    made = FieldRule(field="f", **(rule or {})) if rule is None or isinstance(rule, dict) else rule
    variable = Variable(variable="v", label="V", table="visit", type=type_, **said)
    context = Context({"shared": {"1": "red"}}, {"colour": COLOURS}, MISSING, frozenset({"f"}))
    trial = Trial(made, variable, context)
    refused = set(trial.refused("f", texts)) if texts else set[str]()
    held = Counter(text for text in texts if text in refused)
    others = tuple(text for text in dict.fromkeys(texts) if text not in refused)
    return Case("tables.visit.variables.v", "redcap", trial, "f", held, others, labels or {})


def applied(case: Case, mend: Mend) -> Trial:
    """The rule or the variable with the suggested line written into it."""
    said = yaml.safe_load("{" + mend.line() + "}")
    if mend.place.startswith("variables"):
        changed = case.variable.model_copy(update=said)
        return Trial(case.rule, changed, case.trial.context)
    rule = FieldRule.model_validate(case.rule.model_dump() | said)
    return Trial(rule, case.variable, case.trial.context)


def cells_read(case: Case, mend: Mend) -> int:
    """How many held cells the mended rule reads; every other text must still be read."""
    trial = applied(case, mend)
    assert trial.refused(case.name, case.others) == []
    refused = set(trial.refused(case.name, list(case.held)))
    return sum(cells for text, cells in case.held.items() if text not in refused)
