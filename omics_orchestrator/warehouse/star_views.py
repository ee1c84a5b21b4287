"""Views of the star that stand in the way of a table's new shape.

Postgres changes no column that a view reads. The views of the star hold no rows and are made anew
by their asset, so they give way; a view of anybody else does not, and the load says so.
"""

from collections.abc import Iterable

from psycopg import Connection, sql

from omics_orchestrator.warehouse.table import Table

_READERS = """
    select distinct reader.relname
    from pg_depend as uses
    join pg_rewrite as rule on uses.classid = 'pg_rewrite'::regclass and rule.oid = uses.objid
    join pg_class as reader on reader.oid = rule.ev_class
    join pg_attribute as used on (used.attrelid, used.attnum) = (uses.refobjid, uses.refobjsubid)
    where uses.refobjid = to_regclass(%s) and used.attname = any(%s)
        and reader.relkind = 'v' and reader.relnamespace = to_regnamespace('star')
        -- A view that we did not make has no load, and is somebody's own.
        and exists (select from ops.load where relation = 'star.' || reader.relname)
"""


def give_way(connection: Connection, table: Table, columns: Iterable[str]) -> None:
    """Drop the views of the star that read these columns of a table."""
    values = (table.identifier.as_string(connection), list(columns))
    for (name,) in connection.execute(_READERS, values).fetchall():
        connection.execute(sql.SQL("drop view {}").format(sql.Identifier("star", name)))
