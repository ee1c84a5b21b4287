"""Load one table of the warehouse and say what was loaded; nothing is done when nothing changed.

A load is known by the code version that shapes it and the content of its inputs. When both are
those of the last good load, the table is left as it is and keeps its data version, so nothing
downstream goes stale.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import polars as pl
import psycopg
from pydantic import Field

from omics_orchestrator.dictionary import identifiers
from omics_orchestrator.dictionary.conform import Conformed
from omics_orchestrator.errors import SourceError
from omics_orchestrator.naming import TableName
from omics_orchestrator.orchestration.described import (
    accounts,
    column_schema,
    key,
)
from omics_orchestrator.warehouse import ledger
from omics_orchestrator.warehouse.accounts import CELLS, QUARANTINE, ROWS, Change, Load
from omics_orchestrator.warehouse.load import ALLOWED_SHRINK, merge
from omics_orchestrator.warehouse.read import parts, repeated_keys
from omics_orchestrator.warehouse.table import Table


class LoadConfig(dg.Config):
    """What a person may allow for one load, in the launchpad of Dagster's UI."""

    allow_shrink: float = Field(
        ALLOWED_SHRINK, description="The share of rows that may vanish, from 0 to 1."
    )


@dataclass(frozen=True)
class Made:
    """What is to be loaded: the rows, and the accounts of the cells and rows they came from.

    The rows are one frame, or several that need not fit into memory together.
    """

    frames: pl.DataFrame | Sequence[pl.DataFrame]
    rows_in: int
    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    cells: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CELLS))
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE))
    unclassified: tuple[str, ...] = ()

    @classmethod
    def conformed(cls, frames: Sequence[pl.DataFrame], rows_in: int, accounts: Conformed) -> "Made":
        """Rows that the dictionary's engine made, with its accounts of them."""
        return cls(
            frames,
            rows_in,
            accounts.rows,
            accounts.cells,
            accounts.quarantine,
            accounts.unclassified,
        )


def asset_spec(
    table: Table,
    owners: Iterable[str],
    version: str,
    *,
    deps: Iterable[dg.AssetKey],
    kind: str,
    freshness: dg.FreshnessPolicy | None = None,
) -> dg.AssetSpec:
    """What Dagster shows of a table of the warehouse, beside what each load adds.

    Only what reads a source can be late. A table that is made of others is made when they change.
    """
    return dg.AssetSpec(
        key(table.name),
        deps=list(deps),
        description=table.comment,
        group_name=table.name.group,
        kinds={"postgres", kind},
        owners=list(owners),
        code_version=version,
        freshness_policy=freshness,
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": str(table.name),
        },
    )


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """The checks that stand between a table and what depends on it."""
    described = {
        "accounting_balances": "Every cell that arrived is conformed, declared missing, blank, "
        "quarantined or left out by a named rule, and the table holds the rows the ledger says.",
        "keys_unique": f"One row for each {', '.join(table.key)}.",
        "no_identifier": "No text column holds what looks like an e-mail address, a postcode or an "
        "NHS or CHI number.",
    }
    return [
        dg.AssetCheckSpec(name, asset=key(table.name), description=description, blocking=True)
        for name, description in described.items()
    ]


def materialise(
    connection: psycopg.Connection,
    table: Table,
    *,
    run_id: str,
    code_version: str,
    inputs: Mapping[str, str],
    make: Callable[[], Made],
    config: LoadConfig,
) -> dg.MaterializeResult:
    """Load `table` if its code version or an input changed, and check what is in the warehouse."""
    last = ledger.last_load(connection, str(table.name))
    if last is not None and (last.code_version, last.inputs) == (code_version, dict(inputs)):
        # A table that cannot be read is not called unchanged.
        present = _looked_through(connection, table)
        ledger.record_unchanged(connection, last, run_id)
        content, metadata = last.content_hash, {"change": "nothing changed since the last load"}
    else:
        made = make()
        change = merge(
            connection,
            table,
            made.frames,
            Load(
                run_id=run_id,
                code_version=code_version,
                inputs=dict(inputs),
                rows_in=made.rows_in,
                cells=made.cells,
                rows=made.rows,
                quarantine=made.quarantine,
                after_load=last.load_id if last else None,
            ),
            allow_shrink=config.allow_shrink,
        )
        content, metadata = change.content_hash, _changes(change, made)
        present = _looked_through(connection, table)
    return _result(connection, table, content, metadata, present)


def checked(
    connection: psycopg.Connection, table: Table, content: str, metadata: Mapping[str, Any]
) -> dg.MaterializeResult:
    """Say what stands in a table that has been loaded, and check it."""
    return _result(connection, table, content, metadata, _looked_through(connection, table))


def _result(
    connection: psycopg.Connection,
    table: Table,
    content: str,
    metadata: Mapping[str, Any],
    present: "_Present",
) -> dg.MaterializeResult:
    cells = ledger.cells(connection, str(table.name))
    return dg.MaterializeResult(
        asset_key=key(table.name),
        data_version=dg.DataVersion(content),
        metadata={"dagster/row_count": present.rows, **metadata, **accounts(cells)},
        check_results=_checks(table, present, cells, _rows_loaded(connection, table)),
    )


@dataclass(frozen=True)
class _Present:
    """What stands in the warehouse: rows, repeated keys, and which columns look personal."""

    rows: int
    repeated: int
    found: Mapping[str, set[str]]


def _looked_through(connection: psycopg.Connection, table: Table) -> _Present:
    """Read the table as it stands, part by part."""
    rows, found = 0, defaultdict[str, set[str]](set)
    written = [name for name, column in table.columns.items() if not column.computed]
    for part in parts(connection, table):
        rows += part.height
        for kind, columns in identifiers.find(part.select(written)).items():
            found[kind] |= columns.keys()
    return _Present(rows, repeated_keys(connection, table), found)


def _changes(change: Change, made: Made) -> dict[str, Any]:
    return {
        "change": f"{change.inserted} rows inserted, {change.updated} updated, "
        f"{change.deleted} deleted, {change.unchanged} unchanged",
        "changed_variables": ", ".join(change.changed_columns) or "none",
        "unclassified_fields": ", ".join(made.unclassified) or "none",
    }


def _rows_loaded(connection: psycopg.Connection, table: Table) -> int:
    """How many rows the ledger says the table holds."""
    last = ledger.last_load(connection, str(table.name))
    return last.rows_out if last else 0


def _checks(
    table: Table, present: _Present, cells: pl.DataFrame, rows_loaded: int
) -> list[dg.AssetCheckResult]:
    unbalanced = cells.filter(
        pl.col("cells")
        != pl.sum_horizontal("conformed", "missing", "blank", "quarantined", "left_out")
    )
    hits = [f"{kind} in {', '.join(sorted(columns))}" for kind, columns in present.found.items()]
    results: dict[str, tuple[bool, dict[str, Any]]] = {
        "accounting_balances": (
            unbalanced.is_empty() and rows_loaded == present.rows,
            {
                "fields": cells.height,
                "unbalanced": ", ".join(unbalanced["field"]) or "none",
                "rows_in_ledger": rows_loaded,
                "rows_in_table": present.rows,
            },
        ),
        "keys_unique": (
            present.repeated == 0,
            {"rows": present.rows, "repeated": present.repeated},
        ),
        "no_identifier": (not hits, {"found": "; ".join(hits) or "none"}),
    }
    return [
        dg.AssetCheckResult(
            check_name=name, asset_key=key(table.name), passed=passed, metadata=metadata
        )
        for name, (passed, metadata) in results.items()
    ]


def loaded_content(connection: psycopg.Connection, name: TableName) -> str:
    """The content hash of a table as it was last loaded; SourceError when it never was."""
    last = ledger.last_load(connection, str(name))
    if last is None:
        raise SourceError(
            "it has not been loaded yet", mend="materialise it first.", table=str(name)
        )
    return last.content_hash
