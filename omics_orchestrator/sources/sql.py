"""Read tables of a SQL database: only the columns that the study file names."""

from collections.abc import Iterable
from typing import Any

import polars as pl
from sqlalchemy import ColumnClause, Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchTableError, OperationalError

from omics_orchestrator.dictionary.model import SqlSource, SqlTable
from omics_orchestrator.errors import OmicsError, SourceError, TransientError
from omics_orchestrator.sources import Extract, Request
from omics_orchestrator.sources._text import as_text

# What drivers call an operational error too, though no retry mends it.
_LASTING = ("authentication failed", "access denied", "does not exist", "unable to open")


def read(engine: Engine, request: Request) -> Extract:
    """Read the tables that the study file selects, each in a stable order.

    Raises:
        TransientError: the database is away.
        SourceError: a table or column is not there, or may not be read.
    """
    source = request.source
    if not isinstance(source, SqlSource):
        raise TypeError("a SQL reader reads a SQL source")
    tables: dict[str, pl.DataFrame] = {}
    withheld: dict[str, str] = {}
    try:
        with engine.connect() as connection:
            for name, wanted in source.select.items():
                present = _columns(connection, name, request)
                _refuse_absent(name, {*wanted.columns, wanted.order_by} - {*present}, request)
                tables[name] = _rows(connection, name, wanted)
                others = (f"{name}.{each}" for each in present if each not in wanted.columns)
                withheld |= dict.fromkeys(others, "not listed in the study file")
    except DBAPIError as error:
        raise _explained(error, request) from None
    return Extract(tables, withheld, scope={"tables": len(tables)})


def _columns(connection: Connection, name: str, request: Request) -> list[str]:
    # Asked for by name, as SQLite takes the quoted name of an absent column for a text.
    try:
        return [each["name"] for each in inspect(connection).get_columns(name)]
    except NoSuchTableError:
        raise SourceError(
            "the database has no such table, or this account may not see it",
            mend="compare `select` in the study file with the database, and the account's rights.",
            **request.place,
            table=name,
        ) from None


def _refuse_absent(name: str, absent: Iterable[str], request: Request) -> None:
    if absent:
        raise SourceError(
            f"the table has no column {', '.join(sorted(absent))}",
            mend="compare `select` in the study file with the table.",
            **request.place,
            table=name,
        )


def _rows(connection: Connection, name: str, wanted: SqlTable) -> pl.DataFrame:
    columns: list[ColumnClause[Any]] = [column(each) for each in wanted.columns]
    # The other columns decide between rows that are equal in the first.
    order = [column(wanted.order_by), *columns]
    rows = connection.execute(select(*columns).select_from(table(name)).order_by(*order))
    return pl.DataFrame(
        [[as_text(cell) for cell in row] for row in rows],
        schema=dict.fromkeys(wanted.columns, pl.String),
        orient="row",
    )


def _explained(error: DBAPIError, request: Request) -> OmicsError:
    """Say what a person can act on; the driver's own text may hold values and the address."""
    said = str(error.orig).lower()
    if not isinstance(error, OperationalError | InterfaceError):
        return SourceError(
            "the database refused a query",
            mend="compare `select` in the study file with the database, and the account's rights.",
            **request.place,
        )
    if any(word in said for word in _LASTING):
        return SourceError(
            "the database refused this account, or there is no such database",
            mend="check the address, user and password in the environment.",
            **request.place,
        )
    return TransientError(
        "the database cannot be reached",
        mend="check that it is up and that this machine may reach it.",
        **request.place,
    )
