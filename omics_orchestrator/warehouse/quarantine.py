"""What is in quarantine, by cause; what people decided about it; and who was shown its values.

A decision is about the values that were held when it was made, so a value that comes later is open.
What was called mended, and is met again by a later load, is open again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl
from psycopg import Connection
from psycopg.rows import class_row

from omics_orchestrator.naming import TableName
from omics_orchestrator.warehouse.faults import refusals
from omics_orchestrator.warehouse.ledger import Snapshot

Choice = Literal["mended", "missing", "source", "leave", "reopen"]
MEANINGS: Mapping[Choice, str] = {
    "mended": "mended in the dictionary",
    "missing": "accepted as missing",
    "source": "the source will correct it",
    "leave": "left as it is",
    "reopen": "to be looked at again",
}
Place = Literal["shell", "pages"]
_ID_LENGTH = 8


@dataclass(frozen=True, order=True)
class Cause:
    """Why cells are held: the table they would have gone to, field, rule and reason."""

    relation: str
    field: str
    rule: str
    reason: str

    @property
    def id(self) -> str:
        """A short name for it that stays the same from load to load."""
        said = f"{self.relation}\x1f{self.field}\x1f{self.rule}\x1f{self.reason}"
        return hashlib.sha256(said.encode()).hexdigest()[:_ID_LENGTH]

    @property
    def table(self) -> TableName:
        """The table, as a name."""
        return TableName.parse(self.relation)


@dataclass(frozen=True)
class Group:
    """All cells that are held for one cause.

    Attributes:
        cells: how many cells, and of how many different values and records.
        open_cells: those of them that nobody has decided about.
        came_back: some of those were called mended before the present load.
        load_id: the load that met them; null when none is held any more.
        decision: the latest decision about any of them, with who made it and when.
    """

    relation: str
    field: str
    rule: str
    reason: str
    cells: int
    values: int
    records: int
    open_cells: int
    came_back: bool
    load_id: int | None
    decision: Choice | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def cause(self) -> Cause:
        """Why they are held."""
        return Cause(self.relation, self.field, self.rule, self.reason)

    @property
    def state(self) -> str:
        """Where the group stands, in words: open, decided by somebody, or gone."""
        decided = f"{self.decision} ({self.decided_by})" if self.decision else ""
        if not self.cells:
            return f"gone, {decided}"
        if self.came_back:
            return f"came back, {decided}"
        if self.open_cells:
            return "open" if self.open_cells == self.cells else f"{self.open_cells:,} open"
        return decided


@dataclass(frozen=True)
class Decision:
    """What somebody decided, and why."""

    decision: Choice
    cells: int
    decided_by: str
    why: str
    decided_at: datetime


@dataclass(frozen=True)
class Showing:
    """Who was shown values, and where."""

    shown_to: str
    place: str
    shown_values: int
    shown_at: datetime


_GROUPS = """
    with held as (
        select relation, field, rule, reason, sum(count)::bigint as cells,
               count(distinct value_hash) as values, count(distinct record_hash) as records,
               coalesce(sum(count) filter (where is_open), 0)::bigint as open_cells,
               bool_or(came_back) as came_back, max(load_id) as load_id
        from ops.quarantine_judged group by relation, field, rule, reason
    ), latest as (
        select distinct on (relation, field, rule, reason)
               relation, field, rule, reason, decision, decided_by, decided_at
        from ops.quarantine_decision
        order by relation, field, rule, reason, decision_id desc
    )
    select relation, field, rule, reason, coalesce(cells, 0) as cells,
           coalesce(values, 0) as values, coalesce(records, 0) as records,
           coalesce(open_cells, 0) as open_cells, coalesce(came_back, false) as came_back,
           load_id, decision, decided_by, decided_at
    from held full join latest using (relation, field, rule, reason)
    order by open_cells desc, cells desc, relation, field, rule, reason
"""
_VALUES = """
    select value_hash, sum(count)::bigint as cells, count(distinct record_hash) as records,
           max(decision) as decision, max(decided_by) as decided_by, max(decided_at) as decided_at,
           bool_or(is_open) as is_open
    from ops.quarantine_judged
    where (relation, field, rule, reason) = (%(relation)s, %(field)s, %(rule)s, %(reason)s)
    group by value_hash order by is_open desc, cells desc, value_hash
"""
_VALUES_SCHEMA: Mapping[str, pl.DataType] = {
    "value_hash": pl.String(),
    "cells": pl.Int64(),
    "records": pl.Int64(),
    "decision": pl.String(),
    "decided_by": pl.String(),
    "decided_at": pl.Datetime("us", "UTC"),
    "is_open": pl.Boolean(),
}
_DECIDE = """
    insert into ops.quarantine_decision (relation, field, rule, reason, decision, value_hashes,
                                         cells, load_id, decided_by, why)
    select relation, field, rule, reason, %(decision)s, array_agg(distinct value_hash),
           sum(count), load_id, %(by)s, %(why)s
    from ops.quarantine
    where (relation, field, rule, reason, load_id)
        = (%(relation)s, %(field)s, %(rule)s, %(reason)s, %(load_id)s)
        and starts_with(value_hash, %(value)s)
    group by relation, field, rule, reason, load_id
    returning cells
"""
_RECORDS = """
    select distinct value_hash, record_hash from ops.quarantine
    where (relation, field, rule, reason) = (%(relation)s, %(field)s, %(rule)s, %(reason)s)
    order by value_hash, record_hash
"""
_DECISIONS = """
    select decision, cells, decided_by, why, decided_at from ops.quarantine_decision
    where (relation, field, rule, reason) = (%(relation)s, %(field)s, %(rule)s, %(reason)s)
    order by decision_id desc
"""
_SHOWINGS = """
    select shown_to, place, shown_values, shown_at from ops.quarantine_showing
    where (relation, field, rule, reason) = (%(relation)s, %(field)s, %(rule)s, %(reason)s)
    order by showing_id desc
"""
_SHOWN = """
    insert into ops.quarantine_showing
        (relation, field, rule, reason, shown_values, load_id, shown_to, place)
    values (%(relation)s, %(field)s, %(rule)s, %(reason)s, %(values)s, %(load_id)s, %(to)s,
            %(place)s)
"""
_LOADS = """
    select started_at, quarantined from ops.cell_account join ops.load using (load_id)
    where relation = %(relation)s and field = %(field)s order by load_id desc limit 5
"""
_READ_BY_LOAD = """
    select distinct on (taken.relation) taken.relation, taken.content_hash, object_key, rows,
           columns, source, taken.run_id, scope, taken_at
    from ops.load, jsonb_each_text(load.inputs) as input
    join ops.snapshot taken on (taken.relation, taken.content_hash) = (input.key, input.value)
    where load.load_id = %s order by taken.relation, snapshot_id desc
"""


def groups(connection: Connection) -> list[Group]:
    """List all causes for which cells are held or were decided about, the most open cells first."""
    with (
        refusals("ops.quarantine"),
        connection.cursor(row_factory=class_row(Group)) as cursor,
    ):
        return cursor.execute(_GROUPS).fetchall()


def values(connection: Connection, cause: Cause) -> pl.DataFrame:
    """List the different values that are held for a cause, open ones first.

    Returns:
        value_hash, cells, records, decision, decided_by, decided_at (null where nobody decided)
        and is_open.
    """
    with refusals(cause.relation):
        rows = connection.execute(_VALUES, vars(cause)).fetchall()
    return pl.DataFrame(rows, schema=dict(_VALUES_SCHEMA), orient="row")


def records(connection: Connection, cause: Cause) -> pl.DataFrame:
    """List which records hold which values: value_hash, record_hash."""
    with refusals(cause.relation):
        rows = connection.execute(_RECORDS, vars(cause)).fetchall()
    schema = {"value_hash": pl.String(), "record_hash": pl.String()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def decide(
    connection: Connection, group: Group, choice: Choice, *, by: str, why: str, value: str = ""
) -> int:
    """Record a decision about what a group holds, and give the number of cells it is about.

    Args:
        connection: to the warehouse.
        group: as it was seen; when its table was loaded since, nothing is recorded.
        choice: what was decided.
        by: who decided.
        why: the reason, in words without a value.
        value: how the hash of the values begins that it is about; all of the group when blank.
    """
    given = {**vars(group.cause), "load_id": group.load_id, "decision": choice}
    with refusals(group.relation):
        made = connection.execute(_DECIDE, given | {"by": by, "why": why, "value": value})
        row = made.fetchone()
    return int(row[0]) if row else 0


def decisions(connection: Connection, cause: Cause) -> list[Decision]:
    """List what was decided about a cause, the latest first."""
    with (
        refusals(cause.relation),
        connection.cursor(row_factory=class_row(Decision)) as cursor,
    ):
        return cursor.execute(_DECISIONS, vars(cause)).fetchall()


def record_showing(connection: Connection, group: Group, *, to: str, place: Place) -> None:
    """Record that somebody is about to see the values of a group."""
    given = {**vars(group.cause), "load_id": group.load_id, "values": group.values}
    with refusals(group.relation):
        connection.execute(_SHOWN, given | {"to": to, "place": place})


def showings(connection: Connection, cause: Cause) -> list[Showing]:
    """List who was shown the values of a cause, the latest first."""
    with (
        refusals(cause.relation),
        connection.cursor(row_factory=class_row(Showing)) as cursor,
    ):
        return cursor.execute(_SHOWINGS, vars(cause)).fetchall()


def loads(connection: Connection, cause: Cause) -> list[tuple[datetime, int]]:
    """List how many cells of the field the last loads put into quarantine, the latest first."""
    with refusals(cause.relation):
        return connection.execute(_LOADS, vars(cause)).fetchall()


def read_by(connection: Connection, load_id: int) -> list[Snapshot]:
    """List the snapshots that a load read."""
    with refusals("ops.snapshot"), connection.cursor(row_factory=class_row(Snapshot)) as cursor:
        return cursor.execute(_READ_BY_LOAD, (load_id,)).fetchall()
