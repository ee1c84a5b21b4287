"""Which of a study's tables tell of what, by what its file says and no more.

A participant is a row of the table `participant`, or else whatever begins the key of the first
table. A visit is a row of the first dataset whose rows have a key of two: the participant and one
more. A sample is a row of the table that a collection of files names, or else of `sample`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.dictionary.rules import BroadcastRule, FieldRule, NotCollected, Rule
from omics_orchestrator.dictionary.tables import Long
from omics_orchestrator.harmonised.exposure import exposure_table
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.warehouse.table import Table

_PARTICIPANT, _SAMPLE = "participant", "sample"
_REPEAT = "redcap_repeat_instance"


@dataclass(frozen=True)
class Visits:
    """Where a study tells of visits: the table, the column beside the participant's, the date."""

    table: str
    column: str
    date: str | None


@dataclass(frozen=True)
class StudyTables:
    """A study, as the star sees it."""

    dictionary: Dictionary
    study: Study

    @cached_property
    def who(self) -> str:
        """The column that names the participant."""
        tables = self.study.tables
        return tables.get(_PARTICIPANT, next(iter(tables.values()))).grain[0]

    @property
    def participants(self) -> str | None:
        """The table of participants."""
        spec = self.study.tables.get(_PARTICIPANT)
        return _PARTICIPANT if spec and spec.grain == (self.who,) else None

    @cached_property
    def visits(self) -> Visits | None:
        """Where visits are told of, if they are."""
        for dataset in self.study.datasets.values():
            grain = self.study.tables[dataset.rows].grain
            if not isinstance(dataset, Long) and len(grain) == len((self.who, "visit")):
                others = [name for name in grain if name != self.who]
                if len(others) == 1:
                    dates = self.dates(dataset.rows)
                    return Visits(dataset.rows, others[0], dates[0] if dates else None)
        return None

    @cached_property
    def samples(self) -> str | None:
        """The table of samples."""
        named = [
            each.sample_table
            for each in self.dictionary.collections.values()
            if each.study == self.study.study
        ]
        found = (name for name in (*named, _SAMPLE) if name in self.study.tables)
        return next((name for name in found if len(self.study.tables[name].grain) == 1), None)

    @cached_property
    def site(self) -> str | None:
        """The category of participants that says where they were seen, as combined datasets do."""
        named = (
            each.site
            for each in self.dictionary.datasets.values()
            if each.site and any(rows.startswith(f"{self.study.study}.") for rows in each.rows)
        )
        known = self.rules(_PARTICIPANT) if self.participants else {}
        return next((site for site in named if site in known and self._codes(site)), None)

    @cached_property
    def sites(self) -> Mapping[str, str]:
        """The codes of sites, each with its label."""
        return self._codes(self.site) if self.site else {}

    def core(self, table: str) -> Table:
        """One of the study's conformed tables."""
        return self._core[table]

    def exposure(self, table: str) -> Table | None:
        """One of its tables on drugs, if it tells of drugs."""
        return exposure_table(self.study, table) if self.study.drugs else None

    def rules(self, table: str) -> Mapping[str, Rule]:
        """The variables of a table that can have a value, each with its rule."""
        return self._rules[table]

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether a table has all of these variables."""
        return self.rules(table).keys() >= set(columns)

    def dates(self, table: str) -> list[str]:
        """The variables of a table that are dates of the row itself."""
        return [
            name
            for name, rule in self.rules(table).items()
            if self.dictionary.variables[name].type in ("date", "datetime")
            and not isinstance(rule, BroadcastRule)
        ]

    def is_number_of_repeat(self, table: str, variable: str) -> bool:
        """Tell whether a number only says which of several forms a row was."""
        rule = self.rules(table)[variable]
        return isinstance(rule, FieldRule) and rule.field == _REPEAT

    @cached_property
    def _core(self) -> Mapping[str, Table]:
        return {name: core_table(self.dictionary, self.study, name) for name in self.study.tables}

    @cached_property
    def _rules(self) -> Mapping[str, Mapping[str, Rule]]:
        return {
            table: {
                name: rule
                for name, rule in rules_of(self.study, table).items()
                if not isinstance(rule, NotCollected)
            }
            for table in self.study.tables
        }

    def _codes(self, variable: str) -> Mapping[str, str]:
        codes = self.dictionary.variables[variable].codes
        return self.dictionary.value_sets[codes] if codes else {}


def studies_of(dictionary: Dictionary) -> list[StudyTables]:
    """Every study that has a table."""
    return [StudyTables(dictionary, each) for each in dictionary.studies.values() if each.tables]
