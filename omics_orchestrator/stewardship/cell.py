"""Which cell a person means: a table, a key and a variable, as they write them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

import polars as pl

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.harmonised.described import find
from omics_orchestrator.warehouse.table import Table

_READ: Mapping[pl.DataType, Callable[[str], object]] = {
    pl.Int64(): int,
    pl.Float64(): float,
    pl.Date(): date.fromisoformat,
    pl.Datetime("us"): datetime.fromisoformat,
}


@dataclass(frozen=True)
class Cell:
    """One cell of the warehouse.

    Attributes:
        table: its table.
        key: the value of each column of the table's key, as text.
        column: the column of the variable.
    """

    table: Table
    key: Mapping[str, str]
    column: str


def cell_of(dictionary: Dictionary, table: str, key: str, variable: str) -> Cell:
    """Read what a person wrote.

    Args:
        dictionary: the data dictionary.
        table: a name as in Postgres, such as `datasets.gidamps__sampling`.
        key: `study_id=MID-1,timepoint=v1`, or the values alone in the order of the key.
        variable: a variable or column of the table.

    Raises:
        ConfigurationError: there is no such table or variable, or the key is not one of the table.
    """
    described = find(dictionary, table).table
    if variable not in described.columns:
        raise ConfigurationError(
            f"it has no variable {variable!r}",
            mend=f"name one of its variables{_near(variable, described.columns)}.",
            table=table,
        )
    return Cell(described, _key(described, key), variable)


def _key(table: Table, text: str) -> dict[str, str]:
    parts = text.split(",", len(table.key) - 1) if len(table.key) > 1 else [text]
    named = [part.partition("=") for part in parts]
    if all(sign for _, sign, _ in named):
        _refuse_other_names(table, [name.strip() for name, _, _ in named])
        found = {name.strip(): value for name, _, value in named}
    elif len(parts) == len(table.key):
        found = dict(zip(table.key, parts, strict=True))
    else:
        raise _no_key(table, f"the key has {len(table.key)} parts, and {len(parts)} are given")
    for name, value in found.items():
        _refuse_misfit(table, name, value)
    return found


def _refuse_other_names(table: Table, names: Collection[str]) -> None:
    for name in names:
        if name not in table.key:
            raise _no_key(table, f"{name!r} is not of the key{_near(name, table.key)}")
    if len(set(names)) != len(table.key):
        raise _no_key(table, "not all parts of the key are given")


def _refuse_misfit(table: Table, name: str, value: str) -> None:
    dtype = table.columns[name].dtype
    try:
        _READ.get(dtype, str)(value)
    except ValueError:
        raise _no_key(table, f"{name} is {str(dtype).lower()}, and what is given is not") from None


def _no_key(table: Table, what: str) -> ConfigurationError:
    written = ",".join(f"{name}=…" for name in table.key)
    return ConfigurationError(what, mend=f"write the key as {written}.", table=str(table.name))


def _near(name: str, known: Collection[str]) -> str:
    found = get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(found)}?" if found else ""
