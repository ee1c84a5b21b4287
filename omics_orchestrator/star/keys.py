"""The keys of the star, made in this one place: readable text, the same after every load.

No key is null. What points at nothing points at the member `unknown`, which every dimension has.
"""

from collections.abc import Iterable
from datetime import date

from psycopg import sql

UNKNOWN = "unknown"
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2049, 12, 31)


def member(study: str, *parts: sql.Composable) -> sql.Composed:
    """The key of something of a study: `study/part/part`, unknown where a part is."""
    named = [sql.Literal(study), *(sql.SQL("{}::text").format(part) for part in parts)]
    return known(sql.SQL(" || '/' || ").join(named))


def day(value: sql.Composable) -> sql.Composed:
    """The key of a day of the calendar, as 2026-01-31."""
    within = sql.SQL(
        "case when {0} between {1}::date and {2}::date then to_char({0}, 'YYYY-MM-DD') end"
    )
    return known(within.format(value, sql.Literal(str(FIRST_DAY)), sql.Literal(str(LAST_DAY))))


def one_of(value: sql.Composable, members: Iterable[str]) -> sql.Composed:
    """The value itself as a key, unknown where it is none of `members`."""
    listed = sql.Literal(sorted(members))
    return known(sql.SQL("case when {0} = any({1}::text[]) then {0} end").format(value, listed))


def known(value: sql.Composable) -> sql.Composed:
    """The value, or the unknown member in place of null."""
    return sql.SQL("coalesce({}, {})").format(value, sql.Literal(UNKNOWN))
