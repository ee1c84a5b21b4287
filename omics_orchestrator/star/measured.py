"""Which numbers of a study are facts: one value of one variable at one visit or date.

The number must stand in a table of participants at visits, or in one whose rows have one date. Keys
and numbers of repeats measure nothing; doses of courses are told by the tables on drugs. What two
tables read from the same field counts once: in the table whose key has more parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from omics_orchestrator.dictionary.reads import fields_read
from omics_orchestrator.dictionary.rules import BroadcastRule
from omics_orchestrator.star.study_tables import StudyTables

_NUMBERS = ("integer", "number", "measurement")
_Source = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Measured:
    """A number of a table.

    Attributes:
        table: the conformed table.
        variable: the variable.
        dates: the dates of its row that are its own, the best first.
    """

    table: str
    variable: str
    dates: tuple[str, ...]


def measured(told: StudyTables) -> list[Measured]:
    """Every number of a study that is a fact, in the order of its file."""
    found = [
        Measured(table, name, _own_dates(told, table, name))
        for table in told.study.tables
        if _is_of_visits_or_dates(told, table)
        for name in _numbers(told, table)
    ]
    fields = {table: fields_read(told.study, table) for table in told.study.tables}
    finest: dict[_Source, Measured] = {}
    for each in sorted(found, key=lambda each: -len(told.study.tables[each.table].grain)):
        finest.setdefault((each.variable, fields[each.table][each.variable]), each)
    counted = list(finest.values())
    return [each for each in found if each in counted]


def _is_of_visits_or_dates(told: StudyTables, table: str) -> bool:
    grain = told.study.tables[table].grain
    courses = told.study.drugs.courses if told.study.drugs else ()
    if told.who not in grain or table in {each.table for each in courses}:
        return False
    at_visits = told.visits is not None and told.visits.column in grain
    return at_visits or len(told.dates(table)) == 1


def _numbers(told: StudyTables, table: str) -> Iterator[str]:
    keys = {name for each in told.study.tables.values() for name in each.grain}
    for name, rule in told.rules(table).items():
        is_number = told.dictionary.variables[name].type in _NUMBERS
        says_which = name in keys or told.is_number_of_repeat(table, name)
        if is_number and not says_which and not isinstance(rule, BroadcastRule):
            yield name


def _own_dates(told: StudyTables, table: str, variable: str) -> tuple[str, ...]:
    """The date that is named after the variable, or else the only one there is."""
    dates = told.dates(table)
    named = [date for date in dates if date == f"{variable}_date"]
    return tuple(named or (dates if len(dates) == 1 else ()))
