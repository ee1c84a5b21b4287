"""What a table of the warehouse is. Its shape comes from the dictionary, never from the data.

Few types are stored, one for each kind of value, so that the same value is written, hashed and
read back in one way only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from psycopg import sql

from omics_orchestrator.errors import WarehouseError
from omics_orchestrator.naming import TableName

_POSTGRES: Mapping[pl.DataType, str] = {
    pl.String(): "text",
    pl.Int64(): "bigint",
    pl.Float64(): "double precision",
    pl.Boolean(): "boolean",
    pl.Date(): "date",
    pl.Datetime("us"): "timestamp without time zone",
    pl.Datetime("us", "UTC"): "timestamp with time zone",
    pl.List(pl.String()): "text[]",
    pl.List(pl.Int64()): "bigint[]",
}
_POLARS = {kind: dtype for dtype, kind in _POSTGRES.items()}
_NUMERIC = re.compile(r"numeric\((?P<precision>\d+),(?P<scale>\d+)\)")
_NAME_BYTES = 63
# Postgres allows 1,600; ours stand beside five of the system.
_MOST_COLUMNS = 1_590


@dataclass(frozen=True)
class Column:
    """One column: its Polars type, and its meaning in plain English.

    `computed` is a text that no person wrote, such as a hash. Among enough of them some look like
    the number of a patient.
    """

    dtype: pl.DataType
    comment: str = ""
    computed: bool = False


@dataclass(frozen=True)
class Table:
    """One table as the dictionary defines it.

    Attributes:
        name: layer, domain and table.
        columns: column name → column, in the order in which people see them.
        key: the columns that identify a row; never null.
        history: keep past versions of each row (`_valid_from`, `_valid_to`) or only the present.
        comment: what a row is, in plain English.

    Raises:
        WarehouseError: a name or type that Postgres would not keep as it is.
    """

    name: TableName
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    history: bool = False
    comment: str = ""

    def __post_init__(self) -> None:
        if not self.key or set(self.key) - set(self.columns):
            raise self._wrong("its key is not among its columns", "name the key's columns")
        if len(self.columns) > _MOST_COLUMNS:
            raise self._wrong(f"it has more than {_MOST_COLUMNS:,} columns", "split the table")
        for name, column in self.columns.items():
            if not _is_column_name(name):
                raise self._wrong(
                    f"the column name {name!r} is not one Postgres keeps for us",
                    f"use 1 to {_NAME_BYTES} bytes that do not start with `_`",
                )
            if not _is_stored(column.dtype):
                raise self._wrong(
                    f"the column {name!r} is of type {column.dtype}, which is not stored",
                    f"use {', '.join(str(dtype) for dtype in _POSTGRES)}, or Decimal",
                )

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column name → Polars type."""
        return {name: column.dtype for name, column in self.columns.items()}

    @property
    def identifier(self) -> sql.Identifier:
        """The quoted `schema.table` of a statement."""
        return sql.Identifier(self.name.layer, self.name.relation)

    def _wrong(self, what: str, mend: str) -> WarehouseError:
        return WarehouseError(what, mend=f"{mend}.", table=str(self.name))


def postgres_type(dtype: pl.DataType) -> str:
    """Name the Postgres type that stores `dtype`, as Postgres itself spells it."""
    if isinstance(dtype, pl.Decimal):
        return f"numeric({dtype.precision},{dtype.scale})"
    return _POSTGRES[dtype]


def polars_type(kind: str) -> pl.DataType:
    """Name the type of the values that Postgres stores as `kind`; KeyError for none of ours."""
    if found := _NUMERIC.fullmatch(kind):
        return pl.Decimal(int(found["precision"]), int(found["scale"]))
    return _POLARS[kind]


def names(columns: Mapping[str, Column] | tuple[str, ...]) -> sql.Composed:
    """Join column names, quoted, for a statement."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _is_stored(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.Decimal) or dtype in _POSTGRES


def _is_column_name(name: str) -> bool:
    return 0 < len(name.encode()) <= _NAME_BYTES and name[0] != "_" and "\0" not in name
