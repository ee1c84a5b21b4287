"""Which study has which variable, and how well: computed from rules, accounts and data.

The words are those of the harmonisation field (Maelstrom Research): complete, partial, impossible,
undetermined. Nobody types a status; the page on stewardship says how each is computed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from omics_orchestrator.dictionary import lineage
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import NotCollected, Rule

Status = Literal["complete", "partial", "impossible", "undetermined"]
STATUSES: tuple[Status, ...] = ("complete", "partial", "impossible", "undetermined")
_NO_RULE = "the study file says nothing of it"
_NOT_LOADED = "the table has not been loaded"
_NO_VALUE = "no row has a value yet"
# Of a variable that several tables of a study have, the first that holds is told.
_TOLD_FIRST: tuple[Status, ...] = ("partial", "complete", "undetermined", "impossible")


@dataclass(frozen=True)
class TableFacts:
    """What the warehouse holds of a conformed table.

    Attributes:
        rows: its present rows.
        filled: column → in how many of them it has a value.
        told: source field → cells that said something and were not left out.
        quarantined: source field → how many of these are in quarantine.
    """

    rows: int
    filled: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Covered:
    """How one table of a study has one variable.

    Attributes:
        table: the study's table; "" where no table of the study names the variable.
        why: what the status follows from, where it is not complete.
        rows: rows of the table.
        filled: rows with a value.
        told: cells of the fields it is made of that said something.
        quarantined: how many of these are in quarantine.
    """

    variable: str
    study: str
    table: str
    status: Status
    why: str = ""
    rows: int = 0
    filled: int = 0
    told: int = 0
    quarantined: int = 0

    @property
    def filled_share(self) -> float | None:
        """The share of rows with a value; None without rows."""
        return self.filled / self.rows if self.rows else None

    @property
    def quarantined_share(self) -> float | None:
        """The share of cells in quarantine; None where no cell said anything."""
        return self.quarantined / self.told if self.told else None


def coverage(dictionary: Dictionary, facts: Mapping[str, TableFacts]) -> list[Covered]:
    """Tell how every study has every variable, in the order of the dictionary.

    Args:
        dictionary: the data dictionary.
        facts: of each conformed table that was loaded, by its name in the warehouse.
    """
    found = {
        (each.variable, each.study, each.table): each
        for study in dictionary.studies.values()
        for table in study.tables
        for each in of_table(study, table, facts.get(str(study.core(table))))
    }
    named = {(variable, study) for variable, study, _ in found}
    every = [*found.values()] + [
        Covered(variable, study, "", "undetermined", _NO_RULE)
        for variable in dictionary.variables
        for study in dictionary.studies
        if (variable, study) not in named
    ]
    places = {name: place for place, name in enumerate(dictionary.variables)}
    studies = {name: place for place, name in enumerate(dictionary.studies)}
    return sorted(every, key=lambda each: (places[each.variable], studies[each.study]))


def of_table(study: Study, table: str, facts: TableFacts | None) -> Iterator[Covered]:
    """Tell how a table of a study has its variables; None stands for a table never loaded."""
    fields = lineage.fields_of(study, table)
    for variable, rule in rules_of(study, table).items():
        known = facts or TableFacts(0)
        filled = known.filled.get(variable, 0)
        told = sum(known.told.get(each, 0) for each in fields[variable])
        quarantined = sum(known.quarantined.get(each, 0) for each in fields[variable])
        status, why = _status(rule, facts, filled, quarantined)
        yield Covered(
            variable, study.study, table, status, why, known.rows, filled, told, quarantined
        )


def _status(
    rule: Rule, facts: TableFacts | None, filled: int, quarantined: int
) -> tuple[Status, str]:
    if isinstance(rule, NotCollected):
        return "impossible", rule.not_collected
    if facts is None:
        return "undetermined", _NOT_LOADED
    if quarantined:
        return "partial", f"{quarantined:,} cells are in quarantine"
    return ("complete", "") if filled else ("undetermined", _NO_VALUE)


def by_variable(covered: Iterable[Covered]) -> dict[str, dict[str, Covered]]:
    """Variable → study → how it has it; of several tables of a study, the least sound is told."""
    found: dict[str, dict[str, Covered]] = {}
    for each in covered:
        studies = found.setdefault(each.variable, {})
        before = studies.setdefault(each.study, each)
        studies[each.study] = min(before, each, key=lambda one: _TOLD_FIRST.index(one.status))
    return found
