"""Participants and visits that a fact names, and that no table of participants or visits has.

They are members of the dimensions too, so that a fact never loses whose it is.
"""

from collections.abc import Iterator, Mapping, Sequence

from psycopg import sql

from omics_orchestrator.catalogue.link_tables import LINKS
from omics_orchestrator.catalogue.tables import FILES
from omics_orchestrator.naming import TableName
from omics_orchestrator.star.measured import measured
from omics_orchestrator.star.study_tables import StudyTables
from omics_orchestrator.star.view import Part
from omics_orchestrator.warehouse.shape import present
from omics_orchestrator.warehouse.table import Table

_LINKED = """
    select link.study_id::text as who from {links} as link
    join {files} as file on (file.collection, file.path) = (link.collection, link.path)
    where file._valid_to is null and link._valid_to is null and file.study = {study}
"""
# The key of the row that asked: the participant, a slash, the visit.
_ASKED = """
    select participant::text as who, substr(row_key, length(participant) + 2) as visit
    from {status} where "table" = any({asking}::text[])
"""
# What is there is taken out first: hardly anything is left to be looked through for what is twice.
_STRAY = (
    "select * from ({named}) as t where {told} and not exists (select from {own} where {there})"
)
Named = tuple[sql.Composable, tuple[TableName, ...]]


def participants(told: StudyTables, values: Mapping[str, sql.Composable]) -> list[Part]:
    """Participants that only facts name; in `values`, `t.who` is one."""
    listed = {"who": told.who}
    named = [
        _select(told.core(name), listed)
        for name in _tables_of_facts(told)
        if name != told.participants and told.has(name, told.who)
    ]
    on_drugs = (told.exposure(name) for name in ("drug_episode", "status"))
    named += [_select(table, {"who": "participant"}) for table in on_drugs if table]
    if told.dictionary.collections:
        study = sql.Literal(told.study.study)
        linked = sql.SQL(_LINKED).format(
            links=LINKS.identifier, files=FILES.identifier, study=study
        )
        named.append((linked, (LINKS.name, FILES.name)))
    own = told.core(told.participants) if told.participants else None
    return _strays(values, named, own, listed)


def visits(told: StudyTables, values: Mapping[str, sql.Composable]) -> list[Part]:
    """Visits that only facts name; in `values`, `t.who` and `t.visit` are one."""
    if told.visits is None:
        return []
    listed = {"who": told.who, "visit": told.visits.column}
    named = [
        _select(told.core(name), listed)
        for name in _tables_of_facts(told)
        if name != told.visits.table and told.has(name, *listed.values())
    ]
    own = told.core(told.visits.table)
    return _strays(values, [*named, *_asked(told)], own, listed)


def _tables_of_facts(told: StudyTables) -> list[str]:
    """The conformed tables that facts name participants and visits from."""
    others = (told.visits.table if told.visits else None, told.samples)
    asking = (each.table for each in (told.study.drugs.asked if told.study.drugs else ()))
    named = (*(each.table for each in measured(told)), *others, *asking)
    return list(dict.fromkeys(name for name in named if name is not None))


def _asked(told: StudyTables) -> Iterator[Named]:
    if (status := told.exposure("status")) and told.visits and told.study.drugs:
        grain = (told.who, told.visits.column)
        tables = {each.table for each in told.study.drugs.asked}
        asking = [name for name in sorted(tables) if told.study.tables[name].grain == grain]
        listed = sql.SQL(_ASKED).format(status=status.identifier, asking=sql.Literal(asking))
        yield listed, (status.name,)


def _select(table: Table, columns: Mapping[str, str]) -> Named:
    listed = (
        sql.SQL("{}::text as {}").format(sql.Identifier(column), sql.Identifier(name))
        for name, column in columns.items()
    )
    statement = sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(listed), table.identifier, present(table)
    )
    return statement, (table.name,)


def _strays(
    values: Mapping[str, sql.Composable],
    named: Sequence[Named],
    own: Table | None,
    columns: Mapping[str, str],
) -> list[Part]:
    """What is named and that the own table does not have, each once."""
    if not named:
        return []
    told = [sql.SQL("t.{} is not null").format(sql.Identifier(name)) for name in columns]
    there = [
        sql.SQL("{}::text = t.{}").format(sql.Identifier(column), sql.Identifier(name))
        for name, column in columns.items()
    ]
    stray = [
        sql.SQL(_STRAY).format(
            named=statement,
            told=sql.SQL(" and ").join(told),
            own=own.identifier if own else sql.SQL("(select) as nobody"),
            there=sql.SQL(" and ").join([present(own), *there] if own else [sql.SQL("false")]),
        )
        for statement, _ in named
    ]
    rows = sql.SQL("from ({}) as t").format(sql.SQL(" union ").join(stray))
    reads = [name for _, names in named for name in names]
    return [Part(values, rows, (*reads, *([own.name] if own else [])))]
