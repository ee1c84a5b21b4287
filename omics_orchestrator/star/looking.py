"""Look through a view: how many rows it has, and whether its keys lead somewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import Connection, sql

from omics_orchestrator.star.keys import UNKNOWN
from omics_orchestrator.star.view import View

_COUNTS = "count(*) filter (where t.{0} = {1}), count(*) filter (where {0}.{0} is null)"
_MEMBERS = "left join (select {own} as {key} from {dimension}) as {key} on {key}.{key} = t.{key}"


@dataclass(frozen=True)
class Found:
    """What a view holds.

    Attributes:
        rows: how many.
        repeated: how many of them have a key that another has; looked for in dimensions alone.
        unknown: key of a dimension → how many rows point at its unknown member.
        unresolved: key of a dimension → how many rows point at no member of it.
    """

    rows: int
    repeated: int
    unknown: Mapping[str, int]
    unresolved: Mapping[str, int]


def look_through(connection: Connection, view: View) -> Found:
    """Count the rows, and those whose keys say nothing or lead nowhere."""
    unknown = sql.Literal(UNKNOWN)
    counts = [sql.SQL(_COUNTS).format(sql.Identifier(key), unknown) for key in view.members]
    joins = [_joined(key, dimension) for key, dimension in view.members.items()]
    statement = sql.SQL("select {} from {} as t {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), _repeated(view), *counts]),
        view.table.identifier,
        sql.SQL(" ").join(joins),
    )
    rows, repeated, *found = connection.execute(statement).fetchall()[0]
    return Found(
        rows,
        repeated,
        dict(zip(view.members, found[::2], strict=True)),
        dict(zip(view.members, found[1::2], strict=True)),
    )


def _repeated(view: View) -> sql.Composable:
    # To sort all keys of a fact takes longer than all that is made of it.
    if not view.is_dimension:
        return sql.SQL("0")
    return sql.SQL("count(*) - count(distinct t.{})").format(sql.Identifier(view.table.key[0]))


def _joined(key: str, dimension: str) -> sql.Composed:
    return sql.SQL(_MEMBERS).format(
        key=sql.Identifier(key),
        own=sql.Identifier(f"{dimension.removeprefix('dim_')}_key"),
        dimension=sql.Identifier("star", dimension),
    )
