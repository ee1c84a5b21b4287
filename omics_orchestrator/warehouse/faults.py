"""What Postgres refuses, said without a value.

The text of a Postgres error may quote a cell (`DETAIL`, `CONTEXT`, "invalid input syntax …"), so it
is never passed on: the SQLSTATE and the names of table, column and constraint say enough.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from omics_orchestrator.errors import OmicsError, TransientError, WarehouseError

_AGAIN = "run it again; nothing was changed."
_TRANSIENT = {
    "55P03": ("another session holds the table or is loading it", _AGAIN),
    "53300": ("the database server has no connection left", _AGAIN),
    "40": ("the load collided with another transaction", _AGAIN),
    "08": ("the connection to the database server was lost", _AGAIN),
    "57": ("the database server ended the session", _AGAIN),
    "53": ("the database server is short of memory", _AGAIN),
}
_HELD_BY_A_VIEW = (
    "a view depends on a column that would change",
    "drop the view, load, and create the view anew.",
)
_PERMANENT = {
    "53100": (
        "the disk of the database server is full",
        "free space on the server's disk, then run it again; the old rows are whole.",
    ),
    "42P01": ("the table is not in the database", "prepare the warehouse, then load the table."),
    "3F000": ("the layer is not in the database", "prepare the warehouse, then run it again."),
    "42501": (
        "the database user lacks a privilege",
        "grant the user of the warehouse URL what it needs, or use the owner's URL.",
    ),
    "22": (
        "a value does not fit its column",
        "declare the range of the variable in the dictionary, so that the value is quarantined.",
    ),
    "2BP01": _HELD_BY_A_VIEW,
    # What Postgres says where the column would only change its type.
    "0A000": _HELD_BY_A_VIEW,
    "54": (
        "a row or a key is larger than Postgres allows",
        "split the table, or choose a shorter key.",
    ),
    "23505": (
        "two rows share a key",
        "correct the table's key in the dictionary, or the rows in the source.",
    ),
    "23514": (
        "the accounts of the load do not add up",
        "report this: a value was lost or counted twice before the load.",
    ),
}
_UNFORESEEN = (
    "Postgres refused the statement",
    "look the SQLSTATE up in the manual of Postgres, and check the table's definition.",
)


@contextmanager
def refusals(relation: str) -> Iterator[None]:
    """Turn an error of Postgres about `relation` into one of ours that holds no value."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error, relation) from None


def _translated(error: psycopg.Error, relation: str) -> OmicsError:
    place = {"table": relation, **_place(error)}
    state = error.sqlstate
    if state is None:
        return _without_state(error, place)
    for length in (5, 2):
        if remedy := _PERMANENT.get(state[:length]):
            return WarehouseError(remedy[0], mend=remedy[1], **place)
        if remedy := _TRANSIENT.get(state[:length]):
            return TransientError(remedy[0], mend=remedy[1], **place)
    return WarehouseError(_UNFORESEEN[0], mend=_UNFORESEEN[1], **place)


def _without_state(error: psycopg.Error, place: dict[str, str]) -> OmicsError:
    """Judge an error that the server did not send: the connection broke, or a value did not fit."""
    if isinstance(error, errors.OperationalError | errors.InterfaceError):
        what, mend = _TRANSIENT["08"]
        return TransientError(what, mend=mend, **place)
    return WarehouseError(_UNFORESEEN[0], mend=_UNFORESEEN[1], **place)


def _place(error: psycopg.Error) -> dict[str, str]:
    named = {
        "sqlstate": error.sqlstate,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
    }
    return {name: value for name, value in named.items() if value}
