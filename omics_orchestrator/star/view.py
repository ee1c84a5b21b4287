"""What a view of the star is: its columns, its grain, and the rows it is put together from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.table import Table, postgres_type

_VERSION_LENGTH = 16


@dataclass(frozen=True)
class Part:
    """Rows of a view.

    Attributes:
        values: column → expression; columns that are not named are null.
        rows: where the rows come from: all that follows SELECT's list.
        reads: the tables that are read.
    """

    values: Mapping[str, sql.Composable]
    rows: sql.Composable = field(default_factory=lambda: sql.SQL(""))
    reads: tuple[TableName, ...] = ()


@dataclass(frozen=True)
class View:
    """One fact or dimension.

    Attributes:
        table: its name, columns, key and grain, as of any other table.
        parts: its rows, put under one another.
        members: the columns that are keys of a dimension, with the dimension's name.
    """

    table: Table
    parts: Sequence[Part]
    members: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_dimension(self) -> bool:
        """Tell whether facts point at it."""
        return self.table.name.table.startswith("dim_")

    @property
    def reads(self) -> tuple[TableName, ...]:
        """The tables that are read, each once."""
        return tuple(sorted({name for part in self.parts for name in part.reads}))

    @property
    def query(self) -> sql.Composed:
        """The view's SELECT. Its first rows, which are none, settle the type of each column."""
        nothing = Part({}, sql.SQL("where false"))
        return sql.SQL(" union all ").join(map(self._select, (nothing, *self.parts)))

    @property
    def version(self) -> str:
        """A hash of all that makes the view what it is."""
        comments = (column.comment for column in self.table.columns.values())
        said = "\0".join((self.query.as_string(None), self.table.comment, *comments))
        return hashlib.sha256(said.encode()).hexdigest()[:_VERSION_LENGTH]

    def _select(self, part: Part) -> sql.Composed:
        listed = [
            sql.SQL("({})::{} as {}").format(
                part.values.get(name, sql.SQL("null")),
                sql.SQL(postgres_type(column.dtype)),
                sql.Identifier(name),
            )
            for name, column in self.table.columns.items()
        ]
        return sql.SQL("select {} {}").format(sql.SQL(", ").join(listed), part.rows)
