"""Rows of a study's tables as a part of a view reads them, and how they lead to the dimensions.

What another table says of a row is joined as one row a key, so that nothing is multiplied, and
Postgres leaves the join out of a query that does not ask for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from psycopg import sql

from omics_orchestrator.naming import TableName
from omics_orchestrator.star.keys import UNKNOWN, known, member, one_of
from omics_orchestrator.star.study_tables import StudyTables, Visits
from omics_orchestrator.star.view import Part
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table

_SITE = """
    left join (select {who} as who, min({site}) as site from {table} where {present} group by {who})
        as person on person.who = {participant}
"""
_DAY = """
    left join (select {who} as who, {visit} as visit, min({date})::date as day
               from {table} where {present} group by {who}, {visit})
        as visited on visited.who = {participant} and visited.visit = {at}
"""
_NAMED = """
    left join (select {row} as row, min({who}) as who, min({visit}::text) as visit
               from {table} as t where {present} group by {row})
        as named on named.row = {named}
"""
ALL: sql.Composable = sql.SQL("true")
NOBODY: sql.Composable = sql.Literal(UNKNOWN)


def of(column: str) -> sql.Composed:
    """A column of the rows that a part reads."""
    return sql.SQL("t.{}").format(sql.Identifier(column))


@dataclass(frozen=True)
class Joined:
    """An expression, and what must be joined and read for it."""

    value: sql.Composable
    join: sql.Composable = field(default_factory=lambda: sql.SQL(""))
    reads: tuple[TableName, ...] = ()

    def through(self, made: Callable[[sql.Composable], sql.Composable]) -> Self:
        """What is made of the expression, by the same join."""
        return replace(self, value=made(self.value))


Value = sql.Composable | Joined


def part(values: Mapping[str, Value], table: Table, only: sql.Composable = ALL) -> Part:
    """The present rows of a table that fulfil `only`, with what is joined to them."""
    joined = [each for each in values.values() if isinstance(each, Joined)]
    joins = {each.join.as_string(None): each.join for each in joined}
    rows = sql.SQL("from {} as t {} where {} and {}").format(
        table.identifier, sql.SQL(" ").join(joins.values()), present(table), only
    )
    plain = {n: each.value if isinstance(each, Joined) else each for n, each in values.items()}
    return Part(plain, rows, (table.name, *(name for each in joined for name in each.reads)))


def site_of(told: StudyTables, participant: sql.Composable) -> Value:
    """The key of the site of a participant."""
    if told.site is None or told.participants is None:
        return NOBODY
    table = told.core(told.participants)
    join = sql.SQL(_SITE).format(
        who=sql.Identifier(told.who),
        site=sql.Identifier(told.site),
        table=table.identifier,
        present=present(table),
        participant=participant,
    )
    return Joined(one_of(sql.SQL("person.site"), told.sites), join, (table.name,))


def visit_of(told: StudyTables, table: str) -> sql.Composable:
    """The key of the visit of a row of a conformed table."""
    visits = told.visits
    if visits is None or not told.has(table, told.who, visits.column):
        return NOBODY
    return member(told.study.study, of(told.who), of(visits.column))


def day_of(told: StudyTables, table: str, own: Iterable[str]) -> Joined | None:
    """The day of a row: the first of its own dates that is known, or else that of its visit."""
    dates: list[sql.Composable] = [sql.SQL("{}::date").format(of(name)) for name in own]
    visits, visit = told.visits, None
    if visits and visits.date and table != visits.table and told.has(table, visits.column):
        visit = _day_of_visit(told, visits, visits.date)
        dates.append(sql.SQL("visited.day"))
    if not dates:
        return None
    value = sql.SQL("coalesce({})").format(sql.SQL(", ").join(dates))
    return Joined(value, visit.join, visit.reads) if visit else Joined(value)


def _day_of_visit(told: StudyTables, visits: Visits, date: str) -> Joined:
    table = told.core(visits.table)
    join = sql.SQL(_DAY).format(
        who=sql.Identifier(told.who),
        visit=sql.Identifier(visits.column),
        date=sql.Identifier(date),
        table=table.identifier,
        present=present(table),
        participant=of(told.who),
        at=of(visits.column),
    )
    return Joined(sql.SQL("visited.day"), join, (table.name,))


def visit_of_row(told: StudyTables, table: str, named: sql.Composable) -> Value:
    """The key of the visit of the row of a conformed table whose key is `named`."""
    visits = told.visits
    if visits is None or not told.has(table, told.who, visits.column):
        return NOBODY
    core = told.core(table)
    join = sql.SQL(_NAMED).format(
        row=row_key(core.key),
        who=of(told.who),
        visit=of(visits.column),
        table=core.identifier,
        present=present(core),
        named=named,
    )
    value = member(told.study.study, sql.SQL("named.who"), sql.SQL("named.visit"))
    return Joined(value, join, (core.name,))


def row_key(grain: Iterable[str]) -> sql.Composed:
    """The key of a row in its own table, as the tables on drugs write it."""
    parts = (sql.SQL("{}::text").format(of(name)) for name in grain)
    return known(sql.SQL(" || '/' || ").join(parts))
