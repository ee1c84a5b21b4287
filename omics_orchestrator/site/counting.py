"""Count, in the warehouse, how the values of each variable are distributed in each table."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl
from psycopg import Connection

from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.dictionary.reads import rules_of
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.site.distribution import Distribution, distribution
from omics_orchestrator.warehouse.read import parts
from omics_orchestrator.warehouse.shape import stored_types
from omics_orchestrator.warehouse.table import Table, postgres_type

_PARTICIPANT = "study_id"
# A table of 100,000 rows then takes some tens of megabytes at a time.
_TOGETHER = 40


def distributions(
    connection: Connection, dictionary: Dictionary, study: Study, name: str, smallest: int
) -> dict[str, Distribution]:
    """Count the values of each variable of a conformed table; none where it was never loaded.

    A variable whose rule has changed its type waits until the table was loaded again.
    """
    table = core_table(dictionary, study, name)
    stored = stored_types(connection, table)
    present = {
        column: each
        for column, each in table.columns.items()
        if stored.get(column) == postgres_type(each.dtype)
    }
    if not set(table.key) <= present.keys():
        return {}
    person = _PARTICIPANT if _PARTICIPANT in present else table.key[0]
    owners = _owners(connection, dictionary, study, name, person)
    found = {}
    wanted = [variable for variable in rules_of(study, name) if variable in present]
    for some in _batches(wanted):
        columns = {column: present[column] for column in {*table.key, person, *some}}
        rows = _read(connection, Table(table.name, columns, table.key, history=True))
        people = _numbered(rows[person], owners)
        for variable in some:
            described = dictionary.variables[variable]
            codes = dictionary.value_sets.get(described.codes or "", {})
            values = pl.DataFrame({"value": rows[variable], "person": people})
            found[variable] = distribution(described, codes, values, smallest)
    return found


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _TOGETHER):
        yield names[start : start + _TOGETHER]


def _read(connection: Connection, table: Table) -> pl.DataFrame:
    return pl.concat(parts(connection, table))


def _owners(
    connection: Connection, dictionary: Dictionary, study: Study, name: str, person: str
) -> Mapping[str, str]:
    """Whose a row is, where the table names a sample and another table the participant of it."""
    other = study.tables[name].refers_to.get(person)
    if person == _PARTICIPANT or other is None or _PARTICIPANT not in rules_of(study, other):
        return {}
    described = core_table(dictionary, study, other)
    if not stored_types(connection, described):
        return {}
    columns = {each: described.columns[each] for each in {*described.key, person, _PARTICIPANT}}
    rows = _read(connection, Table(described.name, columns, described.key, history=True))
    return dict(rows.select(person, _PARTICIPANT).iter_rows())


def _numbered(people: pl.Series, owners: Mapping[str, str]) -> pl.Series:
    """A number for each person, in place of the name."""
    named = people.cast(pl.String).replace(owners) if owners else people
    return named.rank("dense")
